import type { Inventory } from '../model.ts';
import type { Finding } from '../problem.ts';
import type { WrittenInventory } from '../schema/inventory.ts';
import { checkAuth } from './auth.ts';
import { checkClaims } from './claims.ts';
import { checkDaemon } from './daemon.ts';
import { checkHosts, checkUnicast } from './hosts.ts';
import { checkMail } from './mail.ts';
import { checkNames } from './names.ts';
import { checkNotify } from './notify.ts';
import { checkPairs } from './pairs.ts';
import { checkPriorities } from './priority.ts';
import { checkProbes, checkSharedChecks } from './probes.ts';
import { checkSecrets } from './secrets.ts';
import { checkServices } from './services.ts';
import { checkSyncGroups } from './sync-groups.ts';
import { checkTiming } from './timing.ts';
import { checkTracks } from './tracks.ts';
import { viewClusters } from './view.ts';
import { checkVips } from './vips.ts';
import { checkVrids } from './vrid.ts';
import { checkWords } from './words.ts';

/** What only the whole of an inventory shows. Pure; findings come in no particular order. */
export function checkWhole(written: WrittenInventory, inventory: Inventory): Finding[] {
  const clusters = viewClusters(written, inventory);
  const instances = clusters.flatMap((cluster) => cluster.instances);
  return [
    ...(clusters.length === 0 ? [NO_CLUSTERS] : []),
    ...checkNames(clusters),
    ...checkHosts(clusters),
    ...clusters.flatMap(checkDaemon),
    ...clusters.flatMap(checkNotify),
    ...clusters.flatMap(checkMail),
    ...clusters.flatMap(checkSyncGroups),
    ...clusters.flatMap(checkTracks),
    ...instances.flatMap(checkPairs),
    ...clusters.flatMap(checkServices),
    ...clusters.flatMap(checkSharedChecks),
    ...checkSecrets(written, clusters),
    ...instances.flatMap(checkWords),
    ...instances.flatMap(checkPriorities),
    ...instances.flatMap(checkTiming),
    ...instances.flatMap(checkAuth),
    ...instances.flatMap(checkVips),
    ...instances.flatMap(checkUnicast),
    ...instances.flatMap(checkProbes),
    ...checkClaims(instances),
    ...checkVrids(instances),
  ];
}

const NO_CLUSTERS: Finding = {
  path: ['clusters'],
  at: 'key',
  severity: 'error',
  rule: 'no-clusters',
  message: 'there are no clusters; write at least one: { web: … }',
};
