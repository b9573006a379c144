import { HaprovError } from '../errors.ts';
import type { AddressFact } from '../facts/network/address.ts';
import type { LinkFact } from '../facts/network/links.ts';
import type { KeepalivedConfig, VrrpInstance } from '../keepalived/config.ts';
import { contains, isLinkLocal, network, sortable } from '../keepalived/network.ts';
import { tooNewFor } from '../keepalived/since.ts';
import type { VirtualAddress } from '../keepalived/vip.ts';

const ACTION = 'plan /etc/keepalived/keepalived.conf';

/** What a host has that VIPs can be on. */
export interface HostNetwork {
  readonly addresses: readonly AddressFact[];
  readonly links: readonly LinkFact[];
}

/** Interfaces that a configuration names and that have to be there. */
export function interfacesOf(config: KeepalivedConfig): readonly string[] {
  const { vrrp_instances, vrrp_sync_groups = [] } = config;
  const tracked = [...vrrp_instances, ...vrrp_sync_groups].flatMap(({ track_interface = [] }) =>
    track_interface.flatMap(({ interface: link }) => (typeof link === 'string' ? [link] : [])),
  );
  return [...new Set([...vipInterfaces(config), ...tracked])];
}

/** Interfaces that VIPs come to stand on, and those of VRRP. */
export function vipInterfaces({ vrrp_instances }: KeepalivedConfig): readonly string[] {
  const all = vrrp_instances.flatMap((instance) => [instance.interface, ...addressesOf(instance).flatMap(devOf)]);
  return [...new Set(all)];
}

/** It names interfaces beside those that VRRP is on: they need no address, so that the addresses do not tell. */
export function namesFurtherInterfaces(config: KeepalivedConfig): boolean {
  const own = config.vrrp_instances.map((instance) => instance.interface);
  return interfacesOf(config).some((link) => !own.includes(link));
}

/**
 * The interfaces that VRRP, VIPs and tracking name are there, the one of VRRP has an address to send from, and no VIP
 * stands on another interface than the one that its network is on.
 *
 * @throws HaprovError
 */
export function mustHaveInterfaces(config: KeepalivedConfig, { addresses, links }: HostNetwork, host: string): void {
  const there = new Set([...links.map(({ name }) => name), ...addresses.map((address) => address.interface)]);
  const named = new Set(addresses.filter(({ address }) => !isLinkLocal(address)).map((one) => one.interface));
  for (const instance of config.vrrp_instances) {
    const { name, interface: link } = instance;
    const mine = addresses.filter((one) => one.interface === link);
    if (mine.length === 0 && instance.unicast === undefined && instance.mcast_src_ip === undefined) {
      throw new HaprovError(`there is no interface ${link} with an address here, which ${name} names`, {
        host,
        action: ACTION,
        next: `Addresses are on ${[...named].join(', ')}. An interface may differ per host: interface: { ${host}: … }. Where ${link} has none on purpose, name one that has for VRRP to send from, and write \`dev ${link}\` after each VIP.`,
      });
    }
  }
  const absent = interfacesOf(config).find((link) => !there.has(link));
  if (absent !== undefined)
    throw new HaprovError(`there is no interface ${absent} here, which the inventory names`, {
      host,
      action: ACTION,
      next: `There are ${[...there].join(', ')}. A name may differ per host: { ${host}: … }`,
    });
  for (const instance of config.vrrp_instances)
    for (const vip of addressesOf(instance)) mustBeOnItsNetwork(vip, instance, addresses, host);
}

function mustBeOnItsNetwork(
  vip: VirtualAddress,
  { name, interface: own }: VrrpInstance,
  addresses: readonly AddressFact[],
  host: string,
): void {
  const link = devOf(vip)[0] ?? own;
  const net = network(vip.address, vip.prefix);
  if (!net.tells || isLinkLocal(vip.address)) return;
  const inside = addresses.filter(({ address }) => address !== vip.address && contains(net, sortable(address)));
  const other = inside[0];
  if (other === undefined || inside.some((one) => one.interface === link)) return;
  // Below a virtual MAC the address is on an interface that keepalived makes.
  if (addresses.some((one) => one.address === vip.address && one.interface.startsWith('vrrp'))) return;
  throw new HaprovError(
    `${name}: ${vip.address}/${vip.prefix} would be on ${link}, and its network is on ${other.interface} (${other.address})`,
    {
      host,
      action: ACTION,
      next: `Write \`${vip.address}/${vip.prefix} dev ${other.interface}\`, or interface: ${other.interface} where VRRP belongs there, too.`,
    },
  );
}

function addressesOf({ virtual_ipaddress, virtual_ipaddress_excluded = [] }: VrrpInstance): readonly VirtualAddress[] {
  return [...virtual_ipaddress, ...virtual_ipaddress_excluded];
}

function devOf({ dev }: VirtualAddress): readonly string[] {
  return typeof dev === 'string' ? [dev] : [];
}

/**
 * The host's keepalived knows every keyword of the configuration. `version`: of its package, null where it is not
 * installed: then the test on the host tells.
 *
 * @throws HaprovError naming the keywords, the versions that they need, and the host's
 */
export function mustKnow(config: KeepalivedConfig, version: string | null, host: string): void {
  const unknown = version === null ? [] : tooNewFor(config, version);
  if (unknown.length === 0) return;
  const named = unknown.map(({ keyword, since }) => `${keyword} (since ${since})`).join(', ');
  throw new HaprovError(`keepalived ${version} does not know ${named}`, {
    host,
    action: ACTION,
    next: 'Take it out of the inventory, or bring a newer keepalived to the host.',
  });
}
