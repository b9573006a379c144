import { z } from 'zod';
import { blockName } from '../guard.ts';
import type { Kind } from '../keyword.ts';
import { block, inside } from '../statements.ts';

const MUST = 'a list of two or more instances such as [OUTSIDE, INSIDE]';

/** Names of vrrp_instance blocks, in braces. */
export const members: Kind<readonly string[]> = {
  type: 'plain',
  schema: z
    .array(z.string({ error: 'must be the name of an instance' }), { error: `must be ${MUST}` })
    .min(1, `must be ${MUST}`),
  must: MUST,
  says: 'a list of instances',
  write: (keyword, value, { of }) =>
    block(keyword, Array.isArray(value) ? value.map((name) => blockName(name, of(keyword))) : []),
  read: (keyword, body) => {
    const all = inside(body, keyword).flatMap((one) => [one.keyword, ...one.args]);
    return all.length === 0 ? undefined : all;
  },
};
