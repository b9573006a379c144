import { checkCommand } from '../checks/registry.ts';
import { valueFor } from '../inventory/build/per-host.ts';
import type { Cluster, Host, Instance, SyncGroup } from '../inventory/model.ts';
import { Secret } from '../inventory/secret.ts';
import type { KeepalivedConfig, SyncGroupBlock, TrackFile, TrackProcess, VrrpInstance } from '../keepalived/config.ts';
import { fragmentPath } from '../keepalived/fragments.ts';
import type { Table, Values } from '../keepalived/keyword.ts';
import { effectivePassword } from '../keepalived/kinds/password.ts';
import { listOf, type Tracked } from '../keepalived/kinds/tracked.ts';
import { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import { VRRP_SYNC_GROUP } from '../keepalived/table/vrrp-sync-group.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import { weightOn } from '../vrrp/priority.ts';

/** One host's configuration out of its cluster's. */
export function keepalivedConfigOf(cluster: Cluster, host: Host): KeepalivedConfig {
  const { vrrp_instances, vrrp_sync_groups: groups = [], keepalived } = cluster;
  const checks = new Map(
    vrrp_instances.flatMap(({ track_script }) => track_script.map((one) => [one.name, one] as const)),
  );
  const all = [...groups, ...vrrp_instances];
  const processes = blocksOf<TrackProcess>(all, 'track_process');
  const files = blocksOf<TrackFile>(all, 'track_file');
  const { fragments = [], blocks = [] } = keepalived;
  const { email } = cluster.notify;
  return {
    router_id: host.name,
    global_defs: keepalived.global_defs,
    ...(email === undefined ? {} : { mail: { ...email, from: email.from ?? `keepalived@${host.name}` } }),
    vrrp_scripts: [...checks.values()].map(({ probe, weights: _, ...check }) => {
      const weight = weightOn(host.name, checks.get(check.name) ?? check);
      return { ...check, weight, script: checkCommand(check.name, probe, check.timeout) };
    }),
    vrrp_instances: vrrp_instances.map((instance) => instanceOf(instance, host)),
    ...(processes.length === 0 ? {} : { vrrp_track_processes: processes }),
    ...(files.length === 0 ? {} : { track_files: files }),
    ...(groups.length === 0 ? {} : { vrrp_sync_groups: groups.map((group) => groupOf(group, host, vrrp_instances)) }),
    ...(blocks.length === 0 ? {} : { blocks }),
    ...(fragments.length === 0 ? {} : { fragments: fragments.map(fragmentPath) }),
  };
}

/** Each block once, whoever reads it. */
function blocksOf<B>(owners: readonly object[], keyword: 'track_process' | 'track_file'): readonly B[] {
  const tracked = owners.flatMap((owner) => listOf(Reflect.get(owner, keyword)));
  // Each value comes from its own row.
  return [...new Map(tracked.map(({ name, block }) => [name, { name, ...block } as B])).values()];
}

/** An instance's keywords as one host has them. */
function instanceOf({ name, ...held }: Instance, host: Host): VrrpInstance {
  const own = valuesOf(VRRP_INSTANCE, held, host);
  const track_script = held.track_script.map((check) => check.name);
  const values: Values = { ...own, track_script, notify: HOST_PATHS.notify };
  // Each value is its own row's, of this host.
  return withoutOwn({ name, ...values } as VrrpInstance, [String(own['interface'])]);
}

function groupOf({ name, ...held }: SyncGroup, host: Host, instances: readonly Instance[]): SyncGroupBlock {
  const own = instances.filter((one) => held.group.includes(one.name)).map((one) => one.interface[host.name] ?? '');
  return withoutOwn({ name, ...valuesOf(VRRP_SYNC_GROUP, held, host) } as SyncGroupBlock, own);
}

/** keepalived tracks the interface of VRRP by itself, and complains where it is told to. */
function withoutOwn<T extends { readonly track_interface?: readonly Tracked[] }>(block: T, own: readonly string[]): T {
  const { track_interface, ...rest } = block;
  const left = (track_interface ?? []).filter(({ interface: link }) => typeof link !== 'string' || !own.includes(link));
  // The same block, with fewer entries in one list.
  return (left.length === 0 ? rest : { ...rest, track_interface: left }) as T;
}

function valuesOf(table: Table, held: object, host: Host): Values {
  const own = Object.entries(held).flatMap(([keyword, value]): (readonly [string, unknown])[] => {
    if (value instanceof Secret) return [[keyword, effectivePassword(value.reveal())]];
    const row = table[keyword];
    const mine: unknown = row?.perHost === undefined ? value : valueFor(value, host.name);
    if (mine === undefined) {
      if (row?.perHost === 'every') throw new Error(`no ${keyword} for ${host.name}`);
      return [];
    }
    return [[keyword, row?.kind.forHost?.(mine, host.name) ?? mine]];
  });
  return Object.fromEntries(own);
}
