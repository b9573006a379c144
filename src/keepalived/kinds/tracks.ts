import { blockName } from '../guard.ts';
import type { Kind } from '../keyword.ts';
import { block, inside } from '../statements.ts';

/** The vrrp_script blocks that an instance tracks, by name; the inventory has the blocks themselves in their place. */
export const tracks: Kind<readonly string[]> & { readonly type: 'checks' } = {
  type: 'checks',
  says: 'a map of checks',
  write: (keyword, value, { of }) => {
    const names = Array.isArray(value) ? value : [];
    return names.length === 0
      ? []
      : block(
          keyword,
          names.map((name) => blockName(name, of(keyword))),
        );
  },
  read: (keyword, body) => inside(body, keyword).map((statement) => statement.keyword),
  show: ({ lines = [] }) =>
    lines.flatMap((line) => {
      const [, script, weight] = /^(\S+) weight (-?\d+)/.exec(line) ?? [];
      return script === undefined ? [] : [{ script, weight: Number(weight) }];
    }),
};
