import { VRRP_SYNC_GROUP } from '../../keepalived/table/vrrp-sync-group.ts';
import type { SyncGroup } from '../model.ts';
import type { WrittenCluster } from '../schema/inventory.ts';
import { buildValues } from './values.ts';

/** A cluster's sync groups, of the short form and the long one. */
export function buildSyncGroups(written: WrittenCluster['vrrp_sync_groups']): readonly SyncGroup[] {
  return Object.entries(written ?? {}).map(([name, said]) => {
    const own = Array.isArray(said) ? { group: said } : { ...said };
    // Each value comes from its own row.
    return { name, ...buildValues(VRRP_SYNC_GROUP, own, []) } as SyncGroup;
  });
}
