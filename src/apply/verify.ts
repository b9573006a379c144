import { setTimeout as sleep } from 'node:timers/promises';
import { HaprovError } from '../errors.ts';
import { createReader } from '../facts/reader.ts';
import type { Cluster } from '../inventory/model.ts';
import { type HostTasks, planHost } from '../plan/plan-host.ts';
import { quote } from '../transport/quote.ts';
import type { Session } from '../transport/session.ts';
import { checkCommand } from '../vrrp/paths.ts';
import type { Emit, VipOutcome } from './events.ts';
import { electionTime, getHolders } from './holders.ts';

/** A host that is not as the inventory says although every change was made. */
export class LeftOverError extends HaprovError {
  override readonly name = 'LeftOverError';
}

/** A cluster whose state is not the one that was to be reached. */
export class GateError extends HaprovError {
  override readonly name = 'GateError';
}

/** Reads the facts of a changed host again: what is left over is a failure. */
export async function verifyHost(tasks: HostTasks, session: Session): Promise<void> {
  const plan = await planHost(tasks, createReader(session).ask);
  if (plan.status !== 'planned' || plan.changes.length === 0) return;
  const left = plan.changes.map(
    ({ action, target, detail }) => `${action} ${target}${detail === '' ? '' : ` (${detail})`}`,
  );
  throw new LeftOverError(
    `still to be done after the apply: ${left[0]}${left.length > 1 ? ` and ${left.length - 1} more` : ''}`,
    {
      host: session.host.id,
      action: 'read the facts again',
      evidence: left.join('\n'),
      next: 'Something on the host changes it back; look who writes it.',
    },
  );
}

/** Every check of the cluster passes on this host; a service that has just started gets a few seconds. */
export async function verifyChecks(cluster: Cluster, session: Session): Promise<void> {
  const checks = new Map(
    cluster.vrrp_instances.flatMap((instance) => instance.track_script.map((check) => [check.name, check] as const)),
  );
  for (const { name, probe, timeout } of checks.values()) {
    const line = checkCommand(name, probe, timeout).split(' ').map(quote).join(' ');
    const script = `i=0
until out=$(timeout ${timeout + 1} ${line} 2>&1 </dev/null); do
  i=$((i + 1)); [ "$i" -lt 12 ] || { echo "$out" >&2; exit 1; }
  sleep 0.5
done`;
    const result = await session.run(script, { timeoutMs: 12 * (timeout + 2) * 1000 });
    if (result.code === 0) continue;
    throw new GateError(`the check ${name} fails: ${result.stderr.trim().split('\n')[0] || 'no output'}`, {
      host: session.host.id,
      action: 'verify the checks',
      evidence: result.stderr,
      next: `Run it on the host: ${checkCommand(name, probe, timeout)}`,
    });
  }
}

/**
 * Exactly one host of the cluster holds each VIP. Asks again until it is so, or the time of an election is over. `blind`:
 * there are hosts that cannot be asked; then only two holders can be told, never their absence.
 */
export async function verifyHolders(
  cluster: Cluster,
  sessions: ReadonlyMap<string, Session>,
  blind: boolean,
  emit: Emit,
): Promise<readonly VipOutcome[]> {
  const deadline = Date.now() + electionTime(cluster);
  let seen = await getHolders(cluster, sessions);
  const wrong = (vip: VipOutcome): boolean => vip.holders.length > 1 || (vip.holders.length === 0 && !blind);
  while (seen.some(wrong) && Date.now() < deadline) {
    await sleep(300);
    seen = await getHolders(cluster, sessions);
  }
  for (const vip of seen) {
    const detail = vip.holders.length === 0 ? 'nobody seen' : vip.holders.join(', ');
    emit({ event: 'gate', cluster: cluster.name, gate: `one holder of ${vip.vip}`, ok: !wrong(vip), detail });
  }
  return seen;
}

/** The failure of a cluster whose VIP has no holder, or several. */
export function judgeHolders(vips: readonly VipOutcome[], blind: boolean): GateError | undefined {
  const double = vips.find((vip) => vip.holders.length > 1);
  if (double !== undefined) {
    return new GateError(`${double.vip} is held by ${double.holders.join(' and ')} at once`, {
      action: `verify ${double.cluster}/${double.instance}`,
      next: 'They do not hear each other: is VRRP (IP protocol 112) let through between them, and do auth_pass and VIPs agree?',
    });
  }
  const none = vips.find((vip) => vip.holders.length === 0);
  if (none === undefined || blind) return undefined;
  return new GateError(`no host holds ${none.vip}`, {
    action: `verify ${none.cluster}/${none.instance}`,
    next: 'Look at: journalctl -u keepalived -n 50. With weight 0 a failing check on every host leaves the VIP nowhere.',
  });
}
