import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

export type FileFact =
  | { readonly type: 'absent' }
  | {
      readonly type: 'file' | 'directory' | 'link' | 'other';
      /** Four octal digits. */
      readonly mode: string;
      readonly owner: string;
      readonly group: string;
      /** Of a regular file's content. */
      readonly sha256?: string;
    };

const S_IFMT = 0o170000;
// inode(7). A Map, since Biome 2.6 rewrites octal property names to wrong decimals.
const TYPES: ReadonlyMap<number, 'file' | 'directory' | 'link'> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
]);

/** What stands at a path: type, mode, owner, and the hash of its content; not the content. Keys: absolute paths. */
export const fileSubject: Subject<string, FileFact> = {
  name: 'files',
  // A pipe would keep sha256sum waiting, and a device has no end: only regular files are read.
  script: (paths) => {
    const list = paths.map(quote).join(' ');
    return `set -- ${list}
stat -c '%f %U %G %n' -- "$@" 2>/dev/null
echo
for f do shift; if [ -f "$f" ] && [ ! -L "$f" ]; then set -- "$@" "$f"; fi; done
[ $# -eq 0 ] || sha256sum -- "$@" 2>/dev/null || [ $? -eq 1 ]`;
  },
  parse: (output, paths) => {
    const split = output.startsWith('\n') ? 0 : output.indexOf('\n\n');
    const stats = output.slice(0, Math.max(split, 0)).split('\n');
    const sums = new Map(
      output
        .slice(split)
        .split('\n')
        .flatMap((line) => {
          const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
          return match?.[1] !== undefined && match[2] !== undefined ? [[match[2], match[1]] as const] : [];
        }),
    );
    const found = new Map(stats.flatMap((line) => parseStat(line, sums)));
    return paths.map((path) => found.get(path) ?? { type: 'absent' });
  },
};

function parseStat(line: string, sums: ReadonlyMap<string, string>): readonly (readonly [string, FileFact])[] {
  const match = /^([0-9a-f]+) (\S+) (\S+) (.+)$/.exec(line);
  const [, raw, owner, group, path] = match ?? [];
  if (raw === undefined || owner === undefined || group === undefined || path === undefined) return [];
  const bits = Number.parseInt(raw, 16);
  const type = TYPES.get(bits & S_IFMT) ?? 'other';
  const mode = (bits & 0o7777).toString(8).padStart(4, '0');
  const sha256 = sums.get(path);
  return [[path, { type, mode, owner, group, ...(type === 'file' && sha256 !== undefined ? { sha256 } : {}) }]];
}

/** Content of regular files up to 1 MiB as UTF-8 text, for showing what a change would replace; null where there is none. */
export const contentSubject: Subject<string, string | null> = {
  name: 'file contents',
  script: (paths) =>
    `for f in ${paths.map(quote).join(' ')}; do
if [ -f "$f" ]; then head -c 1048576 -- "$f" | base64 | tr -d '\\n'; else printf -- -; fi
echo
done`,
  parse: (output, paths) => {
    const lines = output.split('\n');
    return paths.map((_, index) => {
      const line = lines[index] ?? '-';
      return line === '-' ? null : Buffer.from(line, 'base64').toString('utf8');
    });
  },
};
