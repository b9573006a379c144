import { spawn, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../../src/inventory/model.ts';
import { chooseTransport } from '../../../../src/transport/choose-transport.ts';
import { createOpensshTransport } from '../../../../src/transport/openssh/openssh-transport.ts';
import type { Transport } from '../../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../../src/transport/ssh2/ssh2-transport.ts';
import { testKey } from '../../../support/ssh-keys.ts';
import { type Sshd, sshdIsThere, startSshd } from '../../../support/sshd.ts';
import { type ConfigHome, configHome, hostsOf, sshIsThere } from './support.ts';

const keys = { target: testKey(), inner: testKey(), outer: testKey(), agent: testKey('ecdsa') };

describe.runIf(sshdIsThere && sshIsThere)('hosts of ssh_config at real sshds (needs ssh, sshd and root)', () => {
  let home: ConfigHome;
  let servers: { target: Sshd; inner: Sshd; outer: Sshd };

  beforeAll(async () => {
    home = configHome();
    for (const [name, key] of Object.entries(keys)) {
      writeFileSync(join(home.directory, name), key.private, { mode: 0o600 });
      writeFileSync(join(home.directory, `${name}.pub`), `${key.public}\n`);
    }
    const serve = (name: 'target' | 'inner' | 'outer') =>
      startSshd(home.directory, `sshd-${name}`, [keys[name].public, ...(name === 'target' ? [keys.agent.public] : [])]);
    servers = { target: await serve('target'), inner: await serve('inner'), outer: await serve('outer') };
    home.write('known', '');
  });
  afterAll(async () => {
    for (const server of Object.values(servers)) await server.close();
    home.remove();
  });

  /** lb1 behind inner behind outer: each by an alias, with its own key, and known by its own name. */
  function layOut(more = ''): void {
    const known = Object.entries(servers).map(([name, { hostKeys }]) => `alias-${name} ${hostKeys[0]}\n`);
    home.write('known', known.join(''));
    const block = (pattern: string, name: keyof typeof servers, lines: string): string =>
      `Host ${pattern}\n  HostName 127.0.0.1\n  Port ${servers[name].port}\n  User root\n  HostKeyAlias alias-${name}\n  IdentityFile ${home.directory}/${name}\n${lines}`;
    home.config(
      `${block('lb1', 'target', `  ProxyJump gate-inner\n${more}`)}${block('gate-inner', 'inner', '  ProxyJump gate-outer\n')}${block('gate-outer', 'outer', '')}Host *\n  IdentitiesOnly yes\n  UserKnownHostsFile ${home.directory}/known\n`,
    );
  }

  async function run(transport: Transport, host: Host): Promise<string> {
    try {
      const session = await transport.connect(host);
      return (await session.run('echo reached')).stdout.trim();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      transport.close();
    }
  }
  const host = async (env = {}, ssh = '{}'): Promise<Host> => {
    const { inventory } = await home.resolve(home.inventory(ssh), env);
    const [first] = hostsOf(inventory);
    if (first === undefined) throw new Error('no host');
    return first;
  };
  const both = (env: Readonly<Record<string, string>> = {}): Readonly<Record<string, () => Transport>> => ({
    ssh2: () => createSsh2Transport({ homeDirectory: home.directory, agentSocket: env['SSH_AUTH_SOCK'] }),
    openssh: () => createOpensshTransport({ env: { PATH: process.env['PATH'], HOME: home.directory, ...env } }),
  });

  it('are reached through jump hosts with keys and names of their own, by both clients', async () => {
    layOut();
    const lb1 = await host();
    expect(chooseTransport({ setting: lb1.ssh.transport, needs: lb1.ssh.needs }).transport).toBe('ssh2');
    for (const make of Object.values(both())) expect(await run(make(), lb1)).toBe('reached');
  });

  it('are refused by both where a jump host in the middle has another key', async () => {
    layOut();
    home.write(
      'known',
      `alias-outer ${servers.outer.hostKeys[0]}\nalias-inner ${keys.agent.line}\nalias-target ${servers.target.hostKeys[0]}\n`,
    );
    for (const make of Object.values(both())) {
      const said = await run(make(), await host());
      expect(said).toMatch(/jump 2 of 2 root@gate-inner.*: host key of alias-inner changed/);
    }
  });

  it('take of the agent what IdentitiesOnly allows, and all of it without', async () => {
    const socket = join(home.directory, 'agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      const add = (): boolean => spawnSync('ssh-add', ['-q', join(home.directory, 'agent')], { env }).status === 0;
      for (let tries = 0; !add() && tries < 600; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
      rmSync(join(home.directory, 'target'));
      const outcome = async (lines: string): Promise<readonly string[]> => {
        layOut(`  IdentityAgent ${socket}\n${lines}`);
        const lb1 = await host();
        return [await run(both()['ssh2']?.() ?? never(), lb1), await run(both()['openssh']?.() ?? never(), lb1)];
      };
      for (const said of await outcome('')) expect(said).toContain('refused to log in root');
      expect(await outcome('  IdentitiesOnly no\n')).toEqual(['reached', 'reached']);
      expect(await outcome(`  IdentityFile ${home.directory}/agent\n`)).toEqual(['reached', 'reached']);
      rmSync(join(home.directory, 'agent'));
      // The public half beside it is enough to find it in the agent.
      expect(await outcome(`  IdentityFile ${home.directory}/agent\n`)).toEqual(['reached', 'reached']);
    } finally {
      agent.kill();
    }
  });
});

function never(): never {
  throw new Error('no such client');
}
