import { randomBytes } from 'node:crypto';
import type { ClientChannel } from 'ssh2';
import type { Host } from '../../inventory/model.ts';
import { HopFaultError } from '../errors.ts';
import type { Paths } from '../path/path.ts';
import { execChannel } from '../ssh2/exec-channel.ts';
import type { Ssh2Link } from '../ssh2/link.ts';
import { awaitGreeting, type Greeting } from './greeting.ts';
import { LEAST_NODE, packProgram, relayCommand } from './loader.ts';
import type { RelayProgram } from './program.ts';
import type { RelayPipe } from './relay.ts';

export interface RelayStart {
  readonly paths: Paths<Ssh2Link>;
  readonly program: RelayProgram;
  readonly signal: AbortSignal;
}

/** Bytes of the relay's error output that are kept as evidence. */
const EVIDENCE = 4096;
/** For Node to start, and the program to arrive on a slow line. */
const START_MS = 30_000;

/** Connects to a jump host and starts a relay there. Rejects with ConnectError, or HopFaultError where it cannot run. */
export async function startRelay(jump: Host, { paths, program, signal }: RelayStart): Promise<RelayPipe> {
  const [path, bytes] = await Promise.all([paths.open(jump, signal), program()]);
  const { target } = path;
  const mark = `haprov-${randomBytes(9).toString('hex')}`;
  let complaints = '';
  try {
    const channel = await exec(target, relayCommand(mark));
    channel.on('error', () => {});
    channel.stderr.on('error', () => {});
    channel.stderr.on('data', (said: Buffer) => {
      complaints = (complaints + said.toString()).slice(-EVIDENCE);
    });
    channel.write(packProgram(bytes));
    const late = setTimeout(() => target.close(`no relay was ready within ${START_MS / 1000} s`), START_MS);
    const greeting = await awaitGreeting(channel, mark);
    clearTimeout(late);
    if (greeting.kind !== 'ready') throw new HopFaultError(faultOf(greeting, jump, target.down ?? complaints));
    return pipeOf(channel, target, greeting.rest, () => complaints);
  } catch (error) {
    target.close();
    throw error;
  }
}

function exec({ client }: Ssh2Link, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const refused = (why: string): void =>
      reject(new HopFaultError({ kind: 'protocol', message: `it runs no commands (${why})`, retryable: false }));
    try {
      execChannel(client, command, resolve, (error) => error && refused(error.message));
    } catch {
      // ssh2 throws where the connection is already gone.
      refused('the connection was lost');
    }
  });
}

function pipeOf(channel: ClientChannel, link: Ssh2Link, rest: Buffer, complaints: () => string): RelayPipe {
  return {
    input: channel,
    output: channel,
    rest,
    onDown: (listener) => {
      link.onDown((why) => listener(why));
      channel.on('close', () => {
        const said = complaints().trim();
        listener(said === '' ? 'the relay ended' : `the relay ended (${said.split('\n').at(-1)})`);
      });
    },
    close: () => link.close(),
  };
}

function faultOf(greeting: Exclude<Greeting, { kind: 'ready' }>, jump: Host, said: string) {
  const { user, port } = jump.ssh;
  const place = `${user}@${jump.address}${port === 22 ? '' : `:${port}`}`;
  const next = `Install Node ${LEAST_NODE} or later on ${jump.address}, or only pass through it: --jump ${place} instead of --from.`;
  const why = {
    'no-node': `haprov needs Node ${LEAST_NODE} or later there, and found none`,
    'old-node': `haprov needs Node ${LEAST_NODE} or later there, and found ${greeting.kind === 'old-node' ? greeting.version : ''}`,
    ended: 'haprov could not be started there',
  }[greeting.kind];
  const evidence = said.trim();
  return { kind: 'protocol', message: why, retryable: false, next, ...(evidence === '' ? {} : { evidence }) } as const;
}
