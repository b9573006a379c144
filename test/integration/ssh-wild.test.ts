import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Lab } from '../../docker/lab-handle.ts';
import { quote } from '../../src/transport/quote.ts';
import { type HaprovResult, haprov } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, journalCursor, sshLogSince, until } from '../support/lab-facts.ts';
import { addressOf, pair } from '../support/lab-inventory.ts';
import { BARE_VIP, OWN_VIP, VIPS } from '../support/lab-topology.ts';

/** Each kind of host that only an administrator's own ssh_config and known_hosts lead to. */
const CERTIFIED = ['own1', 'own2'] as const;
const POST_QUANTUM = ['bare1', 'bare2'] as const;
const BEHIND_TWO = ['in1', 'in2'] as const;
const HOSTS = [...CERTIFIED, ...POST_QUANTUM, ...BEHIND_TWO];
/** The outer bastion; the lab's jump host is the inner one. */
const OUTER = 'web1';
const CLUSTERS = [
  { hosts: CERTIFIED, vip: OWN_VIP },
  { hosts: POST_QUANTUM, vip: BARE_VIP },
  { hosts: BEHIND_TWO, vip: VIPS.inner },
];

/** An administrator's home, as the ssh of a user finds it: by the account, whatever $HOME says. */
interface Home {
  readonly directory: string;
  /** Words to run a program with, so that the account's home is this one. */
  readonly at: readonly string[];
  readonly inventory: string;
}

