import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/errors.ts';
import type { Hop } from '../../../../src/inventory/model.ts';
import { testKey } from '../../../support/ssh-keys.ts';
import { type ConfigHome, configHome, hostsOf, sshIsThere } from './support.ts';

const me = userInfo().username;
let home: ConfigHome;
beforeEach(() => {
  home = configHome();
});
afterEach(() => home.remove());

const short = (hops: readonly Hop[]) => hops.map(({ user, host, port }) => `${user}@${host}:${port}`);

describe.runIf(sshIsThere)('settings by ssh_config (needs ssh)', () => {
  it('are the inventory’s first, then ssh_config’s, then defaults, and each says which', async () => {
    home.config(
      'Host lb*\n  HostName 10.1.1.1\n  User deploy\n  Port 2222\n  ConnectTimeout 30\n  StrictHostKeyChecking accept-new\n',
    );
    const ssh = await home.settings('{ user: own, host_key_checking: strict }');
    expect(ssh).toMatchObject({
      user: 'own',
      port: 2222,
      hostname: '10.1.1.1',
      connect_timeout: 30,
      host_key_checking: 'strict',
      proxy_jump: [],
    });
    expect(ssh.origins).toEqual({
      port: 'ssh_config',
      connect_timeout: 'ssh_config',
      identity_file: 'default',
      known_hosts_file: 'default',
      proxy_jump: 'default',
    });
    expect(await home.settings('{}')).toMatchObject({ user: 'deploy', host_key_checking: 'accept-new' });
  });

  it('stay the defaults where no pattern matches, or the configuration is not to be read', async () => {
    home.config('Host other\n  User deploy\n  Port 2222\n');
    expect(await home.settings()).toMatchObject({ user: me, port: 22, needs: [], may_need: [] });
    home.config('Host *\n  User deploy\n');
    const none = home.inventory();
    const hosts = hostsOf(none).map((host) => ({ ...host, ssh: { ...host.ssh, config_file: 'none' } }));
    const { inventory } = await home.resolve({ ...none, clusters: none.clusters.map((one) => ({ ...one, hosts })) });
    expect(hostsOf(inventory)[0]?.ssh).toMatchObject({ user: me, connect_timeout: 10 });
    expect(hostsOf(inventory)[0]?.ssh.hostname).toBeUndefined();
  });

  it('come from included files and from Match, by the user and port that the inventory gives', async () => {
    home.write('more', 'Host lb1\n  HostKeyAlias Cluster\n');
    home.config(
      `Include ${home.directory}/mo*\nMatch originalhost lb1 user root\n  Port 2022\nMatch host lb1 exec "test 1 = 1"\n  ConnectTimeout 7\n`,
    );
    expect(await home.settings('{ user: root }')).toMatchObject({
      port: 2022,
      host_key_alias: 'cluster',
      connect_timeout: 7,
    });
    expect(await home.settings('{ user: deploy }')).toMatchObject({ port: 22, connect_timeout: 7 });
  });

  it('name several identity files and known_hosts files, with tokens and ~ filled in', async () => {
    home.config(
      `Host lb1\n  HostName %h.example.com\n  User deploy\n  IdentityFile ~/.ssh/%r@%h\n  IdentityFile "/keys/my key"\n  IdentityFile \${KEYS}/%n\n  IdentitiesOnly yes\n  IdentityAgent %d/agent\n  UserKnownHostsFile "/a b/known" /c/known\n  GlobalKnownHostsFile /g/known\n`,
    );
    const ssh = await home.settings('{}', 'lb1', { KEYS: '/k' });
    expect(ssh).toMatchObject({
      hostname: 'lb1.example.com',
      identity_files: [`${home.directory}/.ssh/deploy@lb1.example.com`, '/keys/my key', '/k/lb1'],
      identities_only: true,
      known_hosts_file: '/a b/known',
      known_hosts_files: ['/a b/known', '/c/known', '/g/known'],
    });
    expect(ssh.identity_agent).toMatch(/\/agent$/);
    expect(ssh.origins).toMatchObject({ identity_file: 'ssh_config', known_hosts_file: 'ssh_config' });
  });

  it('leave the inventory’s identity and known_hosts alone, but read the system’s known_hosts beside it', async () => {
    home.config('Host *\n  IdentityFile /other\n  UserKnownHostsFile /other\n  HashKnownHosts yes\n');
    const ssh = await home.settings('{ identity_file: key, known_hosts_file: known }');
    expect(ssh.identity_files).toBeUndefined();
    expect(ssh).toMatchObject({
      identity_file: `${home.directory}/key`,
      known_hosts_file: `${home.directory}/known`,
      known_hosts_files: [`${home.directory}/known`, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
      hash_known_hosts: true,
    });
  });

  it('read the second usual known_hosts file too, as ssh does', async () => {
    expect((await home.settings()).known_hosts_files?.slice(0, 2)).toEqual([
      `${home.directory}/.ssh/known_hosts`,
      `${home.directory}/.ssh/known_hosts2`,
    ]);
  });

  it('write new keys nowhere where there is no known_hosts file', async () => {
    home.config('Host *\n  UserKnownHostsFile none\n  StrictHostKeyChecking no\n');
    expect(await home.settings()).toMatchObject({ known_hosts_file: '/dev/null', host_key_checking: 'off' });
  });

  it('allow ssh2 the algorithms that ssh_config allows, and of these those that it has', async () => {
    home.config(
      'Host *\n  Ciphers aes256-gcm@openssh.com,3des-cbc\n  KexAlgorithms curve25519-sha256,sntrup761x25519-sha512@openssh.com\n',
    );
    expect((await home.settings()).algorithms).toEqual({
      cipher: ['aes256-gcm@openssh.com'],
      kex: ['curve25519-sha256'],
    });
  });

  it('are refused where ssh refuses them, with its own words', async () => {
    home.config('Host lb1\n  Prot 22\n');
    const error = await home.settings().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/ssh_config: line 2: Bad configuration option: prot/),
    });
  });

  it('never let a name become an option or a word of the shell', async () => {
    const inventory = home.inventory();
    for (const address of [`-oProxyCommand=touch\${IFS}x`, '$(touch x)', "a'b", 'a b', '']) {
      const hosts = hostsOf(inventory).map((host) => ({ ...host, address }));
      const changed = { ...inventory, clusters: inventory.clusters.map((one) => ({ ...one, hosts })) };
      await expect(home.resolve(changed)).rejects.toThrow('is no name for ssh');
    }
  });
});

