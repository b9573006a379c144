import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAnswer, saidBy, splitPaths } from '../../../../src/transport/config/answer.ts';
import { createLocalKeys } from '../../../../src/transport/config/local-keys.ts';
import { expandPath, type LocalUser } from '../../../../src/transport/config/tokens.ts';
import { type ConfigHome, configHome, sshIsThere } from './support.ts';

describe('what ssh -G prints', () => {
  const answer = parseAnswer('user root\r\nidentityfile ~/a\nidentityfile ~/b c\nnothing\nPort 22\n');

  it('is read as keywords with one value for each line', () => {
    expect(answer.get('identityfile')).toEqual(['~/a', '~/b c']);
    expect(answer.get('user')).toEqual(['root']);
    expect(answer.get('port')).toEqual(['22']);
    expect([...answer.keys()]).toEqual(['user', 'identityfile', 'port']);
  });

  it('says something only where it differs from the defaults', () => {
    const defaults = parseAnswer('user root\nidentityfile ~/a\nport 2222\n');
    expect(saidBy(answer, defaults, 'user')).toBeUndefined();
    expect(saidBy(answer, defaults, 'identityfile')).toEqual(['~/a', '~/b c']);
    expect(saidBy(answer, defaults, 'port')).toEqual(['22']);
    expect(saidBy(answer, defaults, 'hostname')).toBeUndefined();
  });

  it('names several paths on a line without quotes, also with blanks in them', () => {
    expect(splitPaths('/a/b ~/c %d/d')).toEqual(['/a/b', '~/c', '%d/d']);
    expect(splitPaths('/home/my files/known /x')).toEqual(['/home/my files/known', '/x']);
    expect(splitPaths('none')).toEqual([]);
  });
});

describe('a path of ssh_config', () => {
  const who: LocalUser = {
    name: 'ada',
    uid: 7,
    homeDirectory: '/home/ada',
    hostname: 'box.example',
    env: { A: '/x', E: '' },
  };
  const to = { name: 'lb1', hostname: '10.0.0.1', user: 'deploy', port: 22, alias: undefined };

  it.each([
    ['~/k', '/home/ada/k'],
    ['~', '/home/ada'],
    ['/k/%d/%h/%i/%k/%L/%l/%n/%p/%r/%u/%%', '/k/home/ada/10.0.0.1/7/lb1/box/box.example/lb1/22/deploy/ada/%'],
    [`\${A}/k\${E}`, '/x/k'],
    ['/a/../b', '/b'],
  ])('%s is %s', (written, path) => {
    expect(expandPath(written, to, who)).toBe(path);
  });

  it('is left to ssh where it holds what only ssh knows', () => {
    for (const written of ['/k/%C', '/k/%', '/k/%x', `\${NO}/k`, '~bob/k'])
      expect(expandPath(written, to, who)).toBeUndefined();
    expect(expandPath('/%k', { ...to, alias: 'web' }, who)).toBe('/web');
  });
});

describe.runIf(sshIsThere)('the keys of this machine (needs ssh-agent)', () => {
  let home: ConfigHome;
  beforeEach(() => {
    home = configHome();
  });
  afterEach(() => home.remove());

  const keygen = (...words: string[]): number | null => spawnSync('ssh-keygen', ['-q', ...words]).status;

  it('of an agent are listed by type, certificates among them', async () => {
    const file = (name: string): string => join(home.directory, name);
    keygen('-t', 'ed25519', '-N', '', '-f', file('ca'));
    keygen('-t', 'ed25519', '-N', '', '-f', file('key'));
    keygen('-t', 'rsa', '-b', '2048', '-N', '', '-f', file('other'));
    expect(keygen('-s', file('ca'), '-I', 'ada', '-n', 'deploy', file('key.pub'))).toBe(0);
    const socket = file('agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      const add = (): boolean => spawnSync('ssh-add', ['-q', file('key'), file('other')], { env }).status === 0;
      for (let tries = 0; !add() && tries < 1500; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
      const types = ['ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com', 'ssh-rsa'];
      expect((await createLocalKeys().agentTypes(socket)).toSorted()).toEqual(types);
      const { needs } = await home.settings('{}', 'lb1', { SSH_AUTH_SOCK: socket });
      expect(needs).toEqual(['the agent holds a user certificate']);
      home.config('Host *\n  IdentitiesOnly yes\n');
      expect((await home.settings('{}', 'lb1', { SSH_AUTH_SOCK: socket })).needs).toEqual([]);
      home.config('Host *\n  IdentityAgent none\n');
      expect((await home.settings('{}', 'lb1', { SSH_AUTH_SOCK: socket })).needs).toEqual([]);
    } finally {
      agent.kill();
    }
  });

  it('of no agent are none', async () => {
    expect(await createLocalKeys().agentTypes('/no/such/socket')).toEqual([]);
  });
});
