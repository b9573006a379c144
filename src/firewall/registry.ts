import type { Ask } from '../facts/reader/subject.ts';
import type { Firewall } from '../inventory/model.ts';
import type { Backend } from './backend.ts';
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

/** Paths of the files that haprov may have written for a firewall. */
export const FIREWALL_FILES: readonly string[] = [
  ...new Set(
    Object.values(FIREWALLS).flatMap(({ persistence }) => (persistence?.files([]) ?? []).map(({ path }) => path)),
  ),
];

/** Their names, in the order in which `auto` asks for them. */
export const FIREWALL_NAMES = ['firewalld', 'ufw', 'nftables', 'iptables'] as const satisfies readonly FirewallName[];

/** The firewall that filters on a host; undefined where none does. What comes after the first is not needed. */
export async function firewallInForce(ask: Ask): Promise<FirewallName | undefined> {
  const answers = await Promise.allSettled(FIREWALL_NAMES.map((name) => FIREWALLS[name].filters(ask)));
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'rejected') throw answer.reason;
    if (answer.value) return FIREWALL_NAMES[index];
  }
  return undefined;
}
