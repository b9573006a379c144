import { atHost, type Tracked } from '../../keepalived/kinds/tracked.ts';
import { WATCHED } from '../../vrrp/virtual-router.ts';
import { nearest } from '../known-words.ts';
import type { Instance, SyncGroup } from '../model.ts';
import type { Finding, Path } from '../problem.ts';
import { orderOf, untiedFrom } from '../splits.ts';
import type { ClusterView, InstanceView } from './view.ts';

const TRACKED = [...WATCHED, 'track_file'] as const;

/** Sync groups whose members cannot move together, and instances that ought to and do not. */
export function checkSyncGroups(view: ClusterView): Finding[] {
  const { cluster, path } = view;
  const groups = cluster.vrrp_sync_groups ?? [];
  return [
    ...groups.flatMap((group) => {
      const at = [...path, 'vrrp_sync_groups', group.name];
      return [
        ...checkMembers(view, group, at),
        ...checkWeights(view, group, at),
        ...checkTwiceTracked(view, group, at),
        ...checkAgreement(view, group, at),
      ];
    }),
    ...checkTied(groups, path),
    ...checkUntied(view),
  ];
}

function membersOf({ cluster }: ClusterView, { group }: SyncGroup): readonly Instance[] {
  return cluster.vrrp_instances.filter(({ name }) => group.includes(name));
}

function checkMembers({ cluster, path }: ClusterView, { name, group }: SyncGroup, at: Path): Finding[] {
  const known = cluster.vrrp_instances.map((one) => one.name);
  const unknown = [...new Set(group)].filter((one) => !known.includes(one));
  const involves = [[...path, 'vrrp_instances'], at];
  const place = { path: at, severity: 'error', involves } as const;
  const twice = group.find((one, index) => group.indexOf(one) !== index);
  return [
    ...unknown.map((one): Finding => {
      const near = nearest(one, known);
      const hint = near === undefined ? `its instances are ${known.join(', ')}` : `did you mean '${near}'?`;
      return {
        ...place,
        rule: 'sync-member',
        message: `${name} names '${one}', which is no instance of ${cluster.name}; ${hint}`,
      };
    }),
    ...(twice === undefined ? [] : [{ ...place, rule: 'sync-member', message: `${name} names ${twice} twice` }]),
    ...(new Set(group).size < 2
      ? [
          {
            ...place,
            rule: 'sync-alone',
            message: `${name} has one instance, and nothing moves with it; name two or more, or take the group out`,
          },
        ]
      : []),
  ];
}

/** keepalived drops every weight in a group, and complains; then nothing moves where the check fails. */
function checkWeights(view: ClusterView, group: SyncGroup, at: Path): Finding[] {
  if (group.sync_group_tracking_weight === true) return [];
  const advice = `write weight: 0, with which all of the group gives up, or sync_group_tracking_weight: true in ${group.name}`;
  const say = (path: Path, what: string): Finding => {
    const message = `keepalived drops the weight of ${what} in a sync group, so that its failure moves nothing; ${advice}`;
    return { path, severity: 'error', rule: 'sync-weight', message, involves: [at] };
  };
  const ofTracks = (owner: Instance | SyncGroup, path: Path): Finding[] =>
    TRACKED.flatMap((keyword) =>
      (owner[keyword] ?? []).flatMap((one) =>
        weighsAnywhere(one, view) ? [say([...path, keyword, one.name, 'weight'], one.name)] : [],
      ),
    );
  const members = membersOf(view, group).flatMap((instance) => {
    const path = [...view.path, 'vrrp_instances', instance.name];
    const checks = instance.track_script.flatMap((check) =>
      check.weight === 0 ? [] : [say([...path, 'track_script', check.name, 'weight'], check.name)],
    );
    return [...checks, ...ofTracks(instance, path)];
  });
  return [...members, ...ofTracks(group, at)];
}

function weighsAnywhere({ weight }: Tracked, { cluster }: ClusterView): boolean {
  return cluster.hosts.some(({ name }) => (atHost(weight, name) ?? 0) !== 0);
}

