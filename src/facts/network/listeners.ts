import ipaddr from 'ipaddr.js';
import type { Subject } from '../reader/subject.ts';

/** A TCP socket that waits for connections. */
export interface ListenerFact {
  /** Normalised; `*` stands for all addresses of both families. */
  readonly address: string;
  readonly port: number;
  /** Names of the processes that have it open. */
  readonly processes: readonly string[];
}

/** All listening TCP sockets, by `ss` of iproute2. Key: always `tcp`. */
export const listenersSubject: Subject<'tcp', readonly ListenerFact[]> = {
  name: 'listening sockets',
  script: () => 'ss -Hltnp',
  parse: (output) => [output.split('\n').flatMap(parseLine)],
};

/** Whether connections to this address arrive at the socket. */
export function covers(listener: ListenerFact, address: string): boolean {
  if (listener.address === '*') return true;
  const wanted = ipaddr.parse(address);
  const any = wanted.kind() === 'ipv4' ? '0.0.0.0' : '::';
  return listener.address === any || listener.address === wanted.toString();
}

/** `LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=5),("nginx",pid=6,fd=5))` */
function parseLine(line: string): ListenerFact[] {
  const [, local, port, rest] = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+(.*)$/.exec(line) ?? [];
  if (local === undefined || port === undefined) return [];
  const plain = local.replace(/^\[(.*)\]/, '$1').replace(/%.*$/, '');
  const address = plain === '*' ? '*' : ipaddr.isValid(plain) ? ipaddr.parse(plain).toString() : undefined;
  if (address === undefined) return [];
  const processes = [...(rest ?? '').matchAll(/\("([^"]*)",pid=/g)].map(([, name]) => name ?? '');
  return [{ address, port: Number(port), processes: [...new Set(processes)].sort() }];
}