describe.runIf(sshIsThere)('jump hosts by ssh_config (needs ssh)', () => {
  it('come with their own settings, and with those before them', async () => {
    home.config(
      'Host lb1\n  ProxyJump inner,ops@last:2200\nHost inner\n  ProxyJump outer\n  HostName 10.0.0.2\n  User guard\nHost outer\n  HostName outer.example.com\n  Port 443\n  IdentityFile /keys/outer\n  HostKeyAlias gate\n',
    );
    const { proxy_jump, origins } = await home.settings();
    expect(short(proxy_jump)).toEqual([`${me}@outer.example.com:443`, 'guard@10.0.0.2:22', 'ops@last:2200']);
    expect(proxy_jump.map(({ name }) => name)).toEqual(['outer', 'inner', undefined]);
    expect(proxy_jump[0]?.ssh).toMatchObject({
      identity_files: ['/keys/outer'],
      host_key_alias: 'gate',
      proxy_jump: [],
    });
    expect(proxy_jump[2]?.ssh?.identity_files).toBeUndefined();
    expect(origins?.proxy_jump).toBe('ssh_config');
  });

  it('of the inventory are looked up too; what they say themselves counts', async () => {
    home.config(
      'Host bastion\n  User ops\n  Port 2200\n  ProxyJump outer\nHost second\n  ProxyJump nowhere\n  ProxyCommand none\n',
    );
    const hops = async (jump: string) =>
      short((await home.settings(`{ user: deploy, proxy_jump: ${jump} }`)).proxy_jump);
    expect(await hops('[bastion]')).toEqual([`${me}@outer:22`, 'ops@bastion:2200']);
    expect(await hops('[me@bastion:22]')).toEqual([`${me}@outer:22`, 'me@bastion:22']);
    home.config(`Host bastion\n  User ${me}\n`);
    expect(await hops('[bastion, other]')).toEqual([`${me}@bastion:22`, `${me}@other:22`]);
    home.config('Host bastion\n  Port 22\n');
    expect(await hops('[bastion]')).toEqual(['deploy@bastion:22']);
    home.config('Host second\n  ProxyJump nowhere\n');
    // Only the first one's own way counts, as with ssh -J.
    expect(await hops('[first, second]')).toEqual(['deploy@first:22', 'deploy@second:22']);
  });

  it('take the inventory’s identity for all, and its word that there are none', async () => {
    home.config('Host lb1\n  ProxyJump bastion\nHost bastion\n  IdentityFile /other\n');
    const { proxy_jump } = await home.settings('{ identity_file: key }');
    expect(proxy_jump[0]?.ssh).toMatchObject({ identity_file: `${home.directory}/key` });
    expect(proxy_jump[0]?.ssh?.identity_files).toBeUndefined();
    expect((await home.settings('{ proxy_jump: none }')).proxy_jump).toEqual([]);
    home.config('Host lb1\n  ProxyCommand nc %h %p\n');
    expect(await home.settings('{ proxy_jump: none }')).toMatchObject({ proxy_jump: [], needs: [] });
  });

  it('of --jump win over ssh_config although nothing marks them', async () => {
    home.config('Host lb1\n  ProxyJump bastion\n');
    const inventory = home.inventory();
    const hosts = hostsOf(inventory).map((host) => {
      return { ...host, ssh: { ...host.ssh, proxy_jump: [{ user: 'x', host: 'mine', port: 22 }] } };
    });
    const resolved = await home.resolve({
      ...inventory,
      clusters: inventory.clusters.map((one) => ({ ...one, hosts })),
    });
    const ssh = hostsOf(resolved.inventory)[0]?.ssh;
    expect(short(ssh?.proxy_jump ?? [])).toEqual(['x@mine:22']);
    expect(ssh?.origins?.proxy_jump).toBeUndefined();
  });

  it('that lead in a circle are refused, and the circle is shown', async () => {
    home.config('Host lb1\n  ProxyJump a\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n');
    await expect(home.settings()).rejects.toThrow(`passes ${me}@a:22 twice`);
    home.config('Host *\n  ProxyJump bastion\n');
    await expect(home.settings()).rejects.toThrow(/loop|twice/);
  });

  it('with names that are none are refused', async () => {
    home.config('Host lb1\n  ProxyJump first,a$b\n');
    await expect(home.settings()).rejects.toThrow(UsageError);
  });
});

