import { unitOf } from '../../checks/services.ts';
import { listenersSubject } from '../../facts/network/listeners.ts';
import type { VipOutcome } from '../events.ts';
import type { ElectionOptions } from './await-election.ts';
import { type Baseline, probesOf, urlProbes, type VipBaseline } from './baseline.ts';
import { gateError } from './evidence.ts';
import { type LocalConnect, type ProbeFrom, probeText, type VipProbe } from './probe.ts';
import { probeVips, type VipAnswer, type VipQuestion } from './probe-from.ts';
import { type Readers, readersOf } from './readers.ts';

export interface AnswerOptions extends ElectionOptions {
  readonly baseline: Baseline;
  readonly local: LocalConnect;
}

const POLL_MS = 200;

function answersGate(vip: string): string {
  return `${vip} answers`;
}

/**
 * Each VIP that answered before answers as it did, from the same side; asks again until the deadline. Of one that did not
 * it is told whether it does now. Throws GateError. The first look goes through `first`.
 */
export async function verifyAnswers(
  vips: readonly VipOutcome[],
  options: AnswerOptions,
  first: Readers,
): Promise<void> {
  const known = new Map(options.baseline.vips.map((one) => [one.vip, one]));
  const demanded = vips.filter(({ vip }) => known.get(vip)?.answer !== undefined);
  const others = vips.filter((vip) => !demanded.includes(vip));
  await Promise.all([demand(demanded, known, options, first), tellOthers(others, known, options, first)]);
}

async function demand(
  vips: readonly VipOutcome[],
  known: ReadonlyMap<string, VipBaseline>,
  options: AnswerOptions,
  first: Readers,
): Promise<void> {
  const { clock, deadline, signal, sessions } = options;
  const questions = vips.map((vip) => questionOf(vip, known.get(vip.vip), options));
  for (let readers = first; ; readers = readersOf(sessions, signal)) {
    const answers = await probeVips(questions, options, readers);
    const late = clock.now() >= deadline;
    const bad = vips.findIndex((_, index) => answers[index]?.ok !== true);
    if (bad < 0) {
      for (const [index, { vip }] of vips.entries()) tell(vip, answers[index], options);
      return;
    }
    if (late) await refuse(vips[bad], questions[bad], answers[bad], options);
    await clock.sleep(POLL_MS, signal);
  }
}

function questionOf(
  vip: VipOutcome,
  before: VipBaseline | undefined,
  { cluster, sessions }: AnswerOptions,
): VipQuestion {
  const answer = before?.answer;
  if (answer === undefined) throw new Error(`${vip.vip} did not answer before`);
  const urls = urlProbes(cluster, vip.instance);
  // A URL that is new in the inventory stands for a service that is meant to have moved to it.
  const probes = [answer.probe, ...urls.filter((url) => probeText(url) !== probeText(answer.probe))];
  return { vip, probes, from: sidesFor(answer.from, vip, [...sessions.keys()]) };
}

/** What was seen from outside has to be seen from outside: that a holder reaches itself would prove nothing. */
function sidesFor(vantage: ProbeFrom, { holders }: VipOutcome, asked: readonly string[]): readonly ProbeFrom[] {
  if (vantage === 'holder') return ['member', 'holder', 'here'];
  return asked.some((host) => !holders.includes(host)) ? ['member', 'here'] : ['here', 'holder'];
}

function tell(vip: string, answer: VipAnswer | undefined, { cluster, emit }: AnswerOptions): void {
  const what = answer?.probe === undefined ? '' : `${probeText(answer.probe)}, `;
  const detail = `${what}asked from ${answer?.asker ?? 'nowhere'}`;
  emit({ event: 'gate', cluster: cluster.name, gate: answersGate(vip), ok: true, detail });
}

async function refuse(
  vip: VipOutcome | undefined,
  question: VipQuestion | undefined,
  answer: VipAnswer | undefined,
  { cluster, sessions, emit }: AnswerOptions,
): Promise<never> {
  const address = vip?.vip ?? '';
  const probe = question?.probes[0];
  const port = probe === undefined ? '' : probeText(probe);
  const from = answer?.asker === undefined ? '' : `, asked from ${answer.asker}`;
  const message = `${address} no longer answers on ${port}: ${answer?.detail ?? ''}${from}`;
  const [holder = 'the holder'] = vip?.holders ?? [];
  emit({ event: 'gate', cluster: cluster.name, gate: answersGate(address), ok: false, detail: message });
  const unit = unitOf(cluster.service);
  const next = `On ${holder}: ss -ltnp; ${unit === undefined ? 'ip addr' : `journalctl -u ${unit} -n 50`}`;
  throw await gateError({ gate: answersGate(address), message, hosts: vip?.holders ?? [], next }, cluster, sessions);
}

/** VIPs of which nothing is demanded: asked once, and told. */
async function tellOthers(
  others: readonly VipOutcome[],
  known: ReadonlyMap<string, VipBaseline>,
  options: AnswerOptions,
  first: Readers,
): Promise<void> {
  if (others.length === 0) return;
  const { cluster, emit } = options;
  const listeners = new Map(
    await Promise.all(
      [...new Set(others.flatMap(({ holders }) => holders))].flatMap((host) => {
        const ask = first.get(host);
        return ask === undefined ? [] : [ask(listenersSubject, 'tcp').then((seen) => [host, seen] as const)];
      }),
    ),
  );
  const probes = (vip: VipOutcome): readonly VipProbe[] =>
    vip.holders.length === 0 ? [] : probesOf(cluster, vip, listeners);
  const from = ['member', 'here', 'holder'] as const;
  const answers = await probeVips(
    others.map((vip) => ({ vip, probes: probes(vip), from })),
    options,
  );
  for (const [index, { vip, holders }] of others.entries()) {
    const answer = answers[index];
    if (answer?.ok === true) {
      tell(vip, answer, options);
      continue;
    }
    const before = (known.get(vip)?.holders.length ?? 0) > 0 ? 'did not before' : 'nobody held it before';
    const now = holders.length === 0 ? 'nobody seen holds it' : 'does not answer';
    emit({ event: 'gate', cluster: cluster.name, gate: answersGate(vip), ok: true, detail: `${now}, and ${before}` });
  }
}
