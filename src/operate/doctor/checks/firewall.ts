import type { RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import {
  type FirewalldFact,
  type FirewallKindFact,
  firewalldSubject,
  firewallKindSubject,
} from '../../../facts/network/firewall.ts';
import { type IptablesCommand, type IptablesFact, iptablesSubject } from '../../../facts/network/iptables.ts';
import { type NftTable, nftablesSubject } from '../../../facts/network/nftables.ts';
import type { Cluster, Host } from '../../../inventory/model.ts';
import { vrrpRules } from '../../../tasks/vrrp-traffic.ts';
import { type Answer, type Case, type Check, check, running } from '../check.ts';
import { fail, ok, type Verdict, warn } from '../finding.ts';
import { iptablesPassage } from '../firewall/iptables.ts';
import { nftPassage } from '../firewall/nft.ts';
import type { Packet, Passage } from '../firewall/passage.ts';

export interface Firewalls {
  readonly kind: FirewallKindFact;
  /** By interface; null: firewalld does not run. */
  readonly firewalld: ReadonlyMap<string, FirewalldFact | null>;
  readonly iptables: IptablesFact | null;
  readonly ip6tables: IptablesFact | null;
  readonly nft: readonly NftTable[] | null;
  readonly running: RunningVrrp | null;
}

/** A packet that has to pass, and whom it comes from or goes to. */
interface Way {
  readonly packet: Packet;
  readonly command: IptablesCommand;
  /** "from lb1", "to 224.0.0.18". */
  readonly words: string;
}

/** Whether the rules of each host let the adverts of the others in and its own out. Rules are read, packets are HD023's. */
export function judgeFirewall({ cluster, members }: Case<Firewalls>): readonly Verdict[] {
  return members.flatMap((member) => {
    const ways = waysOf(cluster, member, members);
    const closed = ways.flatMap((way) => blockOf(way, member.facts) ?? []);
    const first = closed.find(({ verdict }) => verdict === 'drop') ?? closed[0];
    const { host, facts } = member;
    const fleeting = [...facts.firewalld.values()].find((one) => one?.runtime === true && !one.permanent);
    if (first === undefined && fleeting !== undefined && fleeting !== null) {
      return [
        warn(host.id, `firewalld zone ${fleeting.zone} lets VRRP in until its next reload only`, {
          why: 'after a reload or a reboot no advert comes in, and both hosts hold the VIP',
          mends: true,
          fix: `firewall-cmd --permanent --zone=${fleeting.zone} --add-protocol=vrrp`,
        }),
      ];
    }
    if (first === undefined) return [ok(host.id, `protocol 112 may pass: ${describe(facts)}`)];
    const heard = facts.running?.instances.some(({ state, master }) => state === 'BACKUP' && master !== null) === true;
    const incoming = first.way.packet.direction === 'in';
    const why = incoming
      ? `${host.name} hears no adverts: it takes the VIP that another host holds`
      : `nobody hears the adverts of ${host.name}: when it is master, the others take the VIP too`;
    const trouble = { why, mends: true, fix: remedy(first.layer, facts) } as const;
    const evidence = `protocol 112 ${first.way.words} ${first.verdict === 'drop' ? 'is dropped' : 'may be dropped'} by ${first.layer}: ${first.by}`;
    if (first.verdict === 'drop' && !(incoming && heard)) return [fail(host.id, evidence, trouble)];
    return [
      warn(host.id, heard && incoming ? `${evidence}; adverts come in all the same, by luck` : evidence, trouble),
    ];
  });
}

function waysOf(cluster: Cluster, { host }: Answer<Firewalls>, members: readonly Answer<Firewalls>[]): readonly Way[] {
  return vrrpRules(cluster, host).flatMap(({ command, chain, interface: name, address, end }): Way[] => {
    const other = address.replace(/\/\d+$/, '');
    if (chain === 'OUTPUT') {
      const packet = { direction: 'out', interface: name, source: null, destination: other } as const;
      return [{ packet, command, words: `to ${other}` }];
    }
    if (end === '-s') {
      const packet = {
        direction: 'in',
        interface: name,
        source: other,
        destination: ownAddress(cluster, host),
      } as const;
      return [{ packet, command, words: `from ${other}` }];
    }
    const peers = members.filter((one) => one.host.id !== host.id);
    const sources = peers.map((peer) => ({ name: peer.host.name, source: sourceOf(peer, cluster, name) }));
    // Of a host alone, any peer's: rules that ask for a source cannot be judged then.
    return (sources.length === 0 ? [{ name: 'its peers', source: null }] : sources).map((peer) => ({
      packet: { direction: 'in', interface: name, source: peer.source, destination: other },
      command,
      words: `from ${peer.name}`,
    }));
  });
}

function sourceOf({ host, facts }: Answer<Firewalls>, cluster: Cluster, name: string): string | null {
  const instances = cluster.vrrp_instances.filter((one) => Object.values(one.interface).includes(name));
  const found = facts.running?.instances.find((one) => instances.some((instance) => instance.name === one.name));
  return found?.source || (/^[\d.]+$|:/.test(host.address) ? host.address : null);
}

function ownAddress(cluster: Cluster, host: Host): string {
  return cluster.vrrp_instances.flatMap(({ unicast }) => unicast?.[host.name]?.src_ip ?? [])[0] ?? host.address;
}

interface Block extends Passage {
  readonly way: Way;
  readonly layer: 'firewalld' | 'iptables' | 'ip6tables' | 'ufw' | 'nftables';
}

function blockOf(way: Way, facts: Firewalls): Block | undefined {
  const zone = way.packet.direction === 'in' ? facts.firewalld.get(way.packet.interface) : undefined;
  if (zone !== undefined && zone !== null && !zone.runtime) {
    return { way, layer: 'firewalld', verdict: 'drop', by: `zone ${zone.zone} has no protocol vrrp` };
  }
  const table = way.command === 'iptables' ? facts.iptables : facts.ip6tables;
  if (table !== null) {
    const passage = iptablesPassage(table, way.packet);
    if (passage.verdict !== 'accept') return { way, layer: facts.kind.ufw ? 'ufw' : way.command, ...passage };
  }
  const native = facts.nft === null ? undefined : nftPassage(facts.nft, way.packet);
  return native === undefined || native.verdict === 'accept' ? undefined : { way, layer: 'nftables', ...native };
}

function describe({ firewalld, kind, iptables, nft }: Firewalls): string {
  const zones = [...firewalld.values()].flatMap((one) => (one === null ? [] : [`firewalld zone ${one.zone}`]));
  if (zones.length > 0) return zones.join(', ');
  if (kind.ufw) return 'ufw';
  if ((nft ?? []).some(({ chains }) => chains.some(({ hook }) => hook === 'input'))) return 'nftables';
  return iptables === null || iptables.rules.length === 0 ? 'no rules' : 'iptables';
}

function remedy(layer: Block['layer'], { firewalld }: Firewalls): string {
  const zone = [...firewalld.values()].find((one) => one !== null)?.zone ?? 'public';
  switch (layer) {
    case 'firewalld':
      return `firewall-cmd --zone=${zone} --add-protocol=vrrp, and once more with --permanent`;
    case 'ufw':
      return 'ufw allow to 224.0.0.18 from PEER proto vrrp (ufw 0.36.2 or later), for each peer';
    case 'nftables':
      return 'put "meta l4proto 112 accept" before the first drop of the input and output chains';
    default:
      return `${layer} -I INPUT 1 -p 112 -s PEER -j ACCEPT before every REJECT or DROP, OUTPUT likewise, and at every boot`;
  }
}

export const FIREWALL_CHECK: Check = check<Firewalls>({
  id: 'HD022',
  name: 'firewall',
  ask: async (member) => {
    const { look, cluster, host } = member;
    const names = [...new Set(cluster.vrrp_instances.flatMap((instance) => instance.interface[host.name] ?? []))];
    const [kind, zones, iptables, ip6tables, nft, now] = await Promise.all([
      look(firewallKindSubject, 'kind'),
      Promise.all(names.map(async (name) => [name, await look(firewalldSubject, name)] as const)),
      look(iptablesSubject, 'iptables'),
      look(iptablesSubject, 'ip6tables'),
      look(nftablesSubject, 'tables'),
      running(member).catch(() => null),
    ]);
    return { kind, firewalld: new Map(zones), iptables, ip6tables, nft, running: now };
  },
  judge: judgeFirewall,
});
