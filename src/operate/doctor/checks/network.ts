import ipaddr from 'ipaddr.js';
import type { RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import { type AddressFact, addressSubject } from '../../../facts/network/address.ts';
import { type LinksFact, linksSubject } from '../../../facts/network/links.ts';
import { type NetworkDaemonFact, networkDaemonSubject } from '../../../facts/network/network-daemons.ts';
import type { Cluster, Host, Instance } from '../../../inventory/model.ts';
import { vipAddresses, virtualRouterOf } from '../../../vrrp/virtual-router.ts';
import { type Answer, type Case, type Check, check, hostCheck, running } from '../check.ts';
import { fail, ok, skip, type Verdict, warn } from '../finding.ts';

export interface Network {
  readonly links: LinksFact;
  readonly addresses: readonly AddressFact[];
  readonly running: RunningVrrp | null;
}

/** The interface of an instance: the one that keepalived runs with, or else the inventory's. */
function interfaceOf({ host, facts }: Answer<Network>, instance: Instance): string {
  const live = facts.running?.instances.find(({ name }) => name === instance.name)?.interface ?? '';
  return live === '' ? (instance.interface[host.name] ?? '') : live;
}

export function judgeInterface(answer: Answer<Network>, cluster: Cluster): readonly Verdict[] {
  const { host, facts } = answer;
  const names = new Set(
    cluster.vrrp_instances.flatMap((instance) => [interfaceOf(answer, instance), instance.interface[host.name] ?? '']),
  );
  return [...names].filter(Boolean).map((name) => {
    const link = facts.links.links.find((one) => one.name === name);
    const there = facts.links.links.map((one) => one.name).filter((one) => one !== 'lo');
    if (link === undefined) {
      return fail(host.id, `there is no interface ${name}; there are ${there.join(', ')}`, {
        why: 'keepalived does not start, or its instance stays in FAULT',
        fix: `interface: { ${host.name}: ${there[0] ?? 'NAME'} } in the inventory`,
      });
    }
    if (!link.up)
      return fail(host.id, `${name} is down`, {
        why: 'the instance stays in FAULT',
        fix: `ip link set ${name} up; see to its cable`,
      });
    return ok(host.id, `${name} is up`);
  });
}

/** Members share a network where some prefix of their interfaces is the same; VIPs themselves do not count. */
export function judgeSegments(asked: Case<Network>): readonly Verdict[] {
  const { cluster, members } = asked;
  if (members.length < 2) return [];
  return cluster.vrrp_instances.map((instance): Verdict => {
    const family = virtualRouterOf(instance).family;
    const networks = members.map((member) => ({
      host: member.host.name,
      name: interfaceOf(member, instance),
      networks: networksOf(member.facts.addresses, interfaceOf(member, instance), instance, family),
    }));
    const said = networks
      .map(({ host, name, networks: all }) => `${host} ${name} ${[...all].join(' ') || 'none'}`)
      .join(', ');
    const bare = networks.find(({ networks: all }) => all.size === 0);
    if (bare !== undefined)
      return skip(
        undefined,
        `${instance.name}: ${bare.host} has no IPv${family} address on ${bare.name || 'its interface'}`,
      );
    const [first, ...rest] = networks;
    const shared = [...(first?.networks ?? [])].filter((one) => rest.every(({ networks: all }) => all.has(one)));
    if (shared.length > 0) return ok(undefined, `${instance.name}: all on ${shared[0]}`);
    return fail(undefined, `${instance.name}: on different networks: ${said}`, {
      why: 'adverts do not cross segments, and a VIP of the one network does not answer on the other',
      fix: 'put the hosts on one segment, or name the interface that they share: interface: { HOST: NAME }',
    });
  });
}

function networksOf(
  addresses: readonly AddressFact[],
  name: string,
  instance: Instance,
  family: 4 | 6,
): ReadonlySet<string> {
  const vips = new Set(vipAddresses([instance]).map((vip) => ipaddr.parse(vip).toString()));
  return new Set(
    addresses.flatMap((one) => {
      const parsed = ipaddr.parse(one.address);
      const mine = one.interface === name && (parsed.kind() === 'ipv6' ? 6 : 4) === family && !vips.has(one.address);
      if (!mine || parsed.range() === 'linkLocal') return [];
      const cidr = `${one.address}/${one.prefix}`;
      const network =
        parsed.kind() === 'ipv6' ? ipaddr.IPv6.networkAddressFromCIDR(cidr) : ipaddr.IPv4.networkAddressFromCIDR(cidr);
      return [`${network.toString()}/${one.prefix}`];
    }),
  );
}

export function judgeDaemons({ host, facts }: Answer<ReadonlyMap<string, NetworkDaemonFact>>): readonly Verdict[] {
  return [...facts].map(([name, { networkd, networkManager }]) => {
    if (networkd !== null && !networkd.keeps) {
      return warn(
        host.id,
        `systemd-networkd manages ${name} (${networkd.file}) and does not keep addresses of others`,
        {
          why: 'netplan apply, and each reload of changed settings, takes the VIP off this host until keepalived takes it back',
          fix: `haprov apply writes KeepConfiguration=static into /etc/systemd/network/${fileName(networkd.file)}.d/haprov.conf`,
        },
      );
    }
    if (networkManager) {
      return warn(host.id, `NetworkManager manages ${name}`, {
        why: 'bringing its connection up again takes the VIP off this host until keepalived takes it back',
        fix: `move the VIP before nmcli touches ${name}, or leave the interface to other means: nmcli device set ${name} managed no`,
      });
    }
    return ok(
      host.id,
      networkd === null ? `no daemon takes addresses off ${name}` : `systemd-networkd keeps what it finds on ${name}`,
    );
  });
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

async function networkOf(member: Parameters<typeof running>[0]): Promise<Network> {
  const [links, addresses, now] = await Promise.all([
    member.look(linksSubject, 'links'),
    member.look(addressSubject, 'addresses'),
    running(member).catch(() => null),
  ]);
  return { links, addresses, running: now };
}

function interfacesOf(cluster: Cluster, host: Host): readonly string[] {
  return [...new Set(cluster.vrrp_instances.flatMap((instance) => instance.interface[host.name] ?? []))];
}

export const NETWORK_CHECKS: readonly Check[] = [
  hostCheck({ id: 'HD020', name: 'interface', ask: networkOf, judge: judgeInterface }),
  check({ id: 'HD021', name: 'segment', ask: networkOf, judge: judgeSegments }),
];

export const DAEMON_CHECK: Check = hostCheck({
  id: 'HD032',
  name: 'network-daemon',
  ask: async ({ look, cluster, host }) => {
    const names = interfacesOf(cluster, host);
    return new Map(
      await Promise.all(names.map(async (name) => [name, await look(networkDaemonSubject, name)] as const)),
    );
  },
  judge: judgeDaemons,
});