function checkTwiceTracked(view: ClusterView, group: SyncGroup, at: Path): Finding[] {
  return membersOf(view, group).flatMap((instance) =>
    TRACKED.flatMap((keyword) => {
      const own = (instance[keyword] ?? []).map(({ name }) => name);
      return (group[keyword] ?? [])
        .filter(({ name }) => own.includes(name))
        .map(({ name }): Finding => {
          const message = `${name} is tracked by ${instance.name} already; keepalived wants it in one of them: take it out there`;
          return { path: [...at, keyword], severity: 'error', rule: 'sync-track', message };
        });
    }),
  );
}

/** Members that would have different holders pull the group to and fro. */
function checkAgreement(view: ClusterView, group: SyncGroup, at: Path): Finding[] {
  const [first, ...rest] = membersOf(view, group);
  if (first === undefined) return [];
  const order = orderOf(view.cluster, first);
  const involves = membersOf(view, group).flatMap(({ name }) => {
    const own = [...view.path, 'vrrp_instances', name];
    return [
      [...own, 'priority'],
      [...own, 'nopreempt'],
      [...own, 'advert_int'],
    ];
  });
  return rest.flatMap((other): Finding[] => {
    const theirs = orderOf(view.cluster, other);
    const place = { path: at, severity: 'error', rule: 'sync-priority', involves } as const;
    if (theirs.join(' ') !== order.join(' ')) {
      const message = `${first.name} has the order ${order.join(', ')} and ${other.name} ${theirs.join(', ')}: each would pull the group to another host; give both the same priorities`;
      return [{ ...place, message }];
    }
    const differs = view.cluster.hosts.find(({ name }) => first.nopreempt[name] !== other.nopreempt[name]);
    if (differs === undefined) return [];
    const message = `nopreempt differs between ${first.name} and ${other.name} on ${differs.name}: one would go back and the other stay; write the same in both`;
    return [{ ...place, message }];
  });
}

function checkTied(groups: readonly SyncGroup[], path: Path): Finding[] {
  const seen = new Map<string, string>();
  return groups.flatMap(({ name, group }) =>
    [...new Set(group)].flatMap((one): Finding[] => {
      const first = seen.get(one);
      if (first === undefined) {
        seen.set(one, name);
        return [];
      }
      const message = `${one} is in ${first} already; keepalived takes an instance in one group only`;
      return [{ path: [...path, 'vrrp_sync_groups', name], severity: 'error', rule: 'sync-member', message }];
    }),
  );
}

/** Said once for each set: at the second instance. */
function checkUntied({ cluster, instances }: ClusterView): Finding[] {
  const said = new Set<string>();
  return instances.flatMap(({ instance, path }: InstanceView): Finding[] => {
    const others = untiedFrom(cluster, instance).filter(({ name }) => !said.has(name));
    said.add(instance.name);
    const earlier = untiedFrom(cluster, instance).filter(
      ({ name }) =>
        cluster.vrrp_instances.findIndex((one) => one.name === name) < cluster.vrrp_instances.indexOf(instance),
    );
    if (earlier.length === 0 || others.length === untiedFrom(cluster, instance).length) return [];
    const names = [...earlier.map(({ name }) => name), instance.name];
    const host = orderOf(cluster, instance)[0] ?? '';
    const message =
      `nothing ties ${names.join(' and ')}: with ${instance.interface[host]} down on ${host}, ${instance.virtual_ipaddress[0]?.address} moves and ${earlier[0]?.virtual_ipaddress[0]?.address} stays there; ` +
      `where they belong on one host (a gateway, NAT), write vrrp_sync_groups: { ${cluster.name.toUpperCase()}: [${names.join(', ')}] } in the cluster`;
    return [
      {
        path,
        at: 'key',
        severity: 'warning',
        rule: 'sync-untied',
        message,
        involves: [[...path, 'priority'], ...names.map((name) => [...path.slice(0, -1), name, 'interface'])],
      },
    ];
  });
}
