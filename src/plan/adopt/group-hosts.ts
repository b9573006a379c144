import type { Statement } from '../../keepalived/parse.ts';
import { type Router, routersOf } from '../../keepalived/routers.ts';
import type { FoundHost } from './model.ts';
import type { Held } from './places.ts';

/** Hosts that share virtual IPs, and the instances that they share. */
export interface HostGroup {
  readonly hosts: readonly FoundHost[];
  readonly instances: readonly SharedInstance[];
}

export interface SharedInstance {
  /** As the first host has it. */
  readonly name: string;
  readonly held: readonly Held[];
}

interface Own {
  readonly host: FoundHost;
  readonly router: Router;
  readonly block: Statement;
}

/** Clusters by what hosts share: an instance of one VRID and family with an address in common. In the order of the hosts. */
export function groupHosts(hosts: readonly FoundHost[]): readonly HostGroup[] {
  const all = hosts.flatMap((host) =>
    routersOf(host.config.statements).flatMap((router): readonly Own[] => {
      const block = host.config.statements.filter(
        ({ keyword, args }) => keyword === 'vrrp_instance' && args.length > 0,
      )[router.place];
      return block === undefined ? [] : [{ host, router, block }];
    }),
  );
  const shared: Own[][] = [];
  for (const own of all) {
    const same = shared.find(
      (list) => list.every(({ host }) => host !== own.host) && list.some(({ router }) => isShared(router, own.router)),
    );
    if (same === undefined) shared.push([own]);
    else same.push(own);
  }
  const groups: { hosts: FoundHost[]; instances: Own[][] }[] = hosts.map((host) => ({ hosts: [host], instances: [] }));
  for (const list of shared) {
    const touched = groups.filter(({ hosts: some }) => list.some(({ host }) => some.includes(host)));
    const [first, ...others] = touched;
    if (first === undefined) continue;
    for (const other of others) {
      first.hosts.push(...other.hosts);
      first.instances.push(...other.instances);
      groups.splice(groups.indexOf(other), 1);
    }
    first.instances.push(list);
  }
  return groups.map(({ hosts: some, instances }) => ({
    hosts: some,
    instances: instances.map((list) => ({
      name: list[0]?.router.name ?? '',
      held: list.map(({ host, block }) => ({ host, block })),
    })),
  }));
}

function isShared(one: Router, other: Router): boolean {
  const vrid = (router: Router): unknown => router.values['virtual_router_id'];
  if (vrid(one) !== vrid(other) || one.family !== other.family) return false;
  return [...one.vips.keys()].some((vip) => other.vips.has(vip));
}
