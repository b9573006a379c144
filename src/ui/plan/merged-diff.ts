import type { Change } from '../../changes/change.ts';

/** A change of one host. */
export interface HostChange {
  readonly host: string;
  readonly change: Change;
}

/** Lines of a file that may differ from host to host, before it is another file. */
const DIFFERING = 12;
/** Hosts whose values are named at a line; of more the number of values is. */
const NAMED = 4;
/** Stands between the values of several hosts. */
export const BETWEEN = ' | ';

/**
 * One change for hosts whose files differ in a few values: "priority 150 | 100", in the hosts' order, marked by `mark`.
 * undefined: the files have not the same lines, or too many of them differ.
 */
export function mergeDiffs(changes: readonly HostChange[], mark: (values: string) => string): Change | undefined {
  const [first] = changes;
  if (first?.change.diff === undefined) return undefined;
  const before = mergeTexts(
    changes.map(({ change }) => change.diff?.before ?? null),
    mark,
  );
  const after = mergeTexts(
    changes.map(({ change }) => change.diff?.after ?? null),
    mark,
  );
  if (before === undefined || after === undefined) return undefined;
  return { ...first.change, diff: { ...first.change.diff, before, after } };
}

function mergeTexts(texts: readonly (string | null)[], mark: (values: string) => string): string | null | undefined {
  const [first = null] = texts;
  if (texts.every((text) => text === first)) return first;
  const files = texts.map((text) => text?.split('\n'));
  const [lines] = files;
  if (lines === undefined || files.some((file) => file?.length !== lines.length)) return undefined;
  let differing = 0;
  const merged = lines.map((line, at) => {
    const all = files.map((file) => file?.[at] ?? '');
    if (all.every((one) => one === line)) return line;
    differing++;
    return mergeLines(all, mark);
  });
  return differing > DIFFERING ? undefined : merged.join('\n');
}

/** The words that all lines begin with, the values between, the words that all end with. */
function mergeLines(lines: readonly string[], mark: (values: string) => string): string {
  const words = lines.map((line) => line.split(/(?<=\s)(?=\S)/));
  const [first = []] = words;
  const shortest = Math.min(...words.map((one) => one.length));
  let head = 0;
  while (head < shortest && words.every((one) => one[head] === first[head])) head++;
  let tail = 0;
  while (tail < shortest - head && words.every((one) => one.at(-1 - tail) === first.at(-1 - tail))) tail++;
  const values = words.map((one) =>
    one
      .slice(head, one.length - tail)
      .join('')
      .trim(),
  );
  const shown =
    values.length <= NAMED ? values.join(BETWEEN) : `${values[0]}${BETWEEN}${new Set(values).size} values in all`;
  return (
    first.slice(0, head).join('') + mark(shown) + (tail === 0 ? '' : ` ${first.slice(first.length - tail).join('')}`)
  );
}
