import { z } from 'zod';
import { map } from '../../keepalived/fields.ts';
import { VRRP_SYNC_GROUP } from '../../keepalived/table/vrrp-sync-group.ts';
import { shapeOf } from './keywords.ts';

const EXAMPLE = 'a list of instances such as [OUTSIDE, INSIDE], or { group: [OUTSIDE, INSIDE] }';

/** Instances that move together: their names, or a map with more to say. */
export const syncGroup = z.union(
  [
    z
      .array(z.string({ error: 'must be the name of an instance' }), { error: `must be ${EXAMPLE}` })
      .min(1, `must be ${EXAMPLE}`),
    map(shapeOf(VRRP_SYNC_GROUP, {}), EXAMPLE),
  ],
  { error: `must be ${EXAMPLE}` },
);
