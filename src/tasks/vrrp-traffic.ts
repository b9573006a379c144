import ipaddr from 'ipaddr.js';
import type { IptablesCommand, IptablesFact, Rule } from '../facts/network/iptables.ts';
import type { Cluster, Host } from '../inventory/model.ts';

/** A rule of the filter table that lets VRRP of one host through; fields as iptables names them. */
export interface VrrpRule {
  readonly command: IptablesCommand;
  readonly chain: 'INPUT' | 'OUTPUT';
  readonly interface: string;
  /** Group or peer, with its full prefix. */
  readonly address: string;
  /** Whether `address` is where packets come from (-s) or go to (-d). */
  readonly end: '-s' | '-d';
}

/** Multicast groups of VRRP: RFC 9568, 5.1.1. */
const GROUP = { 4: '224.0.0.18', 6: 'ff02::12' } as const;

/** What VRRP of these instances needs on this host, and nothing more: the group, or each unicast peer, per interface. */
export function vrrpRules(cluster: Cluster, host: Host): readonly VrrpRule[] {
  const rules = cluster.vrrp_instances.flatMap((instance): VrrpRule[] => {
    const name = instance.interface[host.name];
    if (name === undefined) return [];
    const peers = instance.unicast?.[host.name]?.peers;
    if (peers === undefined) {
      const family = instance.virtual_ipaddress[0]?.family ?? 4;
      const group = full(GROUP[family]);
      return (['INPUT', 'OUTPUT'] as const).map((chain) => ({
        command: commandFor(GROUP[family]),
        chain,
        interface: name,
        address: group,
        end: '-d',
      }));
    }
    return peers.flatMap((peer) =>
      (['INPUT', 'OUTPUT'] as const).map((chain) => ({
        command: commandFor(peer),
        chain,
        interface: name,
        address: full(peer),
        end: chain === 'INPUT' ? ('-s' as const) : ('-d' as const),
      })),
    );
  });
  return [...new Map(rules.map((rule) => [`${rule.command} ${showRule(rule)}`, rule])).values()];
}

/** As arguments of iptables; the protocol by number, since names need /etc/protocols. */
export function showRule(rule: VrrpRule): string {
  return `${rule.chain} ${rule.end} ${rule.address} ${device(rule)} ${rule.interface} -p 112 -j ACCEPT`;
}

/**
 * Whether the live rules have this one where it takes effect: no earlier rule of its chain can end in DROP or REJECT
 * for it. A rule that names another protocol, or another interface, cannot.
 */
export function isOpen(rule: VrrpRule, fact: IptablesFact): boolean {
  for (const candidate of fact.rules.filter(({ chain }) => chain === rule.chain)) {
    if (isSame(candidate, rule)) return true;
    if (mayCatch(candidate, rule, fact, new Set())) return false;
  }
  return false;
}

/** Whether it is this very rule, as iptables itself would compare it. */
export function isSame(candidate: Rule, rule: VrrpRule): boolean {
  if (candidate.chain !== rule.chain) return false;
  const wanted = new Map([
    [rule.end, rule.address],
    [device(rule), rule.interface],
    ['-p', 'vrrp'],
    ['-j', 'ACCEPT'],
  ]);
  const { words } = candidate;
  if (words.length !== wanted.size * 2) return false;
  for (let at = 0; at < words.length; at += 2) {
    const value = words[at + 1] === '112' ? 'vrrp' : words[at + 1];
    if (wanted.get(words[at] ?? '') !== value) return false;
  }
  return true;
}

const HARMLESS = new Set(['ACCEPT', 'LOG', 'NFLOG', 'RETURN', 'MARK', 'CONNMARK', 'TRACE', undefined]);

function mayCatch(candidate: Rule, rule: VrrpRule, fact: IptablesFact, seen: Set<string>): boolean {
  const { words } = candidate;
  const after = (flag: string): string | undefined => {
    const at = words.indexOf(flag);
    return at < 0 || words[at - 1] === '!' ? undefined : words[at + 1];
  };
  const protocol = after('-p');
  if (protocol !== undefined && protocol !== 'vrrp' && protocol !== '112') return false;
  const name = after(device(rule));
  if (name !== undefined && name !== rule.interface && !name.endsWith('+')) return false;
  const target = after('-j') ?? after('-g');
  // Out of the chain itself, RETURN and a chain gone to (-g) lead to the policy, past all the rules that follow.
  const leaves = target === 'RETURN' || after('-g') !== undefined;
  if (leaves && candidate.chain === rule.chain) return true;
  if (HARMLESS.has(target)) return false;
  if (target === undefined || seen.has(target)) return false;
  // DROP, REJECT, and what may drop without saying so, such as NFQUEUE: anything that is not a chain of its own.
  if (fact.policy[target] === undefined) return true;
  seen.add(target);
  const inner = fact.rules.filter(({ chain }) => chain === target);
  return inner.some((one) => mayCatch(one, rule, fact, seen));
}

function device(rule: VrrpRule): '-i' | '-o' {
  return rule.chain === 'INPUT' ? '-i' : '-o';
}

function commandFor(address: string): IptablesCommand {
  return ipaddr.parse(address).kind() === 'ipv6' ? 'ip6tables' : 'iptables';
}

function full(address: string): string {
  const parsed = ipaddr.parse(address);
  return `${parsed.toString()}/${parsed.kind() === 'ipv6' ? 128 : 32}`;
}
