import type { Readable, Writable } from 'node:stream';
import type { SshSettings } from '../../inventory/model.ts';
import { type Deferred, deferred } from '../basics/deferred.ts';
import { type HostKeyCheck, hostKeyCheck } from '../host-keys/host-key-check.ts';
import type { TransportLimits } from '../path/transport-limits.ts';
import type { Session, Transport } from '../session.ts';
import type { AuthPlanner } from '../ssh2/auth.ts';
import { ssh2Paths, transportOn } from '../ssh2/ssh2-transport.ts';
import { createReceiver, createSender } from './frames.ts';
import type { FromRelay } from './from-relay.ts';
import { packMessage, parseToRelay, type ToRelay, type WirePlace } from './messages.ts';
import { remoteLogin } from './remote-login.ts';
import { unpackWay } from './way.ts';
import { packError, unpackError } from './wire-errors.ts';

/** Asks those that the relay serves, and gives the first part of their answer. */
type Ask = (question: Question, parts: readonly Uint8Array[]) => Promise<Buffer>;
type Question = WithoutId<Extract<FromRelay, { readonly kind: 'sign' | 'record' }>>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Serves until `input` ends; what is running then ends with this process. */
export function serveRelay(input: Readable, output: Writable, first: Buffer): void {
  const { send } = createSender(output);
  const places = new Map<SshSettings, WirePlace>();
  const sessions = new Map<number, Session>();
  const pending = new Map<number, AbortController>();
  const questions = new Map<number, Deferred<Buffer>>();
  const transports = new Map<number, Transport>();
  let asked = 0;

  const say = (message: FromRelay, parts?: readonly Uint8Array[]): void =>
    send(message.id, packMessage(message, parts));
  const ask: Ask = (question, parts) => {
    const id = asked++;
    const answer = deferred<Buffer>();
    questions.set(id, answer);
    // A lane of its own: questions are not held up by what a run says.
    send(-1 - id, packMessage({ ...question, id }, parts));
    return answer.promise;
  };
  const during = async (id: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const abort = new AbortController();
    pending.set(id, abort);
    try {
      await work(abort.signal);
    } catch (error) {
      say({ kind: 'failed', id, error: packError(error) });
    } finally {
      pending.delete(id);
    }
  };

  const connect = ({ id, transport: number, host: told, way }: ToRelay & { kind: 'connect' }): Promise<void> =>
    during(id, async (signal) => {
      const transport = transports.get(number);
      if (transport === undefined) throw new Error('the transport was closed');
      const { host, placeOf } = unpackWay(told, way);
      for (const [ssh, place] of placeOf) places.set(ssh, place);
      sessions.set(id, await transport.connect(host, signal));
      say({ kind: 'connected', id });
    });
  const run = (request: ToRelay & { kind: 'run' }, script: Buffer, stdin: Buffer | undefined): Promise<void> =>
    during(request.id, async (signal) => {
      const { id, become, timeoutMs, live } = request;
      const session = sessions.get(request.session);
      if (session === undefined) throw new Error(`no session ${request.session}`);
      const result = await session.run(script.toString(), {
        signal,
        become,
        ...(timeoutMs === null ? {} : { timeoutMs }),
        ...(stdin === undefined ? {} : { stdin }),
        ...(live ? { onStdout: (text: string) => say({ kind: 'output', id }, [Buffer.from(text)]) } : {}),
      });
      say({ kind: 'done', id, code: result.code }, [Buffer.from(result.stdout), Buffer.from(result.stderr)]);
    });

  const take = (message: ToRelay, [first = Buffer.alloc(0), second]: readonly Buffer[]): void => {
    if (message.kind === 'open') transports.set(message.transport, toldTransport(message.limits, places, ask));
    else if (message.kind === 'end') {
      transports.get(message.transport)?.close();
      transports.delete(message.transport);
    } else if (message.kind === 'connect') void connect(message);
    else if (message.kind === 'run') void run(message, first, message.stdin ? second : undefined);
    else if (message.kind === 'cancel') pending.get(message.id)?.abort(new Error('it is not wanted any more'));
    else if (message.kind === 'close') {
      sessions.get(message.session)?.close();
    } else if (message.kind === 'answer') {
      const question = questions.get(message.id);
      questions.delete(message.id);
      if (message.error === null) question?.resolve(first);
      else question?.reject(unpackError(message.error));
    }
  };
  const receive = createReceiver(([head, ...parts]) => take(parseToRelay(head), parts));
  if (first.length > 0) receive(first);
  input.on('data', receive);
}

/** ssh2's transport with the logins and the known hosts that it was told. */
function toldTransport(limits: TransportLimits, places: ReadonlyMap<SshSettings, WirePlace>, ask: Ask): Transport {
  const told = (ssh: SshSettings): WirePlace => {
    const place = places.get(ssh);
    if (place === undefined) throw new Error('a way that was not told');
    return place;
  };
  const planner: AuthPlanner = async (ssh) => {
    const { place, login } = told(ssh);
    return remoteLogin(login, ssh, ({ data, ...key }) => ask({ kind: 'sign', place, ...key }, [data]));
  };
  const paths = ssh2Paths(limits, planner, async (_address, _port, ssh) => checkOf(told(ssh), ssh, ask));
  return transportOn(paths, limits);
}

function checkOf({ place, host, port, known }: WirePlace, ssh: SshSettings, ask: Ask): HostKeyCheck {
  const entries = new Map(known);
  const where = { address: host, port, alias: ssh.host_key_alias };
  return hostKeyCheck(
    where,
    ssh,
    (name) => entries.get(name) ?? [],
    async (blob) => {
      await ask({ kind: 'record', place }, [blob]);
    },
  );
}
