import { z } from 'zod';
import { localPath, map, named, whole } from '../../keepalived/fields.ts';
import { FORKS } from '../defaults.ts';
import { cluster, defaults } from './cluster.ts';
import type { secret } from './secret.ts';
import { become, ssh } from './ssh.ts';

const include = z
  .array(localPath, { error: 'must be a list of files such as [clusters/*.yaml]' })
  .max(1000, 'must be at most 1000 patterns')
  .describe('More files of the same form, relative to this one; * and ? stand for what is in one name');

/** What an included file has beside its clusters. */
export const includedSchema = map(
  {
    include: include.optional(),
    defaults: defaults.optional(),
    ssh: ssh.optional(),
    become: become.optional(),
    clusters: z.unknown(),
  },
  'a map with the key clusters',
);

/** inventory.yaml as it is written: design.md's contract. */
export const inventorySchema = map(
  {
    include: include.optional(),
    defaults: defaults.optional().describe('What every cluster takes unless it says otherwise'),
    ssh: ssh.optional().describe('SSH settings; a cluster or a host may override any of them'),
    become: become.optional(),
    forks: whole(1, 1000).optional().describe(`Hosts worked on at a time. Default ${FORKS}`),
    clusters: named(cluster, 'a map of clusters by name').describe('Clusters by name: hosts that share virtual IPs'),
  },
  'a map with the key clusters',
);

export type WrittenInventory = z.infer<typeof inventorySchema>;
export type WrittenCluster = WrittenInventory['clusters'][string];
export type WrittenInstance = WrittenCluster['vrrp_instances'][string];
export type WrittenSsh = NonNullable<WrittenInventory['ssh']>;
export type WrittenBecome = NonNullable<WrittenInventory['become']>;
export type WrittenCheck = NonNullable<WrittenInstance['track_script']>[string];
export type WrittenSecret = z.infer<ReturnType<typeof secret>>;

/** The schema for editors (yaml-language-server): JSON Schema draft 7. */
export function inventoryJsonSchema(): object {
  const schema = z.toJSONSchema(inventorySchema, { target: 'draft-7', io: 'input', reused: 'ref' });
  return { ...schema, title: 'haprov inventory' };
}
