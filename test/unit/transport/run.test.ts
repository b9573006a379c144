import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { LostConnectionError } from '../../../src/transport/errors.ts';
import type { Session } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2/ssh2-transport.ts';
import { startCuttingProxy } from '../../support/cutting-proxy.ts';
import { type TestHome, testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type ServerBehaviour, startSshServer, type TestServer } from '../../support/ssh-server.ts';

/** A busy machine takes its time. */
const PATIENT = { timeout: 60_000 };

// What holds for every transport stands in contract/; this is about ssh2's own way of running.
const clientKey = testKey();
const hostKey = testKey();
const home: TestHome = testHome(clientKey);
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
afterAll(() => home.remove());

async function open(behaviour: ServerBehaviour = {}): Promise<{ server: TestServer; session: Session }> {
  const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey], ...behaviour });
  home.trust(trusted(server.port, hostKey));
  const transport = createSsh2Transport({ homeDirectory: home.directory });
  opened.push(server, transport);
  return { server, session: await transport.connect(testHost(server.port, home)) };
}

describe('an upload that is cut short', () => {
  const script = [
    'touch one',
    'f() { touch two; }',
    'f',
    'if true; then touch three; fi',
    "cat > four <<'END'",
    '}',
    'END',
    '{ touch five; }',
    'touch six # }',
  ].join('\n');

  it.each(['dash', 'bash'])('runs nothing in %s, wherever the cut is', async (shell) => {
    const { bootCommand, newMarks, wrapScript } = await import('../../../src/transport/run/boot.ts');
    const directory = mkdtempSync(join(tmpdir(), 'haprov-cut-'));
    const bytes = wrapScript(`cd ${directory}\n${script}`);
    const boot = bootCommand(newMarks(), bytes.length, 'none').replace("sh -c '", `${shell} -c '`);
    const run = (length: number): string[] => {
      spawnSync('/bin/sh', ['-c', boot], { input: bytes.subarray(0, length) });
      return readdirSync(directory);
    };
    for (let cut = 0; cut < bytes.length; cut += cut > bytes.length - 90 ? 1 : 7)
      expect([cut, run(cut)]).toEqual([cut, []]);
    expect(run(bytes.length).length).toBe(6);
    rmSync(directory, { recursive: true });
  });

  it('by a dying connection runs nothing or all, and is an error that says it may have run', async () => {
    const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey] });
    opened.push(server);
    const directory = mkdtempSync(join(tmpdir(), 'haprov-cut-'));
    const padded = `cd ${directory}\n: ${'x'.repeat(4000)}\n${script}`;
    const whole = await startCuttingProxy(server.port);
    home.trust(trusted(whole.port, hostKey));
    const first = createSsh2Transport({ homeDirectory: home.directory });
    const session = await first.connect(testHost(whole.port, home));
    const handshake = whole.upstream;
    first.close();
    await whole.close();
    for (let n = 0; n < 50; n++) {
      const proxy = await startCuttingProxy(server.port, handshake + 40 + n * 90);
      home.trust(trusted(proxy.port, hostKey));
      const transport = createSsh2Transport({ homeDirectory: home.directory });
      const error = await transport
        .connect(testHost(proxy.port, home))
        .then((cut) => cut.run(padded))
        .catch((e: unknown) => e);
      transport.close();
      await proxy.close();
      expect(error).toBeInstanceOf(LostConnectionError);
      await expect.poll(() => server.children.size, PATIENT).toBe(0);
      expect([0, 6]).toContain(readdirSync(directory).length);
      if (readdirSync(directory).length > 0) break;
    }
    expect(session.host.id).toBe('lb1');
    rmSync(directory, { recursive: true });
  });
});

describe('a server that takes packets of no size', () => {
  it('is an error, and no endless loop', async () => {
    const { server, session } = await open();
    const connection = server.connections[0];
    const protocol: unknown = connection && Reflect.get(connection, '_protocol');
    if (typeof protocol !== 'object' || protocol === null) throw new Error('no protocol');
    const confirm: unknown = Reflect.get(protocol, 'channelOpenConfirm');
    if (typeof confirm !== 'function') throw new Error('no confirmation');
    Reflect.set(protocol, 'channelOpenConfirm', (...args: unknown[]) =>
      confirm.apply(protocol, [...args.slice(0, 3), 0]),
    );
    await expect(session.run('true')).rejects.toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
  });
});

describe('round trips', () => {
  it('the script follows right behind the request, before the server has answered it', async () => {
    let early = '';
    const { session } = await open({
      onExec: (_command, channel) => {
        channel.on('data', (bytes: Buffer) => {
          early += bytes.toString();
          if (early.endsWith('}')) channel.close();
        });
      },
    });
    await session.run('echo quick').catch(() => {});
    expect(early).toContain('echo quick');
  });
});
