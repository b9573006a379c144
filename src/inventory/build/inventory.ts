import { parsePort } from '../../checks/port.ts';
import { FORKS } from '../defaults.ts';
import type { Cluster, Host, Inventory } from '../model.ts';
import type { WrittenCluster, WrittenInventory } from '../schema/inventory.ts';
import { buildBlocks } from './blocks.ts';
import { buildBecome, buildSsh, type Level } from './connection.ts';
import { absolutePath, type BuildContext } from './context.ts';
import { buildInstance } from './instance.ts';
import { buildNotify } from './notify.ts';
import { buildServices, mainService } from './service.ts';
import { buildSyncGroups } from './sync-group.ts';

/** What is written, with every default filled in. The shape is checked; what only the whole shows is not yet. */
export function buildInventory(written: WrittenInventory, context: BuildContext): Inventory {
  const counts = new Map<string, number>();
  for (const cluster of Object.values(written.clusters)) {
    for (const host of Object.keys(cluster.hosts)) counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  const base: Level = { path: [], ssh: written.ssh, become: written.become };
  return {
    file: context.file,
    directory: context.directory,
    forks: written.forks ?? FORKS,
    clusters: Object.entries(written.clusters).map(([name, cluster]) => {
      const directory = context.directoryOf(name) ?? context.directory;
      return buildCluster(name, cluster, base, (host) => counts.get(host) === 1, { ...context, directory });
    }),
  };
}

function buildFirewall(written: WrittenCluster['firewall'] = 'auto'): Pick<Cluster, 'firewall' | 'open'> {
  if (typeof written === 'string') return { firewall: written, open: [] };
  const { backend = 'auto', open = [] } = written;
  return { firewall: backend, open: open.flatMap((port) => parsePort(String(port)) ?? []) };
}

function buildCluster(
  name: string,
  written: WrittenCluster,
  base: Level,
  isUnique: (host: string) => boolean,
  context: BuildContext,
): Cluster {
  const path = ['clusters', name];
  const levels = [base, { path, ssh: written.ssh, become: written.become }];
  const services = buildServices(written.service);
  const hosts = Object.entries(written.hosts).map(([host, own]): Host => {
    const settings = typeof own === 'string' ? { address: own } : own;
    const all = [...levels, { path: [...path, 'hosts', host], ssh: settings.ssh, become: settings.become }];
    return {
      id: isUnique(host) ? host : `${name}/${host}`,
      name: host,
      cluster: name,
      address: settings.address,
      ssh: buildSsh(all, context),
      become: buildBecome(all, context),
    };
  });
  return {
    name,
    service: mainService(services),
    services,
    hosts,
    ...(written.vrrp_sync_groups === undefined ? {} : { vrrp_sync_groups: buildSyncGroups(written.vrrp_sync_groups) }),
    vrrp_instances: Object.entries(written.vrrp_instances).map(([instance, own]) => {
      return buildInstance(
        instance,
        own,
        {
          services,
          hosts,
          path,
          checkDefaults: context.checkDefaults(name),
          globals: written.keepalived?.global_defs ?? [],
        },
        context,
      );
    }),
    notify: buildNotify(written, path, context),
    ...buildFirewall(written.firewall),
    keepalived: {
      log_detail: written.keepalived?.log_detail ?? false,
      global_defs: written.keepalived?.global_defs ?? [],
      ...buildBlocks(written.keepalived, context),
    },
    ...(written.playbook === undefined ? {} : { playbook: absolutePath(written.playbook, context) }),
  };
}