describe.runIf(sshIsThere)('what ssh2 cannot do (needs ssh)', () => {
  const needs = async (config: string, ssh = '{}', env = {}) => {
    home.config(config);
    const { needs: must, may_need: may } = await home.settings(ssh, 'lb1', env);
    return { must, may };
  };

  it.each([
    ['ProxyCommand nc %h %p', 'it is reached by a ProxyCommand (nc %h %p)'],
    ['PKCS11Provider /lib/token.so', 'its keys are on a PKCS #11 token'],
    [
      'KexAlgorithms sntrup761x25519-sha512@openssh.com',
      'ssh_config allows no key exchange that the built-in client has',
    ],
    ['Ciphers 3des-cbc', 'ssh_config allows no cipher that the built-in client has'],
    ['PreferredAuthentications gssapi-with-mic', 'only GSSAPI or the machine itself logs in there'],
    ['RevokedHostKeys /etc/revoked', 'ssh_config lists revoked host keys in a file (RevokedHostKeys)'],
    ['KnownHostsCommand /bin/true %H', 'a command gives its host keys (KnownHostsCommand)'],
    ['IdentityFile /keys/%C', 'only ssh can tell which file /keys/%C is'],
  ])('%s is said', async (line, sentence) => {
    expect(await needs(`Host lb1\n  ${line}\n`)).toEqual({ must: [sentence], may: [] });
    expect(await needs(`Host other\n  ${line}\n`)).toEqual({ must: [], may: [] });
  });

  it('is nothing where a keyword says none, or OpenSSH’s own default', async () => {
    const lines = ['ProxyCommand none', 'PKCS11Provider none', 'IdentityAgent none', 'VerifyHostKeyDNS no', 'Port 22'];
    expect(await needs(`Host *\n${lines.map((line) => `  ${line}\n`).join('')}`)).toEqual({ must: [], may: [] });
  });

  it('is a certificate beside a key that is used, or named', async () => {
    const cert = home.write('key-cert.pub', 'ssh-ed25519-cert-v01@openssh.com AAAA');
    const must = [`it presents a user certificate (${cert})`];
    const key = join(home.directory, 'key');
    expect(await needs(`Host *\n  IdentityFile ${key}\n`)).toEqual({ must, may: [] });
    expect(await needs('', `{ identity_file: ${key} }`)).toEqual({ must, may: [] });
    expect(await needs(`Host *\n  CertificateFile ${cert}\n`)).toEqual({ must, may: [] });
    expect(await needs(`Host *\n  CertificateFile /no/such\n  IdentityFile /no/such\n`)).toEqual({ must: [], may: [] });
    mkdirSync(join(home.directory, '.ssh'));
    const usual = home.write('.ssh/id_rsa-cert.pub', 'x');
    expect((await needs('')).must).toEqual([`it presents a user certificate (${usual})`]);
  });

  it('is a hardware key for certain where there is no other', async () => {
    home.write('sk.pub', 'sk-ssh-ed25519@openssh.com AAAA me');
    home.write('plain.pub', 'ssh-ed25519 AAAA me');
    const files = (...names: string[]) =>
      `Host *\n${names.map((name) => `  IdentityFile ${home.directory}/${name}\n`).join('')}`;
    expect((await needs(files('sk'))).must).toEqual(['its only key is a hardware key (FIDO)']);
    expect(await needs(files('sk', 'plain'))).toEqual({ must: [], may: ['one of its keys is a hardware key (FIDO)'] });
  });

  it('is an authority that vouches for a host of which no key is known', async () => {
    const key = testKey().line;
    const known = home.write('known', `# hosts\n@cert-authority *.example.com,lb* ${key}\n`);
    const line = `Host *\n  UserKnownHostsFile ${known}\n`;
    expect((await needs(line)).must).toEqual([`its host key is vouched for by a certificate authority (${known}:2)`]);
    writeFileSync(known, `${readFileSync(known, 'utf8')}lb1 ${key}\n`);
    expect((await needs(line)).must).toEqual([]);
  });

  it('of a jump host is a need of the hosts behind it', async () => {
    const { must } = await needs('Host lb1\n  ProxyJump bastion\nHost bastion\n  PKCS11Provider /lib/x.so\n');
    expect(must).toEqual(['its jump host bastion: its keys are on a PKCS #11 token']);
  });
});

describe('a machine without ssh', () => {
  it('has OpenSSH’s defaults, and says that ssh_config is not read', async () => {
    const bin = join(home.directory, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'sh'), '#!/bin/sh\nexec /bin/sh "$@"\n');
    chmodSync(join(bin, 'sh'), 0o755);
    home.config('Host *\n  User deploy\n');
    const { inventory, notes } = await home.resolve(home.inventory('{ proxy_jump: [bastion] }'), { PATH: bin });
    const ssh = hostsOf(inventory)[0]?.ssh;
    expect(notes).toEqual(['there is no ssh command on this machine: ssh_config is not read']);
    expect(ssh).toMatchObject({ user: me, port: 22, host_key_checking: 'strict' });
    expect(short(ssh?.proxy_jump ?? [])).toEqual([`${me}@bastion:22`]);
    expect(ssh?.known_hosts_files?.at(-1)).toBe('/etc/ssh/ssh_known_hosts2');
  });
});
