import { atHost, type Tracked } from '../../keepalived/kinds/tracked.ts';
import { numberThatGivesUp } from '../losses.ts';
import type { Finding, Path } from '../problem.ts';
import type { ClusterView } from './view.ts';

/** Things that keepalived tracks: what their words mean, maps of hosts, and blocks that are said twice. */
export function checkTracks(view: ClusterView): Finding[] {
  const hosts = view.cluster.hosts.map(({ name }) => name);
  const seen = new Map<string, { readonly block: string; readonly path: Path }>();
  return ownersOf(view).flatMap(({ owner, path }) =>
    (['track_interface', 'track_process', 'track_file', 'track_bfd'] as const).flatMap((keyword) =>
      (owner[keyword] ?? []).flatMap((one): Finding[] => {
        const at = [...path, keyword, one.name];
        return [
          ...checkHosts(one, hosts, at, view),
          ...(keyword === 'track_file' ? fileMeans(one, view, at) : []),
          ...(keyword === 'track_file' || keyword === 'track_process' ? checkTwice(keyword, one, at, seen) : []),
          ...(keyword === 'track_process' ? checkQuorum(one, at) : []),
          ...(keyword === 'track_interface' ? checkOwn(one, owner, view, at) : []),
          ...(keyword === 'track_bfd' && (view.cluster.keepalived.fragments ?? []).length === 0
            ? [noSession(one, at)]
            : []),
          ...(keyword === 'track_file' && one.block?.['file'] === undefined ? [noFile(one, at)] : []),
        ];
      }),
    ),
  );
}

/** Its own interface an instance always tracks, without a weight. */
function checkOwn(one: Tracked, owner: object, { cluster }: ClusterView, path: Path): Finding[] {
  const members: unknown = Reflect.get(owner, 'group');
  const instances = cluster.vrrp_instances.filter(
    (each) => each === owner || (Array.isArray(members) && members.includes(each.name)),
  );
  const own = cluster.hosts.find(({ name }) => {
    const weight = atHost(one.weight, name) ?? 0;
    return weight !== 0 && instances.some((each) => each.interface[name] === atHost(one.interface ?? one.name, name));
  });
  if (own === undefined) return [];
  const message = `${one.name} is the interface of VRRP on ${own.name}, which gives the VIP up without it whatever the weight; take it out, or write dont_track_primary: true`;
  return [{ path, at: 'key', severity: 'error', rule: 'track-own', message }];
}

function noSession({ name }: Tracked, path: Path): Finding {
  const message = `${name} is no bfd_instance that keepalived would know: write its block into a file and name it in the cluster: keepalived: { fragments: [./bfd.conf] }`;
  return { path, at: 'key', severity: 'error', rule: 'track-bfd', message };
}

function ownersOf({ cluster, path }: ClusterView) {
  return [
    ...cluster.vrrp_instances.map((owner) => ({ owner, path: [...path, 'vrrp_instances', owner.name] })),
    ...(cluster.vrrp_sync_groups ?? []).map((owner) => ({ owner, path: [...path, 'vrrp_sync_groups', owner.name] })),
  ];
}

function noFile({ name }: Tracked, path: Path): Finding {
  const message = `${name} has no file; write ${name}: { file: /run/keepalived/${name} }`;
  return { path, at: 'key', severity: 'error', rule: 'missing-key', message };
}

/** A file is no flag: with keepalived's weight of 1 its number is added, and 1 makes the host better. */
function fileMeans(one: Tracked, { cluster }: ClusterView, path: Path): Finding[] {
  const host = cluster.hosts[0]?.name ?? '';
  const weight = atHost(one.weight, host) ?? 0;
  const file = String(one.block?.['file'] ?? one.name);
  const number = numberThatGivesUp(one, host);
  if (weight === 0) return [];
  const message = `${one.name} adds the number in ${file}, times ${weight}, to the priority: 1 makes it ${weight > 0 ? 'higher' : 'lower'}, and ${number} or ${number < 0 ? 'less' : 'more'} gives the VIP up; with weight: 0 any number but 0 does. haprov maintenance ${host} does the same without a file`;
  return [{ path, at: 'key', severity: 'warning', rule: 'track-file', message }];
}

function checkTwice(
  keyword: string,
  one: Tracked,
  path: Path,
  seen: Map<string, { readonly block: string; readonly path: Path }>,
): Finding[] {
  const key = `${keyword} ${one.name}`;
  const block = JSON.stringify(one.block);
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, { block, path });
    return [];
  }
  if (first.block === block) return [];
  const message = `${one.name} is said in another way at ${first.path.slice(2).join('.')}; one name is one block in keepalived.conf: give one of them another name`;
  return [{ path, at: 'key', severity: 'error', rule: 'track-twice', message }];
}

function checkQuorum(one: Tracked, path: Path): Finding[] {
  const [quorum = 1, most] = [one.block?.['quorum'], one.block?.['quorum_max']];
  if (typeof most !== 'number' || typeof quorum !== 'number') return [];
  if (most >= quorum || (most === 0 && one.block?.['quorum'] === undefined)) return [];
  const message = `quorum_max ${most} is below quorum ${quorum}, and keepalived drops it`;
  return [{ path: [...path, 'quorum_max'], severity: 'error', rule: 'track-quorum', message }];
}

/** Values per host name every host. */
function checkHosts(one: Tracked, hosts: readonly string[], path: Path, { cluster }: ClusterView): Finding[] {
  return (['weight', 'interface'] as const).flatMap((key): Finding[] => {
    const map = one[key];
    if (typeof map !== 'object') return [];
    const involves = [['clusters', cluster.name, 'hosts']];
    const unknown = Object.keys(map).filter((host) => !hosts.includes(host));
    const missing = hosts.filter((host) => !Object.hasOwn(map, host));
    const place = { at: 'key', severity: 'error', involves } as const;
    return [
      ...unknown.map((host): Finding => {
        const message = `${key} names '${host}', which is no host of ${cluster.name}; its hosts are ${hosts.join(', ')}`;
        return { ...place, path: [...path, key, host], rule: 'unknown-host', message };
      }),
      ...(missing.length === 0
        ? []
        : [
            {
              ...place,
              path: [...path, key],
              rule: 'missing-host',
              message: `${key} has no value for ${missing.join(', ')}; a map names every host of the cluster`,
            },
          ]),
    ];
  });
}
