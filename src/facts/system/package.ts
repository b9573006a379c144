import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';
import { DEBIAN_CASE, READ_OS_RELEASE, RHEL_CASE } from './os.ts';

/** installed: the version, or null. `broken` is a package that dpkg has begun and not finished. */
export interface PackageFact {
  readonly version: string | null;
  readonly broken: boolean;
}

/**
 * Installed packages, by dpkg-query or rpm. On rpm hosts a package also counts where another one provides its name
 * (curl-minimal provides curl on Enterprise Linux 9). A system of another family has none that could be known.
 */
export const packageSubject: Subject<string, PackageFact> = {
  name: 'packages',
  script: (names) => {
    const list = names.map(quote).join(' ');
    return `${READ_OS_RELEASE}
case " $ID \${ID_LIKE-} " in
${RHEL_CASE})
  echo rpm
  rpm -q --whatprovides --qf '%{NAME}\\t%{VERSION}-%{RELEASE}\\t[%{PROVIDENAME},]\\n' ${list} || [ $? -lt 126 ] ;;
${DEBIAN_CASE})
  echo dpkg
  dpkg-query -W -f '\${Package}\\t\${db:Status-Abbrev}\\t\${Version}\\n' ${list} 2>/dev/null || [ $? -eq 1 ] ;;
*)
  echo other ;;
esac`;
  },
  parse: (output, names) => {
    const [tool, ...lines] = output.split('\n');
    const rows = lines.map((line) => line.split('\t')).filter((row) => row.length === 3);
    return names.map((name) => (tool === 'rpm' ? rpmFact(rows, name, lines) : dpkgFact(rows, name)));
  },
};

function rpmFact(rows: readonly (readonly string[])[], name: string, lines: readonly string[]): PackageFact {
  const row =
    rows.find(([own]) => own === name) ?? rows.find(([, , provides = '']) => provides.split(',').includes(name));
  // Of a database that it cannot read, rpm says neither the one nor the other.
  if (row === undefined && !lines.includes(`no package provides ${name}`))
    throw new Error(`rpm did not answer for ${name}`);
  return { version: row?.[1] ?? null, broken: false };
}

function dpkgFact(rows: readonly (readonly string[])[], name: string): PackageFact {
  const found = rows.filter(([own]) => own === name);
  const row = found.find(([, status = '']) => status[1] === 'i') ?? found[0];
  const state = row?.[1]?.[1] ?? 'n';
  // dpkg-query(1), db:Status-Abbrev: n not installed, c config files only, i installed; the rest is half way.
  if (state === 'i') return { version: row?.[2] ?? null, broken: false };
  return { version: null, broken: state !== 'n' && state !== 'c' };
}
