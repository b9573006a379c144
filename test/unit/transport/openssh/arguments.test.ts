import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../../src/inventory/model.ts';
import { Secret } from '../../../../src/inventory/secret.ts';
import {
  type MasterRequest,
  masterArguments,
  pathValue,
  runArguments,
} from '../../../../src/transport/openssh/arguments.ts';

const directory = mkdtempSync(join(tmpdir(), 'haprov-arguments-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SETTINGS: SshSettings = {
  user: 'deploy',
  port: 2222,
  known_hosts_file: '/home/me/.ssh/known_hosts',
  host_key_checking: 'strict',
  proxy_jump: [],
  connect_timeout: 10,
};
const request = (ssh: Partial<SshSettings> = {}, more: Partial<MasterRequest> = {}): MasterRequest => ({
  hop: { user: ssh.user ?? 'deploy', host: 'lb1', port: ssh.port ?? 2222 },
  ssh: { ...SETTINGS, ...ssh },
  socket: '/run/s',
  log: '/run/s.log',
  via: undefined,
  hostKeys: [],
  answers: false,
  keepaliveMs: 7000,
  ...more,
});

/** What ssh itself makes of the words: `ssh -G` with them, as a map. */
function asked(words: readonly string[]): Map<string, string[]> {
  const { stdout, status, stderr } = spawnSync('ssh', ['-G', ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const said = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const [key = '', ...value] = line.split(' ');
    said.set(key, [...(said.get(key) ?? []), value.join(' ')]);
  }
  return said;
}

function config(text: string): string {
  const file = join(directory, `config-${Math.random()}`);
  writeFileSync(file, text);
  return file;
}

describe('the words of a master', () => {
  it('say what the inventory says, which wins over ssh_config', () => {
    const file = config('Host lb1\n  User other\n  Port 99\n  ProxyJump bastion\n  StrictHostKeyChecking no\n');
    const words = masterArguments(
      request({ config_file: file, identity_file: '/keys/mine' }, { hostKeys: ['StrictHostKeyChecking=yes'] }),
    );
    const said = asked(words);
    expect(said.get('user')).toEqual(['deploy']);
    expect(said.get('port')).toEqual(['2222']);
    expect(said.get('identityfile')).toEqual(['/keys/mine']);
    expect(said.get('identitiesonly')).toEqual(['yes']);
    expect(said.get('proxyjump')).toBeUndefined();
    expect(said.get('stricthostkeychecking')).toEqual(['true']);
  });

  it('leave to ssh_config what the inventory does not say', () => {
    const file = config(
      'Host lb1\n  User other\n  Port 99\n  HostName 10.0.0.1\n  ProxyJump bastion\n  IdentityFile /keys/theirs\n  CertificateFile /keys/cert\n',
    );
    const origins = {
      user: 'default',
      port: 'ssh_config',
      identity_file: 'default',
      proxy_jump: 'ssh_config',
    } as const;
    const said = asked(masterArguments(request({ config_file: file, origins })));
    expect(said.get('user')).toEqual(['other']);
    expect(said.get('port')).toEqual(['99']);
    expect(said.get('hostname')).toEqual(['10.0.0.1']);
    expect(said.get('proxyjump')).toEqual(['bastion']);
    expect(said.get('identityfile')).toEqual(['/keys/theirs']);
    expect(said.get('certificatefile')).toEqual(['/keys/cert']);
  });

  it('take a jump host’s user and port from its own text, unless they were left out of it', () => {
    const file = config('Host bastion\n  User other\n  Port 99\n');
    const hop = { user: 'ops', host: 'bastion', port: 22, unsaid: ['port'] } as const;
    const said = asked(masterArguments(request({ config_file: file, proxy_jump: [hop] }, { hop })));
    expect([said.get('user'), said.get('port')]).toEqual([['ops'], ['99']]);
  });

  it('go through the master of the jump host before, whatever ssh_config says of the way', () => {
    const file = config('Host lb1\n  ProxyJump bastion\n  ProxyUseFdpass yes\n');
    const said = asked(masterArguments(request({ config_file: file }, { via: '/run/50%/s' })));
    expect(said.get('proxycommand')?.[0]).toMatch(/-S \/run\/50%%%%\/s .*-W '\[%h\]:%p' haprov$/);
    expect([said.get('proxyjump'), said.get('proxyusefdpass')]).toEqual([undefined, ['no']]);
  });

  it('do nothing but connect, whatever ssh_config has set up for people', () => {
    const file = config(
      'LocalForward 8080 localhost:80\nRemoteCommand tmux\nRequestTTY force\nForwardAgent yes\nForwardX11 yes\n' +
        'PermitLocalCommand yes\nLocalCommand date\nControlMaster auto\nControlPath /tmp/%C\nControlPersist 10m\nLogLevel QUIET\n',
    );
    const said = asked(masterArguments(request({ config_file: file })));
    expect(said.get('clearallforwardings')).toEqual(['yes']);
    expect(said.get('requesttty')).toEqual(['false']);
    for (const key of ['forwardagent', 'forwardx11', 'permitlocalcommand'])
      expect([key, said.get(key)]).toEqual([key, ['no']]);
    expect([said.get('controlpath'), said.get('controlpersist')]).toEqual([['/run/s'], ['no']]);
    expect([said.get('loglevel'), said.get('batchmode')]).toEqual([['DEBUG2'], ['yes']]);
  });

  it('take a host for a host, and never for an option', () => {
    const words = masterArguments(
      request({}, { hop: { user: 'deploy', host: '-oProxyCommand=touch pwned', port: 22 } }),
    );
    expect(words.slice(-2)).toEqual(['--', '-oProxyCommand=touch pwned']);
  });

  it('hold no secret', () => {
    const secret = new Secret({ literal: 'C4nary' });
    const words = masterArguments(request({ password: secret, identity_passphrase: secret }, { answers: true }));
    expect(words.join(' ')).not.toContain('C4nary');
    expect(words).toContain('BatchMode=no');
  });

  it('ask for no password where only a passphrase is known', () => {
    const secret = new Secret({ literal: 'x' });
    const said = asked(
      masterArguments(request({ identity_passphrase: secret, config_file: 'none' }, { answers: true })),
    );
    expect([said.get('passwordauthentication'), said.get('kbdinteractiveauthentication')]).toEqual([['no'], ['no']]);
  });

  it('give up a silent jump host before the host behind it, also where seconds are few', () => {
    const silence = (keepaliveMs: number): number => {
      const said = asked(masterArguments(request({ config_file: 'none' }, { keepaliveMs })));
      return Number(said.get('serveraliveinterval')) * (Number(said.get('serveralivecountmax')) + 1);
    };
    for (const last of [1000, 2000, 7000, 15_000]) {
      const [outer, inner] = [silence(last * 0.5), silence(last * 0.75)];
      expect(outer).toBeLessThan(silence(last));
      expect(inner).toBeLessThanOrEqual(silence(last));
    }
    expect(silence(7000)).toBe(28);
  });
});

describe('a path as a value', () => {
  it('comes out of ssh as it went in', () => {
    const paths = fc.string({
      unit: fc.constantFrom('a', ' ', '"', '\\', '%', 'h', "'", '#', '=', 'é'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(paths, (path) => {
        const whole = `/x${path}x`;
        const said = asked(['-F', '/dev/null', '-o', `UserKnownHostsFile=${pathValue(whole)}`, 'lb1']);
        expect(said.get('userknownhostsfile')).toEqual([whole]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the words of a command', () => {
  it('ask nobody’s ssh_config, and cannot connect anew', () => {
    const words = runArguments('/run/s', '/run/1', 'echo -v');
    expect(words.slice(0, 4)).toEqual(['-F', '/dev/null', '-S', '/run/s']);
    expect(words).toContain('ProxyCommand=false');
    expect(words.slice(-3)).toEqual(['haprov', '--', 'echo -v']);
    const { status, stderr } = spawnSync('ssh', runArguments(join(directory, 'none'), '/dev/null', 'true'));
    expect([status, stderr.toString()]).toEqual([255, '']);
  });
});
