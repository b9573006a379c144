import type { Keyword } from '../../keepalived/keyword.ts';
import { VRRP_SYNC_GROUP } from '../../keepalived/table/vrrp-sync-group.ts';
import { mergeValues } from './merge-values.ts';
import { EMPTY, joined, type Part } from './model.ts';
import { notifyLines } from './notify-lines.ts';
import { bodyOf, firstPlace, type Held, textOf, troubleAt } from './places.ts';
import { trackedLines } from './tracked-lines.ts';

const SPECIAL = new Set(['group', 'track_interface', 'track_process', 'track_file', 'track_bfd']);

/** A sync group of several hosts; `names` has the inventory's name of each instance by those of the hosts. */
export function groupLines(
  name: string,
  held: readonly Held[],
  cluster: string,
  names: ReadonlyMap<string, string>,
): Part {
  const path = ['clusters', cluster, 'vrrp_sync_groups', name];
  const rows: readonly (readonly [string, Keyword])[] = Object.entries(VRRP_SYNC_GROUP);
  const membersOf = (one: Held): readonly string[] =>
    (VRRP_SYNC_GROUP.group.kind.read('group', bodyOf(one)) ?? []).map(
      (member) => names.get(`${one.host.name} ${member}`) ?? member,
    );
  const [first] = held;
  const members = first === undefined ? [] : membersOf(first);
  const other = held.find((one) => membersOf(one).toSorted().join(' ') !== members.toSorted().join(' '));
  if (first === undefined) return EMPTY;
  if (other !== undefined)
    return { ...EMPTY, refused: [troubleAt(other, undefined, `the members have different instances in ${name}`)] };
  if (members.length < 2)
    return alone(
      name,
      first,
      cluster,
      notifyLines(
        held,
        ['clusters', cluster, 'vrrp_instances', members[0] ?? '', 'notify'],
        `${cluster}-${name}`,
        name,
      ),
    );
  const from = firstPlace(held, 'group');
  // Of a group haprov calls nothing itself: its first instance does, which changes when the group does.
  const caller = ['clusters', cluster, 'vrrp_instances', members[0] ?? '', 'notify'];
  const plain = rows.filter(([keyword, row]) => !SPECIAL.has(keyword) && row.inventory !== false);
  const odd = held.flatMap((one) =>
    bodyOf(one)
      .filter(
        ({ keyword }) =>
          !/^notify(?:$|_)/.test(keyword) && (!Object.hasOwn(VRRP_SYNC_GROUP, keyword) || keyword === 'track_script'),
      )
      .map((statement) =>
        troubleAt(one, statement, `${textOf(statement)} of a sync group has no place in an inventory`),
      ),
  );
  return joined([
    {
      ...EMPTY,
      lines: [{ path: [...path, 'group'], value: members, ...(from === undefined ? {} : { from }) }],
      refused: odd,
    },
    ...plain.map(([keyword, row]) =>
      mergeValues(keyword, row, held, path, (one) => row.kind.read(keyword, bodyOf(one))),
    ),
    trackedLines(held, path),
    notifyLines(held, caller, `${cluster}-${name}`, name),
  ]);
}

/** A group of one moves nothing with it: it is given up by name, and what it calls is called by its instance. */
function alone(name: string, one: Held, cluster: string, calls: Part): Part {
  const why = `vrrp_sync_group ${name} has one instance, and nothing moves with it: it goes`;
  const line = { path: ['clusters', cluster, 'keepalived', 'drop', '+'], value: `vrrp_sync_group ${name}`, from: why };
  return joined([calls, { ...EMPTY, lines: [line], notes: [troubleAt(one, undefined, why)] }]);
}
