import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/inventory/model.ts';
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

async function serve(behaviour: ServerBehaviour = {}): Promise<TestServer> {
  const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey], ...behaviour });
  home.trust(trusted(server.port, hostKey));
  opened.push(server);
  return server;
}

/** What a process says that ends by itself; one that does not is killed by the test's own time limit. */
async function outcome(
  host: Host,
  how: string,
  limits = '{}',
  onStart?: (child: ChildProcess) => void,
): Promise<string> {
  const fixture = new URL('../../support/transport-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    fixture,
    JSON.stringify(host),
    home.directory,
    how,
    limits,
  ]);
  opened.push({ close: () => child.kill('SIGKILL') });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
    if (said === 'started\n') onStart?.(child);
  });
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return `${said.trim()} (${code})`;
}

describe('a process that used a transport ends by itself', () => {
  it('after a run, its session never closed', async () => {
    const { port } = await serve();
    expect(await outcome(testHost(port, home), 'run')).toBe('exit 3 (0)');
  });

  it('with a run under way when the transport is closed', async () => {
    const { port } = await serve();
    expect(await outcome(testHost(port, home), 'abandon')).toBe('LostConnectionError (0)');
  });

  it('after a run that timed out', async () => {
    const { port } = await serve();
    expect(await outcome(testHost(port, home), 'timeout')).toBe('RunTimeoutError (0)');
  });

  it('after a handshake that never came to an end', async () => {
    const { port } = await serve({ mute: true });
    expect(await outcome(testHost(port, home, { connect_timeout: 0.3 }), 'run')).toBe('ConnectError (0)');
  });

  it('after a host key was refused', async () => {
    const { port } = await serve();
    home.trust('');
    expect(await outcome(testHost(port, home), 'run')).toBe('HostKeyError (0)');
  });

  it('through a jump host', async () => {
    const { port } = await serve();
    const ssh = { proxy_jump: [{ user: 'ops', host: '127.0.0.1', port }] };
    expect(await outcome(testHost(port, home, ssh), 'run')).toBe('exit 3 (0)');
  });

  it('when its peer is cut off in the middle of a run', async () => {
    const server = await serve();
    const said = await outcome(testHost(server.port, home), 'wait', '{}', () => server.cut());
    expect(said).toBe('started\nLostConnectionError (0)');
  });

  it('when its peer falls silent in the middle of a run', async () => {
    const server = await serve();
    const said = await outcome(testHost(server.port, home), 'wait', '{"keepaliveMs":100}', () => server.freeze());
    expect(said).toBe('started\nLostConnectionError (0)');
  });
});
