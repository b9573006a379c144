import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import { KEYWORD } from '../../vrrp/virtual-router.ts';
import type { Emit, VipOutcome } from '../events.ts';
import { GateError, type Trouble } from './gate-error.ts';
import { electionTime, getHolders } from './holders.ts';

/** The name of the gate that each VIP has one holder. */
export function oneHolderGate(vip: string): string {
  return `one holder of ${vip}`;
}

/** "lb1", "lb1, lb2", "nobody seen". */
export function holdersText({ holders }: VipOutcome): string {
  return holders.length === 0 ? 'nobody seen' : holders.join(', ');
}

/**
 * VIPs with several holders, first, and those without any. `blind`: there are hosts that cannot be asked; then only two
 * holders can be told, never their absence.
 */
export function troublesOfHolders(vips: readonly VipOutcome[], blind: boolean): readonly Trouble[] {
  const several = vips.filter(({ holders }) => holders.length > 1);
  const none = blind ? [] : vips.filter(({ holders }) => holders.length === 0);
  return [
    ...several.map(({ vip, holders }) => ({
      gate: oneHolderGate(vip),
      message: `${vip} is held by ${holders.join(' and ')} at once`,
      hosts: holders,
      next: `On both: tcpdump -ni any proto 112. They do not hear each other: is VRRP (IP protocol 112) let through, and do ${KEYWORD.password} and VIPs agree?`,
    })),
    ...none.map(({ vip }) => ({
      gate: oneHolderGate(vip),
      message: `no host holds ${vip}`,
      hosts: [],
      next: 'Look at: journalctl -u keepalived -n 50. With weight 0 a failing check on every host leaves the VIP nowhere.',
    })),
  ];
}

/** The failure of a cluster whose VIP has no holder, or several. */
export function judgeHolders(vips: readonly VipOutcome[], blind: boolean): GateError | undefined {
  const [trouble] = troublesOfHolders(vips, blind);
  if (trouble === undefined) return undefined;
  const about = vips.find(({ vip }) => oneHolderGate(vip) === trouble.gate);
  return new GateError(trouble.message, { action: `verify ${about?.cluster}/${about?.instance}`, next: trouble.next });
}

/** Exactly one host of the cluster holds each VIP. Asks again until it is so, or the time of an election is over. */
export async function verifyHolders(
  cluster: Cluster,
  sessions: ReadonlyMap<string, Session>,
  blind: boolean,
  emit: Emit,
): Promise<readonly VipOutcome[]> {
  const deadline = Date.now() + electionTime(cluster);
  let seen = await getHolders(cluster, sessions);
  while (troublesOfHolders(seen, blind).length > 0 && Date.now() < deadline) {
    await sleep(300);
    seen = await getHolders(cluster, sessions);
  }
  for (const vip of seen) {
    const ok = troublesOfHolders([vip], blind).length === 0;
    emit({ event: 'gate', cluster: cluster.name, gate: oneHolderGate(vip.vip), ok, detail: holdersText(vip) });
  }
  return seen;
}