function keygen(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('ssh-keygen', ['-q', ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function makeHome(): Home {
  const directory = mkdtempSync(join(tmpdir(), 'haprov-admin-'));
  mkdirSync(join(directory, '.ssh'), { mode: 0o700 });
  const accounts = join(directory, 'passwd');
  const own = readFileSync('/etc/passwd', 'utf8').replace(/^(root:(?:[^:]*:){4})[^:]*/m, `$1${directory}`);
  writeFileSync(accounts, own);
  const script = `mount --bind ${quote(accounts)} /etc/passwd && exec "$@"`;
  return {
    directory,
    at: ['unshare', '--mount', 'sh', '-c', script, 'sh'],
    inventory: join(directory, 'inventory.yaml'),
  };
}

/** The keys, the authority and the files that the administrator has. */
function fillHome({ directory, inventory }: Home, lab: Lab): void {
  const ssh = join(directory, '.ssh');
  for (const name of ['id_ed25519', 'certified']) {
    copyFileSync(join(lab.dir, 'key'), join(ssh, name));
    chmodSync(join(ssh, name), 0o600);
  }
  keygen('-t', 'ed25519', '-N', '', '-C', 'authority', '-f', join(directory, 'ca'));
  copyFileSync(join(lab.dir, 'key.pub'), join(ssh, 'certified.pub'));
  keygen('-s', join(directory, 'ca'), '-I', 'admin', '-n', 'deploy', join(ssh, 'certified.pub'));
  const authority = readFileSync(join(directory, 'ca.pub'), 'utf8').trim();
  const others = readFileSync(join(lab.dir, 'known_hosts'), 'utf8').replaceAll(
    new RegExp(`^${addressOf('own1').replaceAll('.', '\\.')}[ ,].*\n`, 'gm'),
    '',
  );
  writeFileSync(join(ssh, 'known_hosts'), `${others}@cert-authority ${addressOf('own1')} ${authority}\n`);
  const block = (name: string, ...lines: readonly string[]): string =>
    [`Host ${name}`, `  HostName ${addressOf(name)}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
  const config = [
    ...['own1', OUTER, ...POST_QUANTUM].map((name) => block(name)),
    block('own2', 'IdentityFile ~/.ssh/certified', 'IdentitiesOnly yes'),
    block('jump', `ProxyJump ${OUTER}`),
    ...BEHIND_TWO.map((name) => block(name, 'ProxyJump jump')),
    'Host *\n  User deploy\n',
  ];
  writeFileSync(join(ssh, 'config'), config.join('\n'), { mode: 0o600 });
  const clusters = CLUSTERS.map(({ hosts: [first, second], vip }, index) => {
    const cluster = pair([first, second], 'none', 91 + index, vip, { nopreempt: false });
    return [`c${index}`, { ...cluster, hosts: { [first]: first, [second]: second } }];
  });
  writeFileSync(inventory, stringify({ clusters: Object.fromEntries(clusters) }), { mode: 0o600 });
}

/**
 * Lines of sshd_config, put before the stock ones, and what they need; taken back with the file. A reload would return
 * before sshd has read them; a restart ends once it listens again.
 */
async function configure(lab: Lab, host: string, lines: readonly string[], before = 'true'): Promise<void> {
  const file = '/etc/ssh/sshd_config.d/wild.conf';
  const input = `${lines.join('\n')}\n`;
  await must(lab, host, before);
  const { code, stderr } = await lab.exec(host, `cat >${file} && sshd -t && systemctl restart ssh`, { input });
  if (code !== 0) throw new Error(`${host}: ${stderr}`);
}

async function signHostKey(lab: Lab, host: string, { directory }: Home): Promise<string> {
  const file = join(directory, `${host}.pub`);
  writeFileSync(file, await must(lab, host, 'cat /etc/ssh/ssh_host_ed25519_key.pub'));
  keygen('-s', join(directory, 'ca'), '-I', host, '-h', '-n', addressOf(host), file);
  return readFileSync(join(directory, `${host}-cert.pub`), 'utf8');
}

async function makeWild(lab: Lab, home: Home): Promise<void> {
  const certificate = await signHostKey(lab, 'own1', home);
  const authority = readFileSync(join(home.directory, 'ca.pub'), 'utf8');
  const put = (path: string, text: string): string => `printf %s ${quote(text)} >${path}`;
  const certificates = ['HostCertificate /etc/ssh/wild-cert.pub', 'HostKey /etc/ssh/ssh_host_ed25519_key'];
  const users = ['TrustedUserCAKeys /etc/ssh/wild-ca.pub', 'AuthorizedKeysFile none', 'PasswordAuthentication no'];
  await Promise.all([
    configure(lab, 'own1', certificates, put('/etc/ssh/wild-cert.pub', certificate)),
    configure(lab, 'own2', users, put('/etc/ssh/wild-ca.pub', authority)),
    ...POST_QUANTUM.map((host) => configure(lab, host, ['KexAlgorithms sntrup761x25519-sha512@openssh.com'])),
    configure(lab, 'jump', [`AllowUsers deploy@${addressOf(OUTER)}`]),
  ]);
}

describeOnLab('hosts that an administrator reaches by ssh_config and known_hosts, and no option', () => {
  const home = makeHome();
  let lab: Lab;
  let applied: HaprovResult;
  let second: HaprovResult;
  let verbose: HaprovResult;
  let outerLogins: number;
  const greetings = new Map<string, string>();
  const holders = new Map<string, readonly string[]>();
  const run = (...words: readonly string[]): Promise<HaprovResult> =>
    haprov(words, { env: { HOME: home.directory }, cwd: home.directory, through: home.at });

  beforeAll(async () => {
    lab = await testLab([...HOSTS, OUTER, 'jump', 'client']);
    fillHome(home, lab);
    await makeWild(lab, home);
    applied = await run('apply', 'inventory.yaml', '--yes');
    for (const { hosts, vip } of CLUSTERS) {
      const settled = until(
        () => holdersOf(lab, hosts, vip),
        (found) => found.join() === hosts[0],
        15_000,
      );
      holders.set(vip, await settled);
      const ask = `exec 3<>/dev/tcp/${vip}/22 && head -c 4 <&3`;
      greetings.set(vip, (await lab.exec('client', `timeout 5 bash -c ${quote(ask)}`)).stdout);
    }
    const cursor = await journalCursor(lab, OUTER);
    verbose = await run('plan', 'inventory.yaml', '--verbose');
    outerLogins = (await sshLogSince(lab, OUTER, cursor)).logins;
    second = await run('apply', 'inventory.yaml', '--yes', '--json');
  });
  afterAll(() => {
    rmSync(home.directory, { recursive: true, force: true });
  });

  it('are all applied to', () => {
    expect(`${applied.stdout}${applied.stderr}`).toContain('6 changed');
    expect(applied.code).toBe(0);
  });

  it.each(CLUSTERS)('serve $vip', ({ hosts, vip }) => {
    expect(holders.get(vip)).toEqual([hosts[0]]);
    expect(greetings.get(vip)).toBe('SSH-');
  });

  it('have nothing to change the second time', () => {
    const summary: { hosts: Record<string, { status: string; changes: number }> } = JSON.parse(
      second.stdout.trim().split('\n').at(-1) ?? '',
    );
    expect(Object.entries(summary.hosts).map(([host, { status, changes }]) => `${host} ${status} ${changes}`)).toEqual(
      HOSTS.map((host) => `${host} ok 0`),
    );
  });

  it('are reached by the client that each needs, and it is told why', () => {
    const of = (host: string): string => {
      const from = verbose.stdout.split(/^ssh /m).find((part) => part.split('\n  user')[0]?.includes(host));
      return /^ *transport .*$/m.exec(from ?? '')?.[0] ?? verbose.stdout + verbose.stderr;
    };
    expect(of('own1')).toMatch(/openssh +its host key is vouched for by a certificate authority/);
    expect(of('own2')).toMatch(/openssh +it presents a user certificate/);
    for (const host of POST_QUANTUM) expect(of(host)).toMatch(/openssh +the built-in client .*key exchange/);
    for (const host of BEHIND_TWO) expect(of(host)).toMatch(/ssh2 /);
  });

  it('share one connection to each bastion', () => {
    expect(outerLogins).toBe(1);
  });

  it('refuse who comes past the outer bastion, and who shows no certificate', async () => {
    const plain = [
      '-F',
      '/dev/null',
      '-i',
      join(lab.dir, 'key'),
      '-o',
      'BatchMode=yes',
      '-o',
      'StrictHostKeyChecking=no',
    ];
    const refused = (host: string): number | null => {
      const known = ['-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentitiesOnly=yes'];
      return spawnSync('ssh', [...plain, ...known, `deploy@${addressOf(host)}`, 'true']).status;
    };
    expect([refused('jump'), refused('in1'), refused('own2')]).toEqual([255, 255, 255]);
  });
});
