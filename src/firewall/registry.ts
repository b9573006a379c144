import type { Ask } from '../facts/reader/subject.ts';
import type { Firewall } from '../inventory/model.ts';
import type { Backend, Persistence } from './backend.ts';
import { FIREWALLD_TABLES, firewalld } from './firewalld.ts';
import { IPTABLES_TABLES, iptables } from './iptables.ts';
import { nftables, nftSubject } from './nftables.ts';
import { ufw } from './ufw.ts';

export type FirewallName = Exclude<Firewall, 'auto' | 'none'>;

/** Tables that none of the other firewalls keep. */
export const nativeTables = nftSubject([IPTABLES_TABLES, FIREWALLD_TABLES]);

/** Every firewall that an inventory may name. `auto` takes the first that filters on the host. */
export const FIREWALLS: Readonly<Record<FirewallName, Backend>> = {
  firewalld,
  ufw: ufw(iptables),
  nftables: nftables(nativeTables),
  iptables,
};

/** What sets rules at boot on hosts, of every firewall that needs it. */
export const PERSISTENCE: readonly Persistence[] = Object.values(FIREWALLS).flatMap(
  ({ persistence }) => persistence ?? [],
);

/** Paths of the files that haprov may have written for a firewall. */
export const FIREWALL_FILES: readonly string[] = PERSISTENCE.flatMap(({ files }) => files([]).map(({ path }) => path));

/** The firewall that filters on a host; undefined where none does. What comes after the first is not needed. */
export async function firewallInForce(ask: Ask): Promise<Backend | undefined> {
  const backends = Object.values(FIREWALLS);
  const answers = await Promise.allSettled(backends.map(({ filters }) => filters(ask)));
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'rejected') throw answer.reason;
    if (answer.value) return backends[index];
  }
  return undefined;
}
