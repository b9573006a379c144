import type { RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import type { Block, Inspection } from '../../../firewall/backend.ts';
import type { Packet } from '../../../firewall/passage.ts';
import { FIREWALLS } from '../../../firewall/registry.ts';
import { vrrpFlows } from '../../../firewall/vrrp-traffic.ts';
import type { Cluster, Host } from '../../../inventory/model.ts';
import { type Answer, type Case, type Check, check, running } from '../check.ts';
import { fail, ok, type Verdict, warn } from '../finding.ts';

export interface Firewalls {
  /** Of every firewall, in the registry's order. */
  readonly inspections: readonly Inspection[];
  readonly running: RunningVrrp | null;
}

/** A packet that has to pass, and whom it comes from or goes to. */
interface Way {
  readonly packet: Packet;
  /** "from lb1", "to 224.0.0.18". */
  readonly words: string;
}

/** Whether the rules of each host let the adverts of the others in and its own out. Rules are read, packets are HD023's. */
export function judgeFirewall({ cluster, members }: Case<Firewalls>): readonly Verdict[] {
  return members.flatMap((member) => {
    const ways = waysOf(cluster, member, members);
    const { host, facts } = member;
    const closed = ways.flatMap((way) => blockOf(way, facts) ?? []);
    const first = closed.find(({ verdict }) => verdict === 'drop') ?? closed[0];
    const fleeting = facts.inspections.find((one) => one.fleeting !== undefined)?.fleeting;
    if (first === undefined && fleeting !== undefined) {
      const why = 'after a reload or a reboot no advert comes in, and both hosts hold the VIP';
      return [warn(host.id, fleeting.evidence, { why, mends: true, fix: fleeting.fix })];
    }
    if (first === undefined) {
      const inForce = facts.inspections.find((one) => one.inForce !== undefined)?.inForce ?? 'no rules';
      return [ok(host.id, `protocol 112 may pass: ${inForce}`)];
    }
    const heard = facts.running?.instances.some(({ state, master }) => state === 'BACKUP' && master !== null) === true;
    const incoming = first.way.packet.direction === 'in';
    const why = incoming
      ? `${host.name} hears no adverts: it takes the VIP that another host holds`
      : `no host hears the adverts of ${host.name}: when it is master, the others take the VIP too`;
    const trouble = { why, mends: true, fix: first.fix } as const;
    const evidence = `protocol 112 ${first.way.words} ${first.verdict === 'drop' ? 'is dropped' : 'may be dropped'} by ${first.layer}: ${first.by}`;
    if (first.verdict === 'drop' && !(incoming && heard)) return [fail(host.id, evidence, trouble)];
    return [
      warn(host.id, heard && incoming ? `${evidence}; adverts come in all the same, by luck` : evidence, trouble),
    ];
  });
}

function waysOf(cluster: Cluster, { host }: Answer<Firewalls>, members: readonly Answer<Firewalls>[]): readonly Way[] {
  return vrrpFlows(cluster, host).flatMap(({ direction, interface: name, address, unicast }): Way[] => {
    if (direction === 'out') {
      return [{ packet: { direction, interface: name, source: null, destination: address }, words: `to ${address}` }];
    }
    if (unicast) {
      const destination = ownAddress(cluster, host);
      return [{ packet: { direction, interface: name, source: address, destination }, words: `from ${address}` }];
    }
    const peers = members.filter((one) => one.host.id !== host.id);
    const sources = peers.map((peer) => ({ name: peer.host.name, source: sourceOf(peer, cluster, name) }));
    // Of a host alone, any peer's: rules that ask for a source cannot be judged then.
    return (sources.length === 0 ? [{ name: 'its peers', source: null }] : sources).map((peer) => ({
      packet: { direction, interface: name, source: peer.source, destination: address },
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

function blockOf(way: Way, { inspections }: Firewalls): (Block & { readonly way: Way }) | undefined {
  const blocks = inspections.flatMap(({ block }) => block(way.packet) ?? []);
  const first = blocks.find(({ verdict }) => verdict === 'drop') ?? blocks[0];
  return first === undefined ? undefined : { ...first, way };
}

export const FIREWALL_CHECK: Check = check<Firewalls>({
  id: 'HD022',
  name: 'firewall',
  ask: async (member) => {
    const { look, cluster, host } = member;
    const flows = vrrpFlows(cluster, host);
    const [now, ...inspections] = await Promise.all([
      running(member).catch(() => null),
      ...Object.values(FIREWALLS).map(({ inspect }) => inspect(flows, look)),
    ] as const);
    return { inspections, running: now };
  },
  judge: judgeFirewall,
});
