import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** A program by its name. */
export interface ProgramFact {
  /** A command of that name is in the usual directories. */
  readonly installed: boolean;
  /** A process of that name uses the host's own network, in a container or not. */
  readonly runs: boolean;
}

/**
 * Whether a program is installed, from whatever package, and whether it runs. Looks into the sbin directories too, which
 * sudo and a user's PATH may leave out. The kernel keeps 15 characters of a process's name.
 */
export const programSubject: Subject<string, ProgramFact> = {
  name: 'programs',
  script: (names) => `PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
names=' ' running=' ' net=$(readlink /proc/self/ns/net)
set -- ${names.map(quote).join(' ')}
short() { s=$1; while [ \${#s} -gt 15 ]; do s=\${s%?}; done; }
for n; do short "$n"; names="$names$s "; done
for p in /proc/[0-9]*; do
  { IFS= read -r c <"$p/comm"; } 2>/dev/null || continue
  case $names in *" $c "*) [ "$(readlink "$p/ns/net" 2>/dev/null)" != "$net" ] || running="$running$c " ;; esac
done
for n; do
  i=no r=no
  short "$n"
  case $(command -v -- "$n") in /*) i=yes ;; esac
  case $running in *" $s "*) r=yes ;; esac
  echo "$n $i $r"
done`,
  parse: (output, names) => {
    const rows = new Map(
      output.split('\n').flatMap((line) => {
        const [name, installed, runs] = line.split(' ');
        return name === undefined || runs === undefined
          ? []
          : [[name, { installed: installed === 'yes', runs: runs === 'yes' }]];
      }),
    );
    return names.map((name) => {
      const fact = rows.get(name);
      if (fact === undefined) throw new Error(`no word of ${name}`);
      return fact;
    });
  },
};
