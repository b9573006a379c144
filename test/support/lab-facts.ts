import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../docker/lab-handle.ts';
import { must } from './lab.ts';

/** The hosts that have the VIP on an interface, by their own word. */
export async function holdersOf(lab: Lab, hosts: readonly string[], vip: string): Promise<string[]> {
  const found = await Promise.all(
    hosts.map(async (host) => ((await must(lab, host, 'ip -o addr show')).includes(` ${vip}/`) ? [host] : [])),
  );
  return found.flat();
}

/** The status of an HTTP request from the client to an address; 000 when nothing answered. */
export async function httpStatus(lab: Lab, address: string): Promise<string> {
  const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
  const { stdout } = await lab.exec('client', `curl -g -s -o /dev/null -m 10 -w '%{http_code}' ${url}`);
  return stdout;
}

/** Asks until the answer satisfies, or the time (milliseconds) is over; gives the last answer. */
export async function until<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean, ms: number): Promise<T> {
  const deadline = Date.now() + ms;
  let answer = await ask();
  while (!satisfies(answer) && Date.now() < deadline) {
    await sleep(200);
    answer = await ask();
  }
  return answer;
}

/** sshd tells of the end of a connection when whoever closed it has gone on already. */
const SSH_QUIET = `n=0
while pgrep -f '^sshd: [^/]|^/usr/sbin/sshd .*-R' >/dev/null && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done`;

/** A point in a host's journal, behind all that was told until now, and behind the end of connections that are closed. */
export async function journalCursor(lab: Lab, host: string): Promise<string> {
  const printed = await must(lab, host, `${SSH_QUIET}; journalctl -q --sync; journalctl -q -n 0 --show-cursor`);
  return /cursor: (\S+)/.exec(printed)?.[1] ?? '';
}

/** What sshd of a host told since a point in its journal. */
export interface SshLog {
  /** Logins that were let in. */
  readonly logins: number;
  /** Commands that were started. */
  readonly commands: number;
  /** Lines that tell of an attempt to log in, accepted or not: a user name reached the host. */
  readonly attempts: number;
  readonly text: string;
}

export async function sshLogSince(lab: Lab, host: string, cursor: string): Promise<SshLog> {
  const text = await must(lab, host, `journalctl -q --sync; journalctl -q -o cat -t sshd --after-cursor='${cursor}'`);
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return {
    logins: count(/^Accepted \S+ for /gm),
    commands: count(/^Starting session: /gm),
    attempts: count(/^(?:Accepted \S+ for|Failed|Postponed) |(?:authenticating|invalid) user /gm),
    text,
  };
}

/** What sshd of each host tells from now on, whenever the result is called; in the order of the hosts. */
export async function sshLogsFromNow(lab: Lab, hosts: readonly string[]): Promise<() => Promise<readonly SshLog[]>> {
  const cursors = await Promise.all(hosts.map(async (host) => [host, await journalCursor(lab, host)] as const));
  return () => Promise.all(cursors.map(([host, cursor]) => sshLogSince(lab, host, cursor)));
}
