import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { ConnectError, LostConnectionError } from '../../../../src/transport/errors.ts';
import type { RelayPipe } from '../../../../src/transport/relay/relay.ts';
import { relayTransports } from '../../../../src/transport/relay/relay-transport.ts';
import { startLocalRelay } from '../../../support/local-relay.ts';
import { testHome, testHost } from '../../../support/ssh-host.ts';
import { testKey } from '../../../support/ssh-keys.ts';
import { startSshServer } from '../../../support/ssh-server.ts';

const key = testKey();

async function stage() {
  const home = testHome(key);
  const hostKey = testKey();
  const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [key] });
  home.trust(`[127.0.0.1]:${server.port} ${hostKey.line}`);
  const relays: (RelayPipe & { readonly pid: number })[] = [];
  const make = relayTransports({
    homeDirectory: home.directory,
    isRelay: () => false,
    start: async () => {
      const relay = await startLocalRelay();
      relays.push(relay);
      return relay;
    },
  });
  onTestFinished(async () => {
    for (const relay of relays) relay.close();
    await server.close();
    home.remove();
  });
  return { make, relays, server, host: testHost(server.port, home) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(20);
}

it('ends with the last of the transports that share it, and not before', async () => {
  const { make, relays, host, server } = await stage();
  const [first, second] = [make(), make()];
  const [one, two] = [await first.connect(host), await second.connect(host)];
  expect((await one.run('exit 3')).code).toBe(3);
  expect([relays.length, server.accepted]).toEqual([1, 2]);
  first.close();
  await expect(one.run('true')).rejects.toBeInstanceOf(LostConnectionError);
  expect((await two.run('exit 4')).code).toBe(4);
  second.close();
  await untilGone(relays[0]?.pid ?? 0);
});

it('leaves every run lost when it dies, none of them done, and the next connection starts another', async () => {
  const { make, relays, host } = await stage();
  const transport = make();
  const session = await transport.connect(host);
  let died: Promise<unknown> = Promise.resolve();
  await new Promise<void>((begun) => {
    died = session.run('echo go; sleep 60', { onStdout: () => begun() }).catch((error: unknown) => error);
  });
  process.kill(relays[0]?.pid ?? 0, 'SIGKILL');
  expect(await died).toMatchObject({ name: 'LostConnectionError', mayHaveRun: true });
  await expect(session.run('true')).rejects.toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
  expect((await (await transport.connect(host)).run('exit 5')).code).toBe(5);
  expect(relays).toHaveLength(2);
  transport.close();
});

it('loses what is under way when a relay says what cannot be read', async () => {
  const { make, relays, host } = await stage();
  const transport = make();
  const session = await transport.connect(host);
  const run = session.run('sleep 60').catch((error: unknown) => error);
  relays[0]?.output.emit('data', Buffer.alloc(9, 255));
  expect(await run).toMatchObject({
    name: 'LostConnectionError',
    message: expect.stringContaining('could not be read'),
  });
  transport.close();
});

it('ends at once when its input ends, in the middle of a run', async () => {
  const { make, relays, host } = await stage();
  const session = await make().connect(host);
  const run = session.run('sleep 60').catch((error: unknown) => error);
  relays[0]?.input.end();
  await untilGone(relays[0]?.pid ?? 0);
  expect(await run).toBeInstanceOf(LostConnectionError);
});

it('lets others through while one says fifty megabytes', async () => {
  const { make, host } = await stage();
  const transport = make();
  const [loud, quiet] = [await transport.connect(host), await transport.connect({ ...host, id: 'lb2' })];
  let whole = false;
  const large = loud.run('head -c 50000000 /dev/zero | tr "\\0" x').then(({ stdout }) => {
    whole = true;
    return stdout.length;
  });
  let before = 0;
  for (let n = 0; n < 3; n++) {
    await quiet.run('true');
    if (!whole) before++;
  }
  expect(before).toBeGreaterThan(0);
  expect(await large).toBe(50_000_000);
  transport.close();
});

it('is an error of the connection where no relay can be started', async () => {
  const { host } = await stage();
  const fault = { kind: 'protocol', message: 'haprov needs Node 20 or later there', retryable: false } as const;
  const { HopFaultError } = await import('../../../../src/transport/errors.ts');
  const transport = relayTransports({
    homeDirectory: '/',
    isRelay: (hop) => hop.host === 'bastion',
    start: () => Promise.reject(new HopFaultError(fault)),
  })();
  const behind = { ...host, ssh: { ...host.ssh, proxy_jump: [{ user: 'ops', host: 'bastion', port: 22 }] } };
  const error = await transport.connect(behind).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectError);
  expect(error).toMatchObject({ hop: 'jump 1 of 1 ops@bastion:22', facts: { host: 'lb1' } });
  transport.close();
});
