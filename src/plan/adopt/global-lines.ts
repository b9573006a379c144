import type { Statement } from '../../keepalived/parse.ts';
import { inside } from '../../keepalived/statements.ts';
import { GLOBAL_DEFS } from '../../keepalived/table/global-defs.ts';
import { EMPTY, type Line, type Part } from './model.ts';
import { type Held, placeOf, textOf, troubleAt } from './places.ts';

/** What haprov says itself, by other means. */
const OWN = /^(?:router_id|script_user|enable_script_security|lvs_id|vrrp_version|default_interface)$/;

/**
 * Lines of global_defs, and keepalived's own defaults where haprov would write others. What haprov refuses is given up by name
 * (`drop`), for everybody to see.
 */
export function globalLines(all: readonly Held[], cluster: string): Part {
  const path = ['clusters', cluster, 'keepalived'];
  const lists = all.map((one) => ({ one, body: globalsOf(one) }));
  const [first] = lists;
  if (first === undefined) return EMPTY;
  const texts = (body: readonly Statement[]): readonly string[] => body.map(lineOf);
  const other = lists.find(({ body }) => texts(body).toSorted().join('\n') !== texts(first.body).toSorted().join('\n'));
  if (other !== undefined) {
    const odd = other.body.find((one) => !texts(first.body).includes(lineOf(one)));
    const missing = first.body.find((one) => !texts(other.body).includes(lineOf(one)));
    const place = odd === undefined ? { one: first.one, at: missing } : { one: other.one, at: odd };
    const what = place.at === undefined ? 'global_defs' : lineOf(place.at);
    return {
      ...EMPTY,
      refused: [troubleAt(place.one, place.at, `only ${place.one.host.name} has ${what} in global_defs`)],
    };
  }
  const kept: Line[] = [];
  const notes = [];
  for (const statement of first.body) {
    const { keyword } = statement;
    const row = GLOBAL_DEFS.get(keyword);
    const from = placeOf(first.one.host, statement);
    if (row === undefined || row.refused !== undefined) {
      const why = row?.refused ?? 'haprov does not know the word';
      kept.push({ path: [...path, 'drop', '+'], value: keyword, from: `${from}: ${why}` });
      notes.push(troubleAt(first.one, statement, `${keyword} goes: ${why}`));
    } else kept.push({ path: [...path, 'global_defs', '+'], value: lineOf(statement), from });
  }
  const words = new Set(first.body.map(({ keyword }) => keyword));
  const standard = [
    ['vrrp_garp_master_refresh', 'vrrp_garp_master_refresh 0'],
    ['vrrp_skip_check_adv_addr', 'vrrp_skip_check_adv_addr false'],
  ].flatMap(([word = '', line]): readonly Line[] =>
    words.has(word)
      ? []
      : [
          {
            path: [...path, 'global_defs', '+'],
            value: line,
            from: 'as keepalived has it by itself; without this line haprov has its own',
          },
        ],
  );
  return { ...EMPTY, lines: [...kept, ...standard], notes };
}

function globalsOf({ host }: Held): readonly Statement[] {
  return inside(host.config.statements, 'global_defs').filter(({ keyword }) => !OWN.test(keyword));
}

/** A line of global_defs, with its braces where it has some. */
function lineOf(statement: Statement): string {
  const { children } = statement;
  return children === undefined ? textOf(statement) : [textOf(statement), '{', ...children.map(textOf), '}'].join(' ');
}
