import type { IncludeSite, Sources } from '../../keepalived/source/sources.ts';
import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** Includes may be nested this deep, and files this large. */
const DEEPEST = 8;
const LARGEST = 1_048_576;

/**
 * A keepalived.conf and all that it includes, with the options that keepalived was started with; a running one that was
 * started with another file (-f) is told by that file. null where there is none. Key: absolute path.
 *
 * Included files are found as keepalived does: relative to the file that names them, by the shell's patterns.
 */
export const configFilesSubject: Subject<string, Sources | null> = {
  name: 'keepalived.conf and its includes',
  script: ([path = '']) => `export LC_ALL=C
b() { printf '%s' "$1" | base64 | tr -d '\\n'; }
pid=$(systemctl show -p MainPID --value keepalived.service 2>/dev/null) || pid=0
words=
if [ "\${pid:-0}" != 0 ] && [ -r "/proc/$pid/cmdline" ]; then words=$(tr '\\0' ' ' <"/proc/$pid/cmdline")
else words=$(sed -n 's/^[[:space:]]*\\(DAEMON_ARGS\\|KEEPALIVED_OPTIONS\\)=//p' /etc/default/keepalived /etc/sysconfig/keepalived 2>/dev/null | tr -d "\\"'" | tail -n 1); fi
echo "words $(b "$words")"
echo "host $(b "$(uname -n)")"
echo "account $(b "$(id -un keepalived_script 2>/dev/null || echo root)")"
root=$(printf '%s\\n' "$words" | sed -n 's/^\\(.* \\)\\{0,1\\}\\(-f\\|--use-file\\)[ =]\\{0,1\\}\\(\\/[^ ]*\\).*$/\\3/p')
[ -n "$root" ] || root=${quote(path)}
echo "root $(b "$root")"
plain() { # FILE: without . and .. in its directory
  if cd -P -- "\${1%/*}/" 2>/dev/null; then echo "$(pwd)/\${1##*/}"; else echo "$1"; fi
}
show() { # FILE DEPTH CHAIN
  [ -f "$1" ] && [ "$2" -le ${DEEPEST} ] || return 0
  echo "file $(b "$1") $(head -c ${LARGEST} -- "$1" | base64 | tr -d '\\n')"
  grep -nE '^[[:space:]]*(@[^[:space:]]+[[:space:]]+)?include[a-z]*[[:space:]]' -- "$1" | while IFS= read -r found; do
    n=\${found%%:*}
    pattern=$(printf '%s\\n' "\${found#*:}" | sed -e 's/^.*include[a-z]*[[:space:]]\\{1,\\}//' -e 's/[[:space:]]*[#!].*$//' -e "s/[\\"']//g" -e 's/[[:space:]]*$//')
    case $pattern in /*) ;; *) pattern=\${1%/*}/$pattern ;; esac
    IFS='
'
    printf 'include %s %s' "$(b "$1")" "$n"
    for f in $pattern; do if [ -f "$f" ]; then printf ' %s' "$(b "$(plain "$f")")"; fi; done
    echo
    for f in $pattern; do
      f=$(plain "$f")
      case "$3:" in *":$f:"*) ;; *) (show "$f" $(($2 + 1)) "$3:$f") ;; esac
    done
  done
}
show "$root" 1 ":$root"
:`,
  parse: (output, paths) => {
    const value = parseFiles(output);
    return paths.map(() => value);
  },
};

function parseFiles(output: string): Sources | null {
  const rows = output.split('\n').map((line) => line.split(' '));
  const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString('utf8');
  const one = (kind: string): string => text(rows.find(([first]) => first === kind)?.[1]);
  const root = one('root');
  if (root === '') throw new Error('the host did not say which file keepalived reads');
  const files = new Map(
    rows.flatMap(([kind, path, content]) => (kind === 'file' ? [[text(path), text(content)] as const] : [])),
  );
  if (!files.has(root)) return null;
  const includes = rows.flatMap(([kind, file, line, ...found]): readonly IncludeSite[] =>
    kind === 'include' ? [{ file: text(file), line: Number(line), paths: found.map(text) }] : [],
  );
  const options = one('words');
  return {
    root,
    files,
    includes,
    instance: instanceOf(options),
    hostname: one('host'),
    options,
    scriptUser: one('account') || 'root',
  };
}

/** The word after -i, or of --config-id. */
function instanceOf(words: string): string | undefined {
  return /(?:^|\s)(?:-i\s*|--config-id[=\s])(\S+)/.exec(words)?.[1];
}
