import { createServer, type Socket } from 'node:net';
import { expect } from 'vitest';
import { ConnectError } from '../../../../../src/transport/errors.ts';
import type { Stage } from '../../../../support/contract/stage.ts';
import { testHost } from '../../../../support/ssh-host.ts';
import { freePort } from '../../../../support/tcp-front.ts';
import { enough, failureOf, type Group, until } from '../case.ts';

/** What stands where an SSH server should, and does this to each connection. */
async function instead(stage: Stage, behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stage.keep({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const says =
  (greeting: string) =>
  (socket: Socket): void =>
    void socket.end(greeting);
const failure = (stage: Stage, port: number, ssh: object = {}, address = '127.0.0.1', signal?: AbortSignal) =>
  failureOf(
    stage.transport().connect({ ...testHost(port, stage.home, { config_file: 'none', ...ssh }), address }, signal),
  );

/** Seconds to connect in; see `enough`. */
const TIMES = [1, 8, 60];

const isOf =
  (kind: string) =>
  (error: unknown): boolean =>
    error instanceof ConnectError && error.kind === kind;

/** The error of a connection that runs out of time as this text says. */
async function timeout(stage: Stage, port: number, text: RegExp): Promise<unknown> {
  const attempt = (connect_timeout: number) => failure(stage, port, { connect_timeout });
  const error = await enough(TIMES, attempt, (met) => met instanceof Error && text.test(met.message));
  expect(error).toMatchObject({ kind: 'timeout', message: expect.stringMatching(text) });
  return error;
}

export const connecting: Group = {
  title: 'A connection that cannot be made',
  cases: [
    {
      name: 'names the address that does not resolve',
      play: async (stage) => {
        const error = await failure(stage, 22, {}, 'no-such-host.invalid');
        expect(error).toBeInstanceOf(ConnectError);
        expect(error).toMatchObject({
          kind: 'dns',
          hop: 'target',
          message: 'no-such-host.invalid does not resolve',
          facts: { host: 'lb1', next: expect.stringContaining('address') },
        });
      },
    },
    {
      name: 'says that the port is closed, and may be tried again',
      play: async (stage) => {
        const port = await freePort();
        expect(await failure(stage, port)).toMatchObject({
          kind: 'refused',
          retryable: true,
          message: `connection refused by 127.0.0.1:${port}`,
        });
      },
    },
    {
      name: 'says that there is no route',
      play: async (stage) => {
        expect(await failure(stage, 22, {}, '255.255.255.255')).toMatchObject({ kind: 'unreachable', retryable: true });
      },
    },
    {
      name: 'times out where the server accepts and says nothing',
      play: async (stage) => {
        const port = await instead(stage, () => {});
        expect(await timeout(stage, port, /handshake/)).toMatchObject({ retryable: true });
      },
    },
    {
      name: 'times out where the server greets and says nothing more',
      play: async (stage) => {
        const port = await instead(stage, (socket) => socket.write('SSH-2.0-x\r\n'));
        await timeout(stage, port, /handshake/);
      },
    },
    {
      name: 'times out where the server never answers the authentication',
      wish: { server: { hangAuthentication: true } },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        await timeout(stage, machine.port, /authentication/);
      },
    },
    {
      name: 'is final where something answers that speaks another protocol',
      play: async (stage) => {
        for (const greeting of ['SSH-1.5-old\r\n', `SSH-2.0-x\r\n${'\xff'.repeat(100)}`]) {
          const port = await instead(stage, says(greeting));
          expect(await failure(stage, port)).toMatchObject({ kind: 'protocol', retryable: false });
        }
      },
    },
    {
      name: 'is final where the two have no algorithm in common, and it is told which kind',
      wish: { kex: 'diffie-hellman-group1-sha1' },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        expect(await failure(stage, machine.port)).toMatchObject({
          kind: 'protocol',
          retryable: false,
          facts: { evidence: expect.stringMatching(/key exchange/) },
        });
        expect(machine.front.accepted).toBe(1);
      },
    },
    {
      name: 'is dropped where a web server answers',
      play: async (stage) => {
        const port = await instead(stage, says('HTTP/1.1 400 Bad Request\r\n\r\n'));
        const dropped = await enough(TIMES, (time) => failure(stage, port, { connect_timeout: time }), isOf('dropped'));
        expect(dropped).toMatchObject({ kind: 'dropped' });
      },
    },
    {
      name: 'is made after all where the server drops the first ones before the handshake',
      wish: { drop: (count) => count <= 3 },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { ssh: { connect_timeout: 100 } });
        expect((await session.run('exit 5')).code).toBe(5);
        expect(machine.front.accepted).toBe(4);
      },
    },
    {
      name: 'is given up after a few drops',
      wish: { drop: () => true },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        let tries = 0;
        const error = await enough(
          TIMES,
          async (time) => {
            const before = machine.front.accepted;
            const met = await failure(stage, machine.port, { connect_timeout: time });
            tries = machine.front.accepted - before;
            return met;
          },
          () => tries > 1,
        );
        expect(error).toMatchObject({ kind: 'dropped', retryable: true });
        expect(tries).toBeGreaterThan(1);
        expect(tries).toBeLessThan(10);
      },
    },
    {
      name: 'ends with the reason of its signal',
      play: async (stage) => {
        const port = await instead(stage, () => {});
        const abort = new AbortController();
        const failing = failure(stage, port, {}, '127.0.0.1', abort.signal);
        setTimeout(() => abort.abort(new Error('enough')), 50);
        expect(await failing).toMatchObject({ message: 'enough' });
        const before = AbortSignal.abort(new Error('before'));
        expect(await failure(stage, port, {}, '127.0.0.1', before)).toMatchObject({ message: 'before' });
      },
    },
    {
      name: 'ends when the transport is closed, and a closed transport makes no more',
      play: async (stage) => {
        let accepted = 0;
        const port = await instead(stage, () => accepted++);
        const transport = stage.transport();
        const host = testHost(port, stage.home, { config_file: 'none' });
        const connecting = failureOf(transport.connect(host));
        await until(() => accepted === 1);
        transport.close();
        expect(await connecting).toMatchObject({ message: 'the transport was closed' });
        expect(await failureOf(transport.connect(host))).toMatchObject({ message: 'the transport was closed' });
      },
    },
    {
      name: 'is none of forty at once, by the stock MaxStartups',
      wish: {},
      play: async (stage) => {
        const machine = await stage.machine();
        const transport = stage.transport();
        const codes = await Promise.all(
          Array.from({ length: 40 }, async (_, n) => {
            const session = await transport.connect({ ...machine.host(), id: `lb${n}` });
            return (await session.run(`exit ${n}`)).code;
          }),
        );
        expect(codes).toEqual(Array.from({ length: 40 }, (_, n) => n));
      },
    },
  ],
};
