import { createServer } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Host, SshSettings } from '../../../src/inventory/model.ts';
import { ConnectError } from '../../../src/transport/errors.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2-transport.ts';
import { testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type ServerBehaviour, startSshServer, type TestServer } from '../../support/ssh-server.ts';

const clientKey = testKey();
const hostKey = testKey();
const home = testHome(clientKey);
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
afterAll(() => home.remove());

async function start(behaviour: ServerBehaviour = {}): Promise<TestServer> {
  const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey], ...behaviour });
  home.trust(trusted(server.port, hostKey));
  opened.push(server);
  return server;
}

async function failure(host: Host, signal?: AbortSignal): Promise<unknown> {
  const transport = createSsh2Transport({ homeDirectory: home.directory });
  opened.push(transport);
  return transport.connect(host, signal).catch((error: unknown) => error);
}

const toPort = (port: number, ssh: Partial<SshSettings> = {}): Host => testHost(port, home, ssh);

describe('a connection that cannot be made', () => {
  it('names the address that does not resolve', async () => {
    const error = await failure({ ...toPort(22), address: 'no-such-host.invalid' });
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({
      kind: 'dns',
      hop: 'target',
      facts: { host: 'lb1', next: expect.stringContaining('address') },
    });
  });

  it('says that the port is closed', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(toPort(port))).toMatchObject({
      kind: 'refused',
      retryable: true,
      message: `connection refused by 127.0.0.1:${port}`,
    });
  });

  it('says that there is no route', async () => {
    expect(await failure({ ...toPort(22), address: '255.255.255.255' })).toMatchObject({ kind: 'unreachable' });
  });

  it('times out where the server accepts and says nothing', async () => {
    const server = await start({ mute: true });
    expect(await failure(toPort(server.port, { connect_timeout: 0.1 }))).toMatchObject({
      kind: 'timeout',
      retryable: true,
      message: expect.stringContaining('handshake'),
    });
  });

  it('times out where the server never answers the authentication', async () => {
    const server = await start({ hangAuthentication: true });
    expect(await failure(toPort(server.port, { connect_timeout: 0.3 }))).toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('authentication'),
    });
  });

  it('is refused where something else than ssh answers', async () => {
    const server = await start({ greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
    expect(await failure(toPort(server.port))).toMatchObject({ kind: 'dropped' });
    const garbage = await start({ greeting: `SSH-1.5-old\r\n` });
    expect(await failure(toPort(garbage.port))).toMatchObject({ kind: 'protocol', retryable: false });
    const binary = await start({ greeting: `SSH-2.0-x\r\n${'\xff'.repeat(100)}` });
    expect(await failure(toPort(binary.port))).toMatchObject({ kind: 'protocol', retryable: false });
  });

  it('is tried again where the server drops it before the handshake', async () => {
    const server = await start({ dropConnection: (count) => count <= 3 });
    const transport = createSsh2Transport({ homeDirectory: home.directory });
    opened.push(transport);
    const session = await transport.connect(toPort(server.port));
    expect((await session.run('exit 5')).code).toBe(5);
    expect(server.accepted).toBe(4);
  });

  it('is given up after a few drops', async () => {
    const server = await start({ dropConnection: () => true });
    expect(await failure(toPort(server.port, { connect_timeout: 1 }))).toMatchObject({
      kind: 'dropped',
      retryable: true,
    });
    expect(server.accepted).toBeGreaterThan(1);
    expect(server.accepted).toBeLessThan(10);
  });

  it('ends with the reason of its signal, at once', async () => {
    const server = await start({ mute: true });
    const abort = new AbortController();
    const failing = failure(toPort(server.port), abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 20);
    expect(await failing).toMatchObject({ message: 'enough' });
    expect(await failure(toPort(server.port), AbortSignal.abort(new Error('before')))).toMatchObject({
      message: 'before',
    });
  });

  it('ends when the transport is closed', async () => {
    const server = await start({ mute: true });
    const transport = createSsh2Transport({ homeDirectory: home.directory });
    const connecting = transport.connect(toPort(server.port)).catch((error: unknown) => error);
    await expect.poll(() => server.accepted).toBe(1);
    transport.close();
    expect(await connecting).toMatchObject({ message: 'the transport was closed' });
    expect(await transport.connect(toPort(server.port)).catch((error: unknown) => error)).toBeInstanceOf(Error);
  });
});

describe('many connections at once', () => {
  it('all succeed, 200 of them, with at most eight handshakes pending at one server', async () => {
    const server = await start();
    const transport = createSsh2Transport({ homeDirectory: home.directory });
    opened.push(transport);
    const codes = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const session = await transport.connect({ ...toPort(server.port), id: `lb${n}` });
        const { code } = await session.run(`exit ${n}`);
        return code;
      }),
    );
    expect(codes).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(server.most.handshakes).toBeLessThanOrEqual(8);
    expect(server.connections.length).toBe(200);
  }, 60_000);
});
