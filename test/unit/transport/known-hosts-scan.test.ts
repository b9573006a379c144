import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hop, Host, Inventory, SshSettings } from '../../../src/inventory/model.ts';
import { Secret } from '../../../src/inventory/secret.ts';
import { addHostKeys } from '../../../src/transport/host-keys/host-key-check.ts';
import { type ScannedKey, scanHostKeys } from '../../../src/transport/host-keys/scan-key.ts';
import { type TestHome, testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type ServerBehaviour, startSshServer, type TestServer } from '../../support/ssh-server.ts';
import { sshdIsThere, startSshd } from '../../support/sshd.ts';

const clientKey = testKey();
const keys = { target: testKey(), second: testKey(), outer: testKey(), inner: testKey(), ecdsa: testKey('ecdsa') };
const stranger = testKey();

let home: TestHome;
const opened: { close(): unknown }[] = [];

beforeEach(() => {
  home = testHome(clientKey);
  home.trust('# none');
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  home.remove();
});

async function serve(hostKeys: ServerBehaviour['hostKeys'], behaviour: ServerBehaviour = {}): Promise<TestServer> {
  const server = await startSshServer({ hostKeys: hostKeys ?? [], authorizedKeys: [clientKey], ...behaviour });
  opened.push(server);
  return server;
}

const hopTo = ({ port }: { port: number }): Hop => ({ user: 'ops', host: '127.0.0.1', port });

function host(name: string, { port }: { port: number }, ssh: Partial<SshSettings> = {}): Host {
  return { ...testHost(port, home, ssh), id: name, name };
}

function inventory(...hosts: readonly Host[]): Inventory {
  const cluster = {
    name: 'web',
    service: 'none',
    services: [],
    open: [],
    hosts,
    vrrp_instances: [],
    notify: {},
    firewall: 'none',
    keepalived: { log_detail: false, global_defs: [] },
  } as const;
  return { file: 'inventory.yaml', directory: home.directory, forks: 50, clusters: [cluster] };
}

const scan = (...hosts: readonly Host[]): Promise<ScannedKey[]> =>
  scanHostKeys(inventory(...hosts), { homeDirectory: home.directory, env: {}, signal: new AbortController().signal });
const brief = (scanned: readonly ScannedKey[]) => scanned.map(({ label, status }) => `${label} ${status}`);

