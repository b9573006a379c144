import ipaddr from 'ipaddr.js';
import type { Subject } from '../reader/subject.ts';

/** A TCP socket that waits for connections. */
export interface ListenerFact {
  /** Normalised; `*` stands for all addresses of both families. */
  readonly address: string;
  readonly port: number;
  /** Names of the processes that have it open, and of their systemd services, without `.service`. */
  readonly processes: readonly string[];
}

/** All listening TCP sockets, by `ss` of iproute2. Key: always `tcp`. */
export const listenersSubject: Subject<'tcp', readonly ListenerFact[]> = {
  name: 'listening sockets',
  script: () => `seen=$(ss -Hltnp) || exit
printf '%s\\n' "$seen"
for pid in $(printf '%s\\n' "$seen" | grep -oE 'pid=[0-9]+' | sort -u); do
  while IFS= read -r line; do
    case $line in
      *.service*)
        line=\${line%%.service*}
        echo "unit \${pid#pid=} \${line##*/}"
        break
        ;;
    esac
  done 2>/dev/null <"/proc/\${pid#pid=}/cgroup"
done
:`,
  parse: (output) => {
    const lines = output.split('\n');
    const units = unitsOf(lines);
    return [lines.flatMap((line) => parseLine(line, units))];
  },
};

/** Whether connections to this address arrive at the socket. */
export function covers(listener: ListenerFact, address: string): boolean {
  if (listener.address === '*') return true;
  const wanted = ipaddr.parse(address);
  const any = wanted.kind() === 'ipv4' ? '0.0.0.0' : '::';
  return listener.address === any || listener.address === wanted.toString();
}

/** Units by process id. */
function unitsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = lines.flatMap((line) => {
    const [, pid, unit] = /^unit (\d+) (.+)$/.exec(line) ?? [];
    return pid === undefined || unit === undefined ? [] : [[pid, unit] as const];
  });
  return new Map(found);
}

/** `LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=5),("nginx",pid=6,fd=5))` */
function parseLine(line: string, units: ReadonlyMap<string, string>): ListenerFact[] {
  const [, local, port, rest] = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+(.*)$/.exec(line) ?? [];
  if (local === undefined || port === undefined) return [];
  const plain = local.replace(/^\[(.*)\]/, '$1').replace(/%.*$/, '');
  const address = plain === '*' ? '*' : ipaddr.isValid(plain) ? ipaddr.parse(plain).toString() : undefined;
  if (address === undefined) return [];
  const processes = [...(rest ?? '').matchAll(/\("([^"]*)",pid=(\d+)/g)].flatMap(([, name = '', pid = '']) => [
    name,
    ...(units.has(pid) ? [units.get(pid) ?? ''] : []),
  ]);
  return [{ address, port: Number(port), processes: [...new Set(processes)].sort() }];
}
