import type { Reason } from '../../../checks/kind.ts';
import { explainMissing, kindOf, serviceCheck } from '../../../checks/registry.ts';
import type { RunScriptFact } from '../../../facts/keepalived/run-script.ts';
import { type RunningScript, type RunningVrrp, runningVrrpSubject } from '../../../facts/keepalived/running-vrrp.ts';
import { type AnswerFact, answerSubject, urlKey } from '../../../facts/network/answer.ts';
import { type UnitFact, unitSubject } from '../../../facts/system/unit.ts';
import type { Cluster } from '../../../inventory/model.ts';
import { type Answer, type Check, hostCheck, type Member, running } from '../check.ts';
import { fail, ok, skip, type Verdict } from '../finding.ts';
import { type Scripts, scriptsOf } from './scripts.ts';

/** The checks of a host, what they say now, and what they ask for. */
export interface ServiceChecks {
  readonly scripts: Scripts;
  readonly service: UnitFact | null;
  /** What keepalived says of them some seconds later. */
  readonly later: RunningVrrp | null;
  /** By URL. */
  readonly answers: ReadonlyMap<string, AnswerFact>;
}

/** An URL on this very host, and the address that it is asked at. */
export function localAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  if (hostname === 'localhost' || hostname === '127.0.0.1') return '127.0.0.1';
  return hostname === '[::1]' ? '::1' : undefined;
}

async function askChecks(member: Member): Promise<ServiceChecks> {
  const { look, watch, cluster, salt } = member;
  // URLs are on command lines or in the scripts; those in the command lines are known from the first round.
  const vrrp = await running(member).catch(() => null);
  const urls = [...new Set((vrrp?.scripts ?? []).flatMap(({ command }) => command))].filter(
    (word) => localAddress(word) !== undefined,
  );
  // Those of the widespread tutorial's check are in its own text, where only the second round finds them.
  const tutorials = cluster.services.flatMap((service) => {
    const own = serviceCheck(service);
    return own === undefined ? [] : (kindOf(own.probe).tutorialUrls ?? []);
  });
  const given = [...urls, ...tutorials];
  const [scripts, later, service, answers] = await Promise.all([
    scriptsOf(member),
    watch(runningVrrpSubject, salt),
    cluster.service === 'none' ? null : look(unitSubject, cluster.service),
    Promise.all(
      given.map(async (url) => [url, await watch(answerSubject, urlKey(localAddress(url) ?? '', url))] as const),
    ),
  ]);
  return { scripts, later, service, answers: new Map(answers) };
}

export function judgeChecks({ host, facts }: Answer<ServiceChecks>, cluster: Cluster): readonly Verdict[] {
  const { scripts } = facts;
  const checks = scripts.words.scripts.filter(({ kind }) => kind === 'check');
  return checks.map(({ name, command }): Verdict => {
    const before = scripts.running?.scripts.find((one) => one.name === name);
    const now = facts.later?.scripts.find((one) => one.name === name) ?? before;
    const fact = scripts.facts.get(command);
    if (now?.status === 'good' && !now.insecure) {
      return ok(host.id, before?.status === 'bad' ? `${name} passes, and failed some seconds ago` : `${name} passes`);
    }
    if (fact === undefined || fact.absent || now?.insecure === true)
      return skip(host.id, `${name} does not run: see HD041`);
    const reason = reasonOf(fact, facts, cluster, now);
    if (reason === undefined && now?.status !== 'bad')
      return skip(host.id, `${name} has not ended yet, or keepalived does not run it`);
    return fail(host.id, `${name} fails${reason === undefined ? '' : `: ${reason.evidence}`}`, {
      why: `${host.name} cannot hold the VIP while it fails`,
      mends: true,
      fix: reason?.fix ?? `run it by hand and read what it says: ${command}`,
    });
  });
}

/** What it asks for and cannot have: the first that is found, since one thing missing is enough. */
function reasonOf(
  fact: RunScriptFact,
  { answers, service }: ServiceChecks,
  cluster: Cluster,
  now: RunningScript | undefined,
): Reason | undefined {
  const [command] = fact.missingCommands;
  if (command !== undefined) return { evidence: `${command} is not installed`, fix: `install ${command}` };
  if (service !== null && service.active !== 'active') {
    return {
      evidence: `${cluster.service}.service is ${service.active || 'not there'}`,
      fix: `systemctl start ${cluster.service}`,
    };
  }
  if (fact.sockets.length > 0 && fact.sockets.every(({ there }) => !there)) {
    return explainMissing({ what: 'sockets', paths: fact.sockets.map(({ path }) => path) });
  }
  const asked = [...(now?.command ?? []), ...fact.urls].flatMap((url) => {
    const answer = answers.get(url);
    return answer === undefined || answer.result === 'unable' ? [] : [{ url, answer }];
  });
  const refused = asked.find(({ answer }) => answer.result !== 'open');
  if (refused !== undefined) {
    const { url, answer } = refused;
    const { detail } = answer;
    const general = { evidence: `${url}: ${detail}`, fix: `see to what answers at ${url}` };
    return explainMissing({ what: 'answer', url, detail }) ?? general;
  }
  const [first] = asked;
  if (first === undefined || now?.status !== 'bad') return undefined;
  return {
    evidence: `${first.url} answers when it is asked once more: too late, or now and then`,
    fix: `see to the load of this host, or give ${now.name} a longer timeout`,
  };
}

export const SERVICE_CHECK: Check = hostCheck({
  id: 'HD042',
  name: 'check',
  phase: 'watch',
  ask: askChecks,
  judge: judgeChecks,
});