describe('a scan for host keys', () => {
  it('passes unknown jump hosts and brings the keys of all in one go, without a word written', async () => {
    const [outer, inner, one, two] = [
      await serve([keys.outer]),
      await serve([keys.inner]),
      await serve([keys.target]),
      await serve([keys.second]),
    ];
    const proxy_jump = [hopTo(outer), hopTo(inner)];
    const scanned = await scan(host('lb1', one, { proxy_jump }), host('lb2', two, { proxy_jump: [...proxy_jump] }));
    expect(scanned).toMatchObject([
      {
        label: '127.0.0.1',
        hop: true,
        status: 'new',
        name: `[127.0.0.1]:${outer.port}`,
        blob: keys.outer.parsed.getPublicSSH(),
      },
      {
        label: '127.0.0.1',
        hop: true,
        status: 'new',
        name: `[127.0.0.1]:${inner.port}`,
        blob: keys.inner.parsed.getPublicSSH(),
      },
      { label: 'web/lb1', hop: false, status: 'new', blob: keys.target.parsed.getPublicSSH(), file: home.knownHosts },
      { label: 'web/lb2', hop: false, status: 'new', blob: keys.second.parsed.getPublicSSH(), keyType: 'ssh-ed25519' },
    ]);
    expect([one, two].flatMap(({ authAttempts }) => authAttempts)).toEqual([]);
    expect([outer, inner, one, two].flatMap(({ commands }) => commands)).toEqual([]);
    expect(readFileSync(home.knownHosts, 'utf8')).toBe('# none\n');
  });

  it('gives no password to a jump host that is not known, and gives it to one that is', async () => {
    const outer = await serve([keys.outer], { authorizedKeys: [], password: 'pw' });
    const target = await serve([keys.target]);
    const lb1 = host('lb1', target, { proxy_jump: [hopTo(outer)], password: new Secret({ literal: 'pw' }, 'pw') });
    const scanned = await scan(lb1);
    expect(brief(scanned)).toEqual(['127.0.0.1 new', 'web/lb1 unreachable']);
    expect(scanned[1]).toMatchObject({ error: { message: expect.stringContaining('jump 1 of 1 ops@127.0.0.1') } });
    expect(outer.authAttempts.filter((attempt) => attempt.startsWith('password'))).toEqual([]);
    home.trust(trusted(outer.port, keys.outer));
    expect(brief(await scan(lb1))).toEqual(['127.0.0.1 known', 'web/lb1 new']);
  });

  it('tells known, changed, revoked and vouched ones apart', async () => {
    const servers = [
      await serve([keys.target, keys.ecdsa]),
      await serve([keys.second]),
      await serve([keys.outer]),
      await serve([keys.inner]),
    ];
    const [known, changed, revoked, vouched] = servers.map(({ port }) => port);
    home.trust(
      trusted(known ?? 0, keys.ecdsa),
      trusted(changed ?? 0, stranger),
      `@revoked * ${keys.outer.line}`,
      `@cert-authority [127.0.0.1]:${vouched} ${stranger.line}`,
    );
    const scanned = await scan(...servers.map((server, index) => host(`lb${index}`, server)));
    expect(brief(scanned)).toEqual(['web/lb0 known', 'web/lb1 refused', 'web/lb2 refused', 'web/lb3 vouched']);
    expect(scanned[1]).toMatchObject({ key: { verdict: 'changed', known: [{ file: home.knownHosts, line: 2 }] } });
    expect(scanned[2]).toMatchObject({ key: { verdict: 'revoked' }, error: { host: 'web/lb2' } });
    expect(scanned[3]).toMatchObject({ authority: { line: 4 } });
    expect(revoked).toBeGreaterThan(0);
  });

  it('goes no further than a jump host whose key changed, or that is not there', async () => {
    const [outer, target, gone] = [await serve([keys.outer]), await serve([keys.target]), await serve([keys.inner])];
    await gone.close();
    home.trust(trusted(outer.port, stranger));
    const scanned = await scan(
      host('lb1', target, { proxy_jump: [hopTo(outer)] }),
      host('lb2', target, { proxy_jump: [hopTo(gone)] }),
    );
    expect(brief(scanned)).toEqual([
      '127.0.0.1 refused',
      '127.0.0.1 unreachable',
      'web/lb1 unreachable',
      'web/lb2 unreachable',
    ]);
    expect(scanned[2]).toMatchObject({
      error: { message: expect.stringMatching(/jump host 127.0.0.1 cannot be passed: .*changed/) },
    });
    expect(target.accepted).toBe(0);
    expect(outer.authAttempts).toEqual([]);
  });

  it('holds a jump host to the key that it showed first', async () => {
    const [outer, thief, target] = [await serve([keys.outer]), await serve([stranger]), await serve([keys.target])];
    let count = 0;
    const front = createServer((socket) => {
      const behind = connect((count++ === 0 ? outer : thief).port, '127.0.0.1');
      for (const end of [socket, behind]) end.on('error', () => {});
      socket.pipe(behind).pipe(socket);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    opened.push(front);
    const address = front.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const scanned = await scan(host('lb1', target, { proxy_jump: [hopTo({ port })] }));
    expect(brief(scanned)).toEqual(['127.0.0.1 new', 'web/lb1 unreachable']);
    expect(scanned[1]).toMatchObject({ error: { message: expect.stringContaining('is not known') } });
    expect([count, thief.authAttempts, target.accepted]).toEqual([2, [], 0]);
  });

  it('asks each machine once, be it a host, a jump host or both, and none whose key is not checked', async () => {
    const [bastion, target] = [await serve([keys.outer]), await serve([keys.target])];
    const proxy_jump = [hopTo(bastion)];
    const scanned = await scan(
      host('gate', bastion),
      host('lb1', target, { proxy_jump }),
      host('lb1-again', target, { proxy_jump: [hopTo(bastion)] }),
      host('lab', target, { host_key_checking: 'off' }),
    );
    expect(brief(scanned)).toEqual(['web/gate new', 'web/lb1 new']);
  });

  it('refuses two machines of one name with two keys, since nobody could tell which is which', async () => {
    const [one, two] = [await serve([keys.target]), await serve([keys.second])];
    const scanned = await scan(
      host('lb1', one, { host_key_alias: 'shared' }),
      host('lb2', two, { host_key_alias: 'shared' }),
    );
    expect(brief(scanned)).toEqual(['web/lb1 new', 'web/lb2 refused']);
    expect(scanned[1]).toMatchObject({ error: { message: expect.stringContaining('web/lb1 showed') } });
  });

  it('of 60 hosts behind one bastion opens one connection to it, and loses none', async () => {
    const [outer, target] = [await serve([keys.outer]), await serve([keys.target])];
    const hosts = Array.from({ length: 60 }, (_, n) => {
      return host(`lb${n}`, target, { proxy_jump: [hopTo(outer)], host_key_alias: `lb${n}` });
    });
    const scanned = await scan(...hosts);
    expect(scanned.filter(({ status }) => status === 'new').length).toBe(61);
    expect(outer.connections.length).toBeLessThanOrEqual(2);
    expect(target.most.handshakes).toBeLessThanOrEqual(8);
  });

  it('ends when it is interrupted', async () => {
    const mute = await serve([keys.target], { mute: true });
    const controller = new AbortController();
    const scanning = scanHostKeys(inventory(host('lb1', mute)), {
      homeDirectory: home.directory,
      env: {},
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('stop')), 50);
    await expect(scanning).rejects.toThrow('stop');
  });
});

describe.runIf(sshdIsThere)('a scan of real sshds (needs sshd and root)', () => {
  it('falls back on the ssh command: for a key exchange that ssh2 has not, and for a ProxyCommand', async () => {
    const options = ['KexAlgorithms sntrup761x25519-sha512@openssh.com'];
    const modern = await startSshd(home.directory, 'modern', [], options);
    const jump = await startSshd(home.directory, 'jump', [clientKey.public]);
    opened.push(modern, jump);
    home.trust(...jump.hostKeys.map((key) => `[127.0.0.1]:${jump.port} ${key}`));
    const config = join(home.directory, 'ssh_config');
    writeFileSync(
      config,
      `Host behind\n  HostName 127.0.0.1\n  ProxyCommand ssh -F ${config} -W %h:%p gate\nHost gate\n  HostName 127.0.0.1\n  Port ${jump.port}\n  User root\n  IdentityFile ${home.identity}\n  UserKnownHostsFile ${home.knownHosts}\n`,
    );
    const origins = { proxy_jump: 'default' } as const;
    const behind = {
      ...host('lb2', modern, {
        hostname: '127.0.0.1',
        config_file: config,
        proxy_command: 'x',
        origins,
        host_key_alias: 'b',
      }),
      address: 'behind',
    };
    const scanned = await scan(
      host('lb1', modern, { config_file: 'none' }),
      host('lb3', modern, { config_file: 'none', host_key_alias: 'c', proxy_jump: [{ ...hopTo(jump), user: 'root' }] }),
      behind,
    );
    expect(brief(scanned)).toEqual(['web/lb1 new', '127.0.0.1 known', 'web/lb2 new', 'web/lb3 new']);
    for (const key of scanned.filter((one) => one.status === 'new')) {
      expect(modern.hostKeys).toContain(`${key.keyType} ${key.status === 'new' ? key.blob.toString('base64') : ''}`);
    }
  });

  it('brings keys that ssh itself accepts afterwards, hashed or not', async () => {
    const sshd = await startSshd(home.directory, 'target', [clientKey.public]);
    opened.push(sshd);
    const { spawnSync } = await import('node:child_process');
    for (const hashed of [false, true]) {
      home.trust('# none');
      const fresh = (await scan(host('lb1', sshd, { hash_known_hosts: hashed }))).flatMap((key) =>
        key.status === 'new' ? [key] : [],
      );
      expect((await addHostKeys(home.knownHosts, fresh, () => {})).length).toBe(1);
      expect(readFileSync(home.knownHosts, 'utf8').includes('|1|')).toBe(hashed);
      const options = [
        `UserKnownHostsFile=${home.knownHosts}`,
        'StrictHostKeyChecking=yes',
        'BatchMode=yes',
        `IdentityFile=${home.identity}`,
      ];
      const words = [
        '-F',
        'none',
        '-p',
        String(sshd.port),
        ...options.flatMap((option) => ['-o', option]),
        'root@127.0.0.1',
        'exit 7',
      ];
      expect(spawnSync('ssh', words).status).toBe(7);
    }
  });
});
