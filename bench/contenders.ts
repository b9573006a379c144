import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fleet } from './fleet.ts';
import type { Invocation, Measured } from './measure.ts';
import { ansible } from './peers/ansible.ts';

/** One way to look at a converged fleet. */
export interface Contender {
  readonly name: string;
  /** What it does, for the reader of the table. */
  readonly does: string;
  /** Takes minutes on a large fleet. */
  readonly slow: boolean;
  readonly invoke: (fleet: Fleet) => Invocation;
  /** What is wrong with a run, so that it does not count; undefined where nothing is. */
  readonly fault: (ran: Measured, fleet: Fleet) => string | undefined;
  /** Puts away what would let the next run start warm. */
  readonly after?: (fleet: Fleet) => Promise<void>;
}

export const HAPROV = 'haprov plan';
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const BARE = fileURLToPath(new URL('./peers/bare-ssh2.mjs', import.meta.url));
const PEERS = fileURLToPath(new URL('./peers/ansible', import.meta.url));

/** haprov's own command line on a file. */
export function haprovCommand(args: readonly string[], cli: string = CLI): readonly [string, ...string[]] {
  return [process.execPath, cli, ...args];
}

function haprov(name: string, cli: string): Contender {
  return {
    name,
    does: 'plans the whole fleet',
    slow: false,
    invoke: (fleet) => ({ argv: haprovCommand(['plan', fleet.inventory, '--detailed-exitcode'], cli) }),
    fault: ({ code, stdout, stderr }) =>
      code === 0 ? undefined : `exit ${code}, no converged plan: ${(stderr || stdout).trim().slice(-400)}`,
  };
}

const xargs: Contender = {
  name: 'xargs -P50 ssh true',
  does: 'one OpenSSH client a host, which does nothing there',
  slow: false,
  invoke: (fleet) => ({
    argv: ['xargs', '-P50', '-I{}', 'ssh', '-F', fleet.sshConfig, '{}', 'true'],
    input: `${fleet.hosts.join('\n')}\n`,
  }),
  fault: ({ code, stderr }) => (code === 0 ? undefined : `exit ${code}: ${stderr.trim()}`),
};

const bare: Contender = {
  name: 'bare ssh2',
  does: "one connection and haprov's script of facts a host; no host keys, nothing parsed",
  slow: false,
  invoke: (fleet) => ({ argv: [process.execPath, BARE, fleet.scripts] }),
  fault: ({ code, stdout, stderr }, { hosts }) =>
    code === 0 && stdout.trim() === String(hosts.length) ? undefined : `exit ${code}: ${stderr.trim().slice(-400)}`,
};

/** Everything that is measured, in the table's order; haprov first. `compare` is another build's cli.js. */
export function contenders(compare: string | undefined): readonly Contender[] {
  return [
    haprov(HAPROV, CLI),
    ...(compare === undefined ? [] : [haprov('haprov plan (compared)', compare)]),
    xargs,
    bare,
    ansible({ name: 'ansible, pipelining', directory: PEERS, strategies: undefined }),
    ansible({
      name: 'ansible, mitogen',
      directory: PEERS,
      strategies: join('/usr/lib/python3/dist-packages', 'ansible_mitogen/plugins/strategy'),
    }),
  ];
}
