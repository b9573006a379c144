import type { Keyword } from '../../keepalived/keyword.ts';
import { EMPTY, type Line, type Part } from './model.ts';
import { bodyOf, firstPlace, type Held, troubleAt } from './places.ts';

/**
 * One keyword of a block that several hosts have: one value where all say the same, a value for each where the inventory
 * takes that. `formOf` gives the inventory's form; undefined where the host says nothing.
 */
export function mergeValues(
  keyword: string,
  row: Pick<Keyword, 'perHost' | 'byOrder'>,
  held: readonly Held[],
  path: readonly string[],
  formOf: (one: Held) => unknown,
): Part {
  const values = held.map((one) => ({ one, value: formOf(one) }));
  const said = values.filter(({ value }) => value !== undefined);
  const [first] = said;
  if (first === undefined) return EMPTY;
  const from = firstPlace(held, keyword);
  const line = (value: unknown): Line => ({ path: [...path, keyword], value, ...(from === undefined ? {} : { from }) });
  const all = new Set(values.map(({ value }) => JSON.stringify(value)));
  // A priority is each host's own, equal or not.
  if (all.size === 1 && row.byOrder === undefined) return { ...EMPTY, lines: [line(first.value)] };
  if (row.perHost !== undefined) {
    const map = Object.fromEntries(said.map(({ one, value }) => [one.host.name, value]));
    return { ...EMPTY, lines: [line(map)] };
  }
  const texts = values.map(
    ({ one, value }) => `${one.host.name} ${value === undefined ? 'nothing' : JSON.stringify(value)}`,
  );
  const other = said.find(({ value }) => JSON.stringify(value) !== JSON.stringify(first.value)) ?? first;
  const statement = bodyOf(other.one).findLast((one) => one.keyword === keyword);
  const why = `the members contradict each other in ${keyword}: ${texts.join(', ')}`;
  return { ...EMPTY, refused: [troubleAt(other.one, statement, why)] };
}
