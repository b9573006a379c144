import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hop, Host, SshSettings } from '../../../src/inventory/model.ts';
import { HostKeyError, LostConnectionError } from '../../../src/transport/errors.ts';
import type { Transport } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2-transport.ts';
import type { TransportLimits } from '../../../src/transport/transport-limits.ts';
import { type TestHome, testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type ServerBehaviour, startSshServer, type TestServer } from '../../support/ssh-server.ts';

const clientKey = testKey();
const targetKey = testKey();
const outerKey = testKey();
const innerKey = testKey();

let home: TestHome;
const opened: { close(): unknown }[] = [];

beforeEach(() => {
  home = testHome(clientKey);
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  home.remove();
});

async function serve(key: typeof targetKey, behaviour: ServerBehaviour = {}): Promise<TestServer> {
  const server = await startSshServer({ hostKeys: [key], authorizedKeys: [clientKey], ...behaviour });
  opened.push(server);
  return server;
}

function transport(limits: Partial<TransportLimits> = {}): Transport {
  const made = createSsh2Transport({ homeDirectory: home.directory, limits });
  opened.push(made);
  return made;
}

const hopTo = (server: TestServer, user = 'ops'): Hop => ({ user, host: '127.0.0.1', port: server.port });
const behind = (target: TestServer, hops: readonly TestServer[], ssh: Partial<SshSettings> = {}): Host =>
  testHost(target.port, home, { proxy_jump: hops.map((server) => hopTo(server)), ...ssh });

describe('a host behind jump hosts', () => {
  it('is reached through two of them, each as its own user', async () => {
    const [target, inner, outer] = [await serve(targetKey), await serve(innerKey), await serve(outerKey)];
    home.trust(trusted(target.port, targetKey), trusted(inner.port, innerKey), trusted(outer.port, outerKey));
    const session = await transport().connect(behind(target, [outer, inner]));
    expect(await session.run('echo here; exit 4')).toMatchObject({ code: 4, stdout: 'here\n' });
    expect(outer.forwards).toEqual([`127.0.0.1:${inner.port}`]);
    expect(inner.forwards).toEqual([`127.0.0.1:${target.port}`]);
    expect([outer.users[0], inner.users[0], target.users[0]]).toEqual(['ops', 'ops', 'deploy']);
    expect([...outer.commands, ...inner.commands]).toEqual([]);
  });

  it('shares one connection per jump host with all others, and loses none of 60', async () => {
    const [target, outer] = [await serve(targetKey), await serve(outerKey)];
    home.trust(trusted(target.port, targetKey), trusted(outer.port, outerKey));
    const using = transport();
    const codes = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const session = await using.connect({ ...behind(target, [outer]), id: `lb${n}` });
        const { code } = await session.run(`exit ${n}`);
        session.close();
        return code;
      }),
    );
    expect(codes).toEqual(Array.from({ length: 60 }, (_, n) => n));
    expect(outer.connections.length).toBe(1);
    expect(target.most.handshakes).toBeLessThanOrEqual(8);
  });

  it('may itself be a jump host', async () => {
    const [target, outer] = [await serve(targetKey), await serve(outerKey)];
    home.trust(trusted(target.port, targetKey), trusted(outer.port, outerKey));
    const using = transport();
    const sessions = await Promise.all([using.connect(behind(target, [outer])), using.connect(behind(outer, []))]);
    for (const session of sessions) expect((await session.run('true')).code).toBe(0);
  });

  it('is reached again after its jump host came back', async () => {
    const [target, outer] = [await serve(targetKey), await serve(outerKey)];
    home.trust(trusted(target.port, targetKey), trusted(outer.port, outerKey));
    const using = transport();
    const first = await using.connect(behind(target, [outer]));
    const run = first.run('sleep 20').catch((error: unknown) => error);
    outer.cut();
    await run;
    const second = await using.connect(behind(target, [outer]));
    expect((await second.run('exit 3')).code).toBe(3);
    expect(outer.connections.length).toBe(2);
  });

  it('is checked by its own name: an unknown key on any hop stops there, with nothing sent', async () => {
    const [target, inner, outer] = [await serve(targetKey), await serve(innerKey), await serve(outerKey)];
    const lines = {
      outer: trusted(outer.port, outerKey),
      inner: trusted(inner.port, innerKey),
      target: trusted(target.port, targetKey),
    };
    const names = {
      outer: `jump 1 of 2 ops@127.0.0.1:${outer.port}`,
      inner: `jump 2 of 2 ops@127.0.0.1:${inner.port}`,
      target: 'target',
    };
    const servers = { outer, inner, target };
    for (const bad of ['target', 'inner', 'outer'] as const) {
      const others = Object.entries(lines).map(([hop, line]) =>
        hop === bad ? trusted(servers[bad].port, clientKey) : line,
      );
      home.trust(...others);
      const before = servers[bad].authAttempts.length;
      const error = await transport()
        .connect(behind(target, [outer, inner]))
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(HostKeyError);
      expect(error).toMatchObject({ hop: names[bad], hostKey: { verdict: 'changed' }, facts: { host: 'lb1' } });
      expect(servers[bad].authAttempts.length).toBe(before);
    }
  });
});

