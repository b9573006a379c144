import { dirname, isAbsolute, join, relative } from 'node:path';
import type { Problem } from '../model.ts';
import type { Path } from '../problem.ts';
import type { SourceFile } from './compose.ts';
import { glob } from './glob.ts';

/** Files that an inventory may have at most, with those that included ones include. */
const MOST = 1000;

/** A file that was read, or the problems because of which it cannot be. */
export type Loaded = { readonly source: SourceFile['source'] | undefined; readonly problems: readonly Problem[] };

/** What reads one file: its absolute path, and how messages name it. */
export type Load = (path: string, shown: string) => Promise<Loaded>;

/**
 * All files that an inventory includes, and that those include, in order and each once. Never throws: what names no file
 * or cannot be read is a problem.
 */
export async function readIncludes(
  main: SourceFile,
  load: Load,
): Promise<{ readonly files: readonly SourceFile[]; readonly problems: readonly Problem[] }> {
  const files: SourceFile[] = [];
  const problems: Problem[] = [];
  const seen = new Set([join(main.directory, main.file.slice(main.file.lastIndexOf('/') + 1))]);
  const follow = async (from: SourceFile): Promise<void> => {
    for (const { pattern, path } of patternsOf(from)) {
      const fail = (message: string): void => {
        const { line, column } = from.source.locate(path);
        problems.push({ file: from.file, line, column, severity: 'error', rule: 'include', message });
      };
      const found = await glob(pattern, from.directory).catch((error: unknown) =>
        String(error instanceof Error ? error.message : error),
      );
      if (typeof found === 'string') fail(`${pattern} cannot be read: ${found}`);
      else if (found.length === 0) fail(`${pattern} names no file`);
      else
        for (const one of found) {
          if (seen.has(one)) continue;
          seen.add(one);
          if (seen.size > MOST) return fail(`the inventory has more than ${MOST} files`);
          const shown = shownAs(one, main);
          const loaded = await load(one, shown);
          problems.push(...loaded.problems);
          if (loaded.source === undefined) continue;
          const file = { file: shown, directory: dirname(one), source: loaded.source };
          files.push(file);
          await follow(file);
        }
    }
  };
  await follow(main);
  return { files, problems };
}

/** The patterns of a file's `include`, with their places; anything else is left for the schema. */
export function patternsOf({
  source,
}: Pick<SourceFile, 'source'>): readonly { readonly pattern: string; readonly path: Path }[] {
  const { data } = source;
  const written = typeof data === 'object' && data !== null && 'include' in data ? data.include : undefined;
  const list: readonly unknown[] = Array.isArray(written) ? written : [];
  return list.flatMap((pattern, index) => (typeof pattern === 'string' ? [{ pattern, path: ['include', index] }] : []));
}

/** Beside the inventory's own name, as the user wrote that. */
function shownAs(path: string, main: SourceFile): string {
  const beside = relative(main.directory, path);
  if (isAbsolute(main.file)) return path;
  return join(dirname(main.file), beside);
}
