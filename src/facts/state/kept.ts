import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';
import { BACKUP_DIRECTORY } from './state-directory.ts';

/** A version of a file that haprov has replaced or removed. */
export interface KeptVersion {
  readonly sha256: string;
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /** Its first lines say that haprov wrote it. */
  readonly own: boolean;
}

/** What a host keeps of earlier versions of files, the one that was replaced first in front. Keys: absolute paths. */
export const keptSubject: Subject<string, readonly KeptVersion[]> = {
  name: 'kept versions',
  script: (paths) =>
    paths
      .map(
        (path) => `echo =
for f in ${BACKUP_DIRECTORY}/${quote(path.replaceAll('/', '%'))}.*; do
  [ -f "$f" ] && [ ! -L "$f" ] || continue
  own=no; if head -n 3 -- "$f" | grep -q 'Written by haprov'; then own=yes; fi
  stat -c "%Z %a %U %G $own \${f##*.}" -- "$f"
done | sort -n`,
      )
      .join('\n'),
  parse: (output, paths) => {
    const groups = output.split(/^=$/m).slice(1);
    return paths.map((_, index) => (groups[index] ?? '').split('\n').flatMap(parseLine));
  },
};

function parseLine(line: string): readonly KeptVersion[] {
  const [, mode = '', owner = '', group = '', own, sha256 = ''] = line.split(' ');
  if (!/^[0-9a-f]{64}$/.test(sha256)) return [];
  return [{ sha256, mode: mode.padStart(4, '0'), owner, group, own: own === 'yes' }];
}
