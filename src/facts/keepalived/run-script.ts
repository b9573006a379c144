import { COMMANDS } from '../../checks/needs.ts';
import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** One directory or file on the way to a script. */
export interface PathPart {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  /** Permission bits, the sticky bit among them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A script that keepalived runs. */
export interface RunScriptFact {
  /** Not there at all. */
  readonly absent: boolean;
  /** The script first, then each directory above it up to /; a link's target likewise. */
  readonly parts: readonly PathPart[];
  /** The program of its #! line, where that is not there. */
  readonly missingInterpreter: string | null;
  /** Commands that it names and that are not installed. */
  readonly missingCommands: readonly string[];
  /** Sockets that it names, on its command line or else in itself. */
  readonly sockets: readonly { readonly path: string; readonly there: boolean }[];
  /** URLs that it names; never a Slack webhook's. */
  readonly urls: readonly string[];
  /** A line of it that starts or restarts a service. */
  readonly heals: string | null;
  /** It has a Slack webhook in it. */
  readonly webhook: boolean;
  /** SELinux type; null without SELinux. */
  readonly selinuxType: string | null;
}

/** Those that people's own checks use, and those of haprov's. */
const LOOKED_FOR = [
  ...new Set(['curl', 'socat', 'wget', 'nc', 'pgrep', 'pidof', 'killall', 'ss', ...Object.keys(COMMANDS)]),
];

/** Keys: command lines as keepalived has them, words parted by one blank. Scripts are looked at, never run. */
export const runScriptSubject: Subject<string, RunScriptFact> = {
  name: 'scripts of keepalived',
  script: (commands) =>
    `${FUNCTIONS}\n${commands.map((line, index) => `look ${index} ${line.split(' ').map(quote).join(' ')}`).join('\n')}`,
  parse: (output, commands) => {
    const groups = new Map<string, (readonly string[])[]>();
    for (const line of output.split('\n')) {
      const [, index, kind, rest] = /^(\d+) (\w+) ?(.*)$/.exec(line) ?? [];
      if (index === undefined || kind === undefined) continue;
      groups.set(index, [...(groups.get(index) ?? []), [kind, rest ?? '']]);
    }
    return commands.map((line, index) => {
      const rows = groups.get(String(index));
      if (rows === undefined) throw new Error(`no word of ${line}`);
      return factOf(rows);
    });
  },
};

function factOf(rows: readonly (readonly string[])[]): RunScriptFact {
  const all = (kind: string): string[] => rows.flatMap(([name, rest = '']) => (name === kind ? [rest] : []));
  return {
    absent: all('absent').length > 0,
    parts: all('part').flatMap(parsePart),
    missingInterpreter: all('interpreter')[0] ?? null,
    missingCommands: all('missing'),
    sockets: all('socket').map((rest) => ({ path: rest.replace(/^\w+ /, ''), there: rest.startsWith('yes ') })),
    urls: all('url'),
    heals: all('heals')[0] ?? null,
    webhook: all('webhook').length > 0,
    selinuxType: all('label')[0]?.split(':')[2] ?? null,
  };
}

// inode(7).
const TYPES: ReadonlyMap<number, PathPart['type']> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
]);

function parsePart(text: string): PathPart[] {
  const [, hex, uid, gid, path] = /^([0-9a-f]+) (\d+) (\d+) (.+)$/.exec(text) ?? [];
  if (hex === undefined || path === undefined) return [];
  const raw = Number.parseInt(hex, 16);
  return [{ path, type: TYPES.get(raw & 0o170000) ?? 'other', mode: raw & 0o7777, uid: Number(uid), gid: Number(gid) }];
}

const FUNCTIONS = `up() { # INDEX PATH
  p=$2
  while :; do
    stat -c "$1 part %f %u %g %n" -- "$p" 2>/dev/null
    [ "$p" != / ] || break
    p=\${p%/*}
    [ -n "$p" ] || p=/
  done
}
sockets() { grep -oE '/[A-Za-z0-9_./-]+([.]sock|/stats)' | sort -u | head -n 8; }
look() { # INDEX PATH ARGUMENT...
  n=$1 f=$2
  shift 2
  case $f in /*) ;; *) f=$(command -v -- "$f") || { echo "$n absent"; return; } ;; esac
  [ -e "$f" ] || echo "$n absent"
  up "$n" "$f"
  real=$(readlink -f -- "$f" 2>/dev/null)
  [ -z "$real" ] || [ "$real" = "$f" ] || up "$n" "$real"
  echo "$n arguments"
  [ -f "$f" ] || return 0
  case $(stat -c %C -- "$f" 2>/dev/null) in *:*) echo "$n label $(stat -c %C -- "$f")" ;; esac
  # A program is no script: there is nothing to read in it.
  case $(head -c 2 -- "$f") in '#!') ;; *) return 0 ;; esac
  IFS= read -r first <"$f"
  set -f; interpreter=$(set -- \${first#??}; echo "\${1:-}"); set +f
  [ -x "$interpreter" ] || echo "$n interpreter $interpreter"
  body=$(head -c 65536 -- "$f" | tr -d '\\000' | grep -av '^[[:space:]]*#')
  for c in ${LOOKED_FOR.join(' ')}; do
    if printf '%s\\n' "$body" | grep -qE "(^|[^A-Za-z0-9_./-])$c([^A-Za-z0-9_.-]|$)" && ! command -v $c >/dev/null; then echo "$n missing $c"; fi
  done
  paths=$(printf '%s\\n' "$@" | sockets)
  [ -n "$paths" ] || paths=$(printf '%s\\n' "$body" | sockets)
  for s in $paths; do
    if [ -S "$s" ]; then echo "$n socket yes $s"; else echo "$n socket no $s"; fi
  done
  { printf '%s\\n' "$@"; printf '%s\\n' "$body"; } | grep -oE 'https?://[A-Za-z0-9_.:/?=&%~+-]+' | grep -v 'hooks[.]slack[.]com' | sort -u | head -n 5 | sed "s|^|$n url |"
  printf '%s\\n' "$body" | grep -E '(systemctl|service)[[:space:]].*(start|restart)' | head -n 1 | sed "s|^[[:space:]]*|$n heals |"
  if printf '%s\\n' "$body" | grep -q 'hooks[.]slack[.]com/'; then echo "$n webhook"; fi
  return 0
}`;