describe('a way that breaks', () => {
  it('names the jump host that cannot be reached, for every host behind it', async () => {
    const target = await serve(targetKey);
    const gone = await serve(outerKey);
    await gone.close();
    const using = transport();
    const errors = await Promise.all(
      ['lb1', 'lb2'].map((id) => using.connect({ ...behind(target, [gone]), id }).catch((error: unknown) => error)),
    );
    for (const [index, error] of errors.entries()) {
      expect(error).toMatchObject({
        kind: 'refused',
        hop: `jump 1 of 1 ops@127.0.0.1:${gone.port}`,
        facts: { host: `lb${index + 1}` },
      });
    }
  });

  it('names the target where the jump host cannot reach it, or does not forward', async () => {
    const outer = await serve(outerKey);
    const gone = await serve(targetKey);
    await gone.close();
    home.trust(trusted(outer.port, outerKey));
    expect(
      await transport()
        .connect(behind(gone, [outer]))
        .catch((e: unknown) => e),
    ).toMatchObject({
      kind: expect.stringMatching(/refused|forward/),
      hop: 'target',
    });
  });

  it('names the jump host that refuses the login', async () => {
    const [target, outer] = [await serve(targetKey), await serve(outerKey, { authorizedKeys: [] })];
    home.trust(trusted(target.port, targetKey), trusted(outer.port, outerKey));
    expect(
      await transport()
        .connect(behind(target, [outer]))
        .catch((e: unknown) => e),
    ).toMatchObject({
      kind: 'auth',
      hop: `jump 1 of 1 ops@127.0.0.1:${outer.port}`,
    });
  });

  it('is a lost connection that names the jump host which died', async () => {
    const [target, inner, outer] = [await serve(targetKey), await serve(innerKey), await serve(outerKey)];
    home.trust(trusted(target.port, targetKey), trusted(inner.port, innerKey), trusted(outer.port, outerKey));
    for (const [dying, hop] of [
      [inner, 'jump 2 of 2'],
      [outer, 'jump 1 of 2'],
      [target, 'target'],
    ] as const) {
      const session = await transport().connect(behind(target, [outer, inner]));
      const run = session.run('echo go; sleep 20', { onStdout: () => dying.cut() }).catch((e: unknown) => e);
      const error = await run;
      expect(error).toBeInstanceOf(LostConnectionError);
      expect(error).toMatchObject({ hop: expect.stringContaining(hop), mayHaveRun: true });
    }
  });

  it('is noticed where the jump host falls silent', async () => {
    const [target, outer] = [await serve(targetKey), await serve(outerKey)];
    home.trust(trusted(target.port, targetKey), trusted(outer.port, outerKey));
    const session = await transport({ keepaliveMs: 40 }).connect(behind(target, [outer]));
    const run = session.run('echo go; sleep 20', { onStdout: () => outer.freeze() }).catch((e: unknown) => e);
    expect(await run).toMatchObject({ name: 'LostConnectionError', hop: expect.stringContaining('jump 1 of 1') });
  });
});
