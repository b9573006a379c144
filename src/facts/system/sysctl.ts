import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

export interface SysctlFact {
  /** The live value, or null where this kernel has no such key. */
  readonly live: string | null;
  /** Files that set it at boot, in the order in which they are applied (sysctl.d(5)); the last one wins. */
  readonly boot: readonly { readonly file: string; readonly value: string }[];
}

const DIRECTORIES =
  '/etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /lib/sysctl.d/*.conf';

/** Kernel parameters by dotted name: live value, and what the files under sysctl.d will set at boot. */
export const sysctlSubject: Subject<string, SysctlFact> = {
  name: 'sysctl',
  // grep, since dash reads byte by byte, and these files give their first byte only then.
  script: (names) => `grep -s '' ${names.map((name) => quote(procPath(name))).join(' ')} /dev/null || [ $? -lt 3 ]
grep -sE ${quote(`^[[:space:]]*-?(${names.map((name) => name.replace(/[./]/g, '[./]')).join('|')})[[:space:]]*=`)} ${DIRECTORIES} /etc/sysctl.conf /dev/null || [ $? -lt 3 ]`,
  parse: (output, names) => {
    const lines = output.split('\n');
    return names.map((name) => ({ live: liveValue(lines, name), boot: bootFiles(lines, name) }));
  },
};

function liveValue(lines: readonly string[], name: string): string | null {
  const prefix = `${procPath(name)}:`;
  return (
    lines
      .find((line) => line.startsWith(prefix))
      ?.slice(prefix.length)
      .trim() ?? null
  );
}

function procPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

function bootFiles(lines: readonly string[], name: string): SysctlFact['boot'] {
  const found = lines.flatMap((line) => {
    const match = /^(\/(?!proc\/)[^:]*):\s*-?([^\s=]+)\s*=\s*(.*)$/.exec(line);
    const [, file, key, value] = match ?? [];
    if (file === undefined || key === undefined || value === undefined) return [];
    return key.replaceAll('/', '.') === name ? [{ file, value: value.trim() }] : [];
  });
  return found
    .filter(({ file }) => !found.some((other) => other.file !== file && hides(other.file, file)))
    .toSorted((a, b) => compare(baseName(a.file), baseName(b.file)));
}

const RANK = ['/etc/', '/run/', '/usr/local/', '/usr/lib/', '/lib/'];

/** sysctl.d(5): a file hides those of the same name in directories of lower rank. */
function hides(upper: string, lower: string): boolean {
  const rank = (file: string): number => RANK.findIndex((directory) => file.startsWith(directory));
  return baseName(upper) === baseName(lower) && rank(upper) < rank(lower);
}

/** /etc/sysctl.conf is applied last by procps, and as 99-sysctl.conf where systemd links it. */
function baseName(file: string): string {
  return file === '/etc/sysctl.conf' ? '~' : file.slice(file.lastIndexOf('/') + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
