import { atHost, type Tracked } from '../keepalived/kinds/tracked.ts';
import type { Loss } from '../vrrp/losses.ts';
import { WATCHED, watchName } from '../vrrp/virtual-router.ts';
import type { Cluster, Instance, SyncGroup } from './model.ts';
import { splitsFrom } from './splits.ts';

/** What can take an instance's VIPs from a host beside its own checks, in the order in which the proof shows it. */
export function lossesOf(cluster: Cluster, instance: Instance): readonly Loss[] {
  const group = groupOf(cluster, instance.name);
  const own = ownLosses(cluster, instance);
  const others = (group?.group ?? []).flatMap((name) => {
    const member = cluster.vrrp_instances.find((one) => one.name === name);
    if (member === undefined || member === instance || group === undefined) return [];
    const through = `${group.name}: ${name} gives up`;
    const checks = member.track_script.map((check): Loss => {
      return { what: `${check.name} fails`, hosts: hostsOf(cluster), noticed: check };
    });
    const failing = [...checks, ...ownLosses(cluster, member)].filter(
      ({ track }) => track === undefined || weighs(member, track) === 0,
    );
    // The group waits for its slowest member: none becomes MASTER before all would.
    const slowest = Math.max(instance.advert_int, member.advert_int);
    return failing.map(({ track: _, splits: __, ...loss }): Loss => ({ ...loss, through, intervalSeconds: slowest }));
  });
  const shared = group === undefined ? [] : trackedLosses(cluster, group);
  const seen = new Set(instance.track_script.map(({ name }) => `${name} fails`));
  return [...own, ...shared, ...others].flatMap((loss) => {
    const hosts = loss.hosts.filter((host) => !seen.has(`${loss.what} ${host}`) && !seen.has(loss.what));
    for (const host of hosts) seen.add(`${loss.what} ${host}`);
    return hosts.length === 0 ? [] : [{ ...loss, hosts }];
  });
}

/** The group that an instance moves with. */
export function groupOf({ vrrp_sync_groups = [] }: Cluster, instance: string): SyncGroup | undefined {
  return vrrp_sync_groups.find(({ group }) => group.includes(instance));
}

function ownLosses(cluster: Cluster, instance: Instance): readonly Loss[] {
  const worth = isWorthShowing(cluster, instance);
  const links = worth ? byLink(cluster, (host) => [instance.interface[host] ?? '']) : [];
  const devs = byLink(cluster, (host) => devsOf(instance, host));
  const primary = links
    .filter(() => instance.dont_track_primary !== true)
    .map(({ link, hosts }): Loss => {
      const splits = splitsFrom(cluster, instance, link, hosts);
      return { what: `${link} down`, hosts, silent: true, ...(splits === undefined ? {} : { splits }) };
    });
  return [
    ...primary,
    ...devs.map(({ link, hosts }): Loss => ({ what: `${link} down`, hosts })),
    ...trackedLosses(cluster, instance),
  ];
}

/** One interface for everything fails as the host itself does, and needs no row of its own. */
function isWorthShowing(cluster: Cluster, instance: Instance): boolean {
  const several = cluster.vrrp_instances.some((other) =>
    hostsOf(cluster).some((host) => other.interface[host] !== instance.interface[host]),
  );
  return several || instance.track_interface !== undefined || instance.use_vmac !== undefined;
}

function trackedLosses(cluster: Cluster, owner: Instance | SyncGroup): readonly Loss[] {
  const up = WATCHED.flatMap((keyword) =>
    (owner[keyword] ?? []).flatMap((one): Loss[] =>
      spread(cluster, (host) => wordFor(keyword, one, host)).map(({ link, hosts }) => {
        const delay = Number(one.block?.['terminate_delay'] ?? one.block?.['delay'] ?? 0);
        return {
          what: link,
          hosts,
          track: watchName(keyword, one.name),
          ...(delay > 0 ? { noticed: { interval: delay, timeout: 0, fall: 1 } } : {}),
        };
      }),
    ),
  );
  const files = (owner.track_file ?? []).flatMap((one) =>
    spread(cluster, (host) => `${one.name} holds ${numberThatGivesUp(one, host)}`).map(
      ({ link, hosts }): Loss => ({ what: link, hosts }),
    ),
  );
  return [...up, ...files];
}

function wordFor(keyword: (typeof WATCHED)[number], one: Tracked, host: string): string {
  if (keyword === 'track_interface')
    return `${atHost(one.interface ?? one.name, host) ?? one.name} ${one.reverse ? 'up' : 'down'}`;
  if (keyword === 'track_bfd') return `${one.name} ${one.reverse ? 'up' : 'down'}`;
  return `${one.name} ${one.reverse ? 'runs' : 'gone'}`;
}

/** What has to stand in a track_file for the host to give the VIP up: -254 or less, times the weight. */
export function numberThatGivesUp(one: Tracked, host: string): number {
  const weight = (atHost(one.weight, host) ?? 0) * (one.reverse ? -1 : 1);
  return weight === 0 ? 1 : -Math.sign(weight) * Math.ceil(254 / Math.abs(weight));
}

function weighs(member: Instance, track: string): number {
  const [keyword = '', name] = track.split(' ');
  const all = WATCHED.find((one) => one === keyword);
  const found = all === undefined ? undefined : member[all]?.find((one) => one.name === name);
  return typeof found?.weight === 'number' ? found.weight : 0;
}

function devsOf(instance: Instance, host: string): readonly string[] {
  const all = [...instance.virtual_ipaddress, ...(instance.virtual_ipaddress_excluded ?? [])];
  return all.flatMap(({ dev, options = [] }) => {
    const link = dev === undefined ? undefined : atHost(dev, host);
    return link === undefined || link === instance.interface[host] || options.includes('no_track') ? [] : [link];
  });
}

function byLink(cluster: Cluster, linksOf: (host: string) => readonly string[]) {
  const found = new Map<string, string[]>();
  for (const host of hostsOf(cluster))
    for (const link of new Set(linksOf(host))) found.set(link, [...(found.get(link) ?? []), host]);
  return [...found].map(([link, hosts]) => ({ link, hosts }));
}

function spread(cluster: Cluster, wordOf: (host: string) => string) {
  return byLink(cluster, (host) => [wordOf(host)]);
}

function hostsOf({ hosts }: Cluster): readonly string[] {
  return hosts.map(({ name }) => name);
}
