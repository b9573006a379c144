import { elect } from './election.ts';
import { type FailoverFinding, type Member, proveFailover } from './failover.ts';
import type { Loss } from './losses.ts';
import { byPriority, healthyOf, type Standing, standingOf } from './priority.ts';
import { type CheckTimes, crashOutage, faultOutage, type Range, stopOutage, weightOutage } from './timing.ts';
import { KEYWORD, type VirtualRouter } from './virtual-router.ts';

/** A check as the proof needs it; times in seconds. */
export interface ProofCheck extends CheckTimes {
  readonly name: string;
  readonly weight: number;
  readonly weights?: Readonly<Record<string, number>>;
}

/** A VRRP instance over all hosts of its cluster, as the proof needs it. */
export type ProofInstance = Pick<VirtualRouter<ProofCheck>, 'members' | 'checks' | 'adverts'> & {
  /** What can fail beside the instance's own checks. */
  readonly losses?: readonly Loss[];
};

/** One line of the proof that lint prints. */
export interface ProofRow {
  readonly event: 'stop' | 'crash' | 'check' | 'loss';
  /** The holder that it happens to. */
  readonly host: string;
  /** The check that fails, for event `check`. */
  readonly check?: string;
  /** In words: "lb1 stops", "check_nginx fails on lb1". */
  readonly scenario: string;
  /** Each host's effective priority after it, by host name in the members' order; undefined: out of the election. */
  readonly standing: Readonly<Record<string, number | undefined>>;
  /** Who holds the VIP afterwards; undefined: nobody. */
  readonly holder?: string;
  /** How long the VIP does not answer; undefined: for ever. */
  readonly gap?: Range;
  /** In words: "sends priority 0", "80 is below 90". */
  readonly why: string;
  /** Whether the VIP ends on a healthy host. */
  readonly proved: boolean;
}

/**
 * What happens to the VIP when its holder stops, crashes, or fails a check, each with the predicted outage. The holder
 * is the host of the highest priority; a host that only holds after a failover has a row where its check fails and the
 * VIP stays.
 */
export function proofRows(instance: ProofInstance): readonly ProofRow[] {
  const members = byPriority(instance.members);
  const findings = proveFailover(instance.members, instance.checks);
  return members.flatMap((member, index) => {
    const { host } = member;
    const checked = instance.checks.flatMap((check) => {
      const finding = findings.find((candidate) => candidate.host === host && candidate.failing[0] === check.name);
      return index === 0 || finding !== undefined ? [checkRow(instance, member, check, finding)] : [];
    });
    const lost = (instance.losses ?? []).flatMap((loss) => {
      if (!loss.hosts.includes(host)) return [];
      const finding = findings.find(
        (one) => one.host === host && one.failing[0] === loss.track && loss.track !== undefined,
      );
      return index === 0 || finding !== undefined ? [lossRow(instance, member, loss, finding)] : [];
    });
    return index === 0
      ? [silenceRow(instance, host, 'stop'), silenceRow(instance, host, 'crash'), ...checked, ...lost]
      : [...checked, ...lost];
  });
}

function silenceRow(instance: ProofInstance, host: string, event: 'stop' | 'crash'): ProofRow {
  const table = standings(instance, host, undefined);
  const taker = best(instance, table, [host]);
  const row = { event, host, scenario: event === 'stop' ? `${host} stops` : `${host} crashes`, standing: table };
  if (taker === undefined) return { ...row, why: 'no other host', proved: false };
  const stop = event === 'stop';
  return {
    ...row,
    holder: taker.host,
    gap: (stop ? stopOutage : crashOutage)(taker.priority, instance.adverts),
    why: stop ? 'sends priority 0' : `${instance.adverts.missed ?? 3} adverts missed`,
    proved: true,
  };
}

function checkRow(
  instance: ProofInstance,
  holder: Member,
  check: ProofCheck,
  finding: FailoverFinding | undefined,
): ProofRow {
  const { host } = holder;
  const own = standingOf(holder, instance.checks, [check.name]);
  const scenario = `${check.name} fails on ${host}`;
  const row = { event: 'check', host, check: check.name, scenario } as const;
  return outcome(instance, holder, own, row, check, finding);
}

const AT_ONCE: CheckTimes = { interval: 0, timeout: 0, fall: 1 };

function lossRow(instance: ProofInstance, holder: Member, loss: Loss, finding: FailoverFinding | undefined): ProofRow {
  const { host } = holder;
  const { what, track, noticed = AT_ONCE, through, splits, silent } = loss;
  const own = track === undefined ? 'fault' : standingOf(holder, instance.checks, [track]);
  const row = { event: 'loss', host, scenario: `${what} on ${host}` } as const;
  const made = outcome(instance, holder, own, row, noticed, finding);
  const taker = instance.members.find((member) => member.host === made.holder);
  const adverts = { ...instance.adverts, intervalSeconds: loss.intervalSeconds ?? instance.adverts.intervalSeconds };
  const gone = silent === true && own === 'fault' && taker !== undefined;
  return {
    ...made,
    ...(gone ? { gap: crashOutage(healthyOf(taker, instance.checks), adverts) } : {}),
    ...(made.proved && (splits ?? through) !== undefined ? { why: splits ?? through ?? made.why } : {}),
  };
}

/** What becomes of the VIP once the holder stands at `own`. */
function outcome(
  instance: ProofInstance,
  holder: Member,
  own: Standing,
  event: Pick<ProofRow, 'event' | 'host' | 'check' | 'scenario'>,
  times: CheckTimes,
  finding: FailoverFinding | undefined,
): ProofRow {
  const { host } = holder;
  const table = standings(instance, host, own);
  const row = { ...event, standing: table };
  if (finding !== undefined) {
    const { rival, effective } = finding;
    const why = !rival.preempts
      ? `${KEYWORD.noPreemption} on ${rival.host}`
      : `${effective} is not below ${rival.priority}`;
    return { ...row, holder: host, why, proved: false };
  }
  // Where no finding says that the VIP stays, one that holds on is outranked by a host that preempts.
  const taker = best(instance, table, own === 'fault' ? [host] : [], host);
  if (taker === undefined || taker.host === host) {
    return { ...row, ...(own === 'fault' ? {} : { holder: host }), why: 'no other host', proved: false };
  }
  const moved = { ...row, holder: taker.host, proved: true };
  const delay = instance.members.find((member) => member.host === taker.host)?.preemptDelaySeconds;
  return own === 'fault'
    ? { ...moved, gap: faultOutage(taker.priority, instance.adverts, times), why: 'gives up' }
    : {
        ...moved,
        gap: weightOutage(taker.priority, instance.adverts, times, delay),
        why: `${own} is below ${taker.priority}`,
      };
}

function standings(instance: ProofInstance, host: string, own: Standing | undefined): ProofRow['standing'] {
  return Object.fromEntries(
    instance.members.map((member) => {
      if (member.host !== host) return [member.host, healthyOf(member, instance.checks)];
      return [host, own === 'fault' ? undefined : own];
    }),
  );
}

/** Who has the VIP after the election among those that stand so. */
function best(
  { members }: ProofInstance,
  table: ProofRow['standing'],
  without: readonly string[],
  holder?: string,
): { host: string; priority: number } | undefined {
  const able = members.flatMap(({ host, preempts }) => {
    const priority = table[host];
    return without.includes(host) || priority === undefined ? [] : [{ host, priority, preempts }];
  });
  return elect(able, holder).holder;
}
