import { type ConfigTestFact, configTestSubject } from '../../../facts/keepalived/config-test.ts';
import { contentSubject, type FileFact, fileSubject } from '../../../facts/system/file.ts';
import { parseKeepalivedConf, type Statement } from '../../../keepalived/parse.ts';
import type { HostPlan } from '../../../plan/plan.ts';
import { HOST_PATHS } from '../../../vrrp/paths.ts';
import { type Answer, type Check, hostCheck } from '../check.ts';
import { fail, ok, skip, type Verdict, warn } from '../finding.ts';

const CONF = HOST_PATHS.keepalivedConf;

export interface Configuration {
  readonly file: FileFact;
  readonly test: ConfigTestFact | null;
}

/** Only 0 together with silence counts: the exit status differs between versions and can be 0 on broken input. */
export function judgeConfiguration({ host, facts: { file, test } }: Answer<Configuration>): readonly Verdict[] {
  if (file.type === 'absent') {
    return [fail(host.id, `there is no ${CONF}`, { why: 'keepalived has no VIP to hold', mends: true })];
  }
  if (/[1357]/.test(file.mode.slice(1))) {
    return [
      fail(host.id, `${CONF} is executable (mode ${file.mode})`, {
        why: 'keepalived passes over executable files, without an error',
        mends: true,
        fix: `chmod a-x ${CONF}; systemctl reload keepalived`,
      }),
    ];
  }
  if (test === null) return [skip(host.id, 'keepalived is not installed, or the file is empty')];
  if (test.code === 0 && test.output === '') return [ok(host.id, 'keepalived --config-test accepts keepalived.conf')];
  const said = test.output.replace(/\s*\n\s*/g, '; ').slice(0, 300);
  return [
    fail(host.id, `keepalived --config-test ends with ${test.code}${said === '' ? '' : `: ${said}`}`, {
      why: 'at its next start or reload keepalived drops what it does not understand, or does not run',
      mends: true,
      fix: `correct ${CONF}`,
    }),
  ];
}

/** Words of the examples that packages bring: the RHEL family's is active as it is installed. */
const SAMPLE = /LVS_DEVEL|192\.168\.200\.1[678]|acassen@firewall\.loc/;

export function judgeSample({ host, facts: text }: Answer<string | null>): readonly Verdict[] {
  if (text === null) return [];
  const line = text.split('\n').find((one) => SAMPLE.test(one));
  if (line !== undefined) {
    return [
      fail(host.id, `keepalived.conf is the package's example: ${line.trim()}`, {
        why: 'it claims VRID 51 and addresses that are not yours, as other routers do too',
        mends: true,
        fix: `write ${CONF} before keepalived is started`,
      }),
    ];
  }
  if (keywords(text).has('vrrp_strict')) {
    return [
      fail(host.id, 'keepalived.conf has vrrp_strict', {
        why: 'the holder of the VIP drops what is sent to it, and authentication and unicast are refused',
        mends: true,
        fix: `take vrrp_strict out of ${CONF}`,
      }),
    ];
  }
  return [ok(host.id, 'neither the package example nor vrrp_strict')];
}

function keywords(text: string): ReadonlySet<string> {
  try {
    const all = (statements: readonly Statement[]): string[] =>
      statements.flatMap(({ keyword, children = [] }) => [keyword, ...all(children)]);
    return new Set(all(parseKeepalivedConf(text)));
  } catch {
    return new Set();
  }
}

export function judgeDrift({ host, facts: plan }: Answer<HostPlan>): readonly Verdict[] {
  if (plan.status !== 'planned') return [skip(host.id, `no plan: ${plan.error.message}`)];
  const { changes } = plan;
  if (changes.length === 0) return [ok(host.id, 'as the inventory says')];
  const named = changes.slice(0, 3).map(({ action, target }) => `${action} ${target}`);
  const rest = changes.length > named.length ? ` and ${changes.length - named.length} more` : '';
  return [
    warn(host.id, `not as the inventory says: ${named.join(', ')}${rest}`, {
      why: 'the host or the inventory changed since the last apply',
      mends: true,
    }),
  ];
}

/** What an apply that ended in the middle left behind. */
export function judgeUnfinished({ host, facts: plan }: Answer<HostPlan>): readonly Verdict[] {
  if (plan.status !== 'planned') return [];
  const { putBack, armed } = plan.guard;
  if (putBack !== null) {
    const evidence = `run ${putBack.run} of ${putBack.who} was taken back at ${putBack.at}: ${putBack.reason}`;
    const why = putBack.ok
      ? 'the host has its old configuration, the inventory another'
      : 'not all of the old state came back';
    return [(putBack.ok ? warn : fail)(host.id, evidence, { why, mends: true })];
  }
  if (armed !== null) {
    const evidence = `a run of ${armed.who} is not confirmed (${armed.state})`;
    return [
      warn(host.id, evidence, { why: 'the old state comes back unless that run confirms', fix: 'wait, and ask again' }),
    ];
  }
  return [ok(host.id, 'no apply ended in the middle')];
}

export const CONFIGURATION_CHECKS: readonly Check[] = [
  hostCheck<Configuration>({
    id: 'HD013',
    name: 'config',
    ask: async ({ look }) => {
      const [file, test] = await Promise.all([look(fileSubject, CONF), look(configTestSubject, CONF)]);
      return { file, test };
    },
    judge: judgeConfiguration,
  }),
  hostCheck({ id: 'HD014', name: 'sample', ask: ({ look }) => look(contentSubject, CONF), judge: judgeSample }),
  hostCheck({ id: 'HD015', name: 'drift', ask: ({ plan }) => plan(), judge: judgeDrift }),
  hostCheck({ id: 'HD017', name: 'unfinished', ask: ({ plan }) => plan(), judge: judgeUnfinished }),
];
