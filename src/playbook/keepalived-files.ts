import type { Cluster } from '../inventory/model.ts';
import { fragmentPath } from '../keepalived/fragments.ts';
import { listOf } from '../keepalived/kinds/tracked.ts';
import type { Variables } from './liquid.ts';

/**
 * What a playbook sees of the files that keepalived.conf relies on. `tracked`: directories
 * that hold tracked files, which have to be there before keepalived looks; `volatile`: those of them that a boot empties.
 */
export function keepalivedFiles({ keepalived, vrrp_instances, vrrp_sync_groups = [] }: Cluster): Variables {
  const files = [...vrrp_instances, ...vrrp_sync_groups].flatMap(({ track_file }) => listOf(track_file));
  const directories = files.flatMap(({ block }) => {
    const path = String(block?.['file'] ?? '');
    const directory = path.slice(0, Math.max(1, path.lastIndexOf('/')));
    return STANDING.has(directory) || path === '' ? [] : [directory];
  });
  const tracked = [...new Set(directories)].map((directory) => ({ directory }));
  const volatile = tracked.filter(({ directory }) => /^(\/var)?\/run\/|^\/dev\/shm\//.test(`${directory}/`));
  const fragments = (keepalived.fragments ?? []).map((src) => ({ src, dest: fragmentPath(src) }));
  return {
    fragments,
    has_fragments: fragments.length > 0,
    tracked,
    volatile,
    has_volatile: volatile.length > 0,
  };
}

/** Directories that every host has, and that are not haprov's to set modes of. */
const STANDING = new Set([
  '/',
  '/run',
  '/tmp',
  '/var/run',
  '/var/lib',
  '/var',
  '/etc',
  '/dev/shm',
  '/opt',
  '/srv',
  '/home',
  '/root',
  '/var/tmp',
  '/etc/keepalived',
]);
