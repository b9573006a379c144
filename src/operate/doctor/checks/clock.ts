import { setImmediate as nextTurn } from 'node:timers/promises';
import { clockSubject } from '../../../facts/system/clock.ts';
import { type Answer, type Case, type Check, check } from '../check.ts';
import { ok, type Verdict, warn } from '../finding.ts';

/** Seconds between two members from which on their logs cannot be read side by side. */
const APART = 2;

/** Seconds by which a host's clock is ahead of this machine's, and by which that may be wrong. */
export interface ClockOffset {
  readonly ahead: number;
  readonly error: number;
}

export function judgeClocks({ members }: Case<ClockOffset>): readonly Verdict[] {
  const right = rightOf(members);
  return members.map(({ host, facts }) => {
    const other = right === undefined || right.host.id === host.id ? undefined : right;
    const ahead = facts.ahead - (other?.facts.ahead ?? 0);
    const error = facts.error + (other?.facts.error ?? 0);
    const said = `${Math.abs(ahead).toFixed(1)} s ${ahead < 0 ? 'behind' : 'ahead of'} ${other?.host.name ?? 'this machine'}`;
    if (other === undefined || Math.abs(ahead) - error < APART) return ok(host.id, said);
    return warn(host.id, said, {
      why: 'logs of a failover do not fit together, and certificates or tokens may be refused; VRRP itself does not care',
      fix: 'have chrony or systemd-timesyncd run: timedatectl set-ntp true',
    });
  });
}

/** The clock in the middle is most likely right; of two, the one that is nearer to this machine's. */
function rightOf(members: Case<ClockOffset>['members']): Answer<ClockOffset> | undefined {
  const sorted = [...members].sort((a, b) => a.facts.ahead - b.facts.ahead);
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  const upper = sorted[Math.floor(sorted.length / 2)];
  if (lower === undefined || upper === undefined) return lower;
  return Math.abs(upper.facts.ahead) < Math.abs(lower.facts.ahead) ? upper : lower;
}

/** Asked by itself while the second round listens, so that no other question's time counts. */
export const CLOCK_CHECK: Check = check({
  id: 'HD031',
  name: 'clock',
  phase: 'watch',
  ask: async ({ watch }) => {
    await nextTurn();
    const asked = Date.now();
    const theirs = await watch(clockSubject, 'now');
    const answered = Date.now();
    // They looked at it some time between the two, which a busy machine or a slow line puts far apart.
    return { ahead: theirs - (asked + answered) / 2000, error: (answered - asked) / 2000 };
  },
  judge: judgeClocks,
});
