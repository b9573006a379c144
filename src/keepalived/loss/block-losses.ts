import type { Statement } from '../parse.ts';
import { type Loss, lossAt, wordsOf } from './loss.ts';

/**
 * What blocks lose that haprov does not model: a whole block where none of its name is left, else each of its lines that is
 * nowhere in the new one, as LVS's real servers.
 */
export function blockLosses(old: readonly Statement[], next: readonly Statement[]): readonly Loss[] {
  return old.flatMap((one): readonly Loss[] => {
    const same = next.filter((other) => isSame(one, other));
    if (same.length === 0) return [lossAt(one, wordsOf(one), one.keyword, one.args.join(' '))];
    const rest = same.flatMap(({ children = [] }) => children);
    return linesLost(one.children ?? [], rest, one, one);
  });
}

function linesLost(
  old: readonly Statement[],
  next: readonly Statement[],
  top: Statement,
  owner: Statement,
): readonly Loss[] {
  return old.flatMap((one): readonly Loss[] => {
    const same = next.filter((other) => isSame(one, other));
    if (same.length === 0)
      return [lossAt(one, `${wordsOf(one)} of ${wordsOf(owner)}`, top.keyword, top.args.join(' '))];
    return linesLost(
      one.children ?? [],
      same.flatMap(({ children = [] }) => children),
      top,
      one,
    );
  });
}

function isSame(one: Statement, other: Statement): boolean {
  return one.keyword === other.keyword && one.args.join(' ') === other.args.join(' ');
}
