/** The parts of a record file, or of a dump. Unknown keys are kept, lines without `=` dropped. */
export type GuardRecord = Readonly<Record<string, string>>;

export function parseRecord(lines: readonly string[]): GuardRecord {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const cut = line.indexOf('=');
      return cut < 1 ? [] : [[line.slice(0, cut), line.slice(cut + 1)]];
    }),
  );
}
