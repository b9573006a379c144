import { readFileSync } from 'node:fs';
import type { SourceOf } from '../ui/plan/code-frame.ts';

/** Lines of files on this machine, each read once. A file that cannot be read now has none to show. */
export function sourceLines(): SourceOf {
  const known = new Map<string, readonly string[] | undefined>();
  return (file) => {
    if (!known.has(file)) known.set(file, linesOf(file));
    return known.get(file);
  };
}

function linesOf(file: string): readonly string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    return undefined;
  }
}
