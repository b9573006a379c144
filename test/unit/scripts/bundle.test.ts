import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const INVENTORY = `
ssh: { user: deploy, known_hosts_file: ./known_hosts, proxy_jump: ['ops@127.0.0.1:1'] }
clusters:
  web:
    service: SERVICE
    hosts: { lb1: 192.0.2.1, lb2: 192.0.2.2 }
    vrrp_instances:
      VI_1: { virtual_router_id: 51, interface: eth0, priority: { lb1: 100, lb2: 90 }, virtual_ipaddress: [192.0.2.100/24] }
`;

let directory: string;

/** Runs the one file where nothing else is. */
function haprov(...args: string[]) {
  const env = { PATH: '/usr/bin:/bin', HOME: directory, NO_COLOR: '1' };
  return spawnSync(process.execPath, ['haprov.mjs', ...args], { cwd: directory, env, encoding: 'utf8' });
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'haprov-bundle-'));
  const made = join(directory, 'made.mjs');
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle.mjs', made], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  copyFileSync(made, join(directory, 'haprov.mjs'));
  rmSync(made);
  expect(readdirSync(directory)).toEqual(['haprov.mjs']);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('is one file that tells the version of its package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(haprov('--version').stdout).toBe(`${version}\n`);
});

it.each(['nginx', 'haproxy', 'none'])(
  'has the playbook for %s and its files: all is read before a host is asked',
  (service) => {
    writeFileSync(join(directory, 'inventory.yaml'), INVENTORY.replace('SERVICE', service));
    const { status, stdout, stderr } = haprov('plan', 'inventory.yaml', '--json');
    expect(stderr).not.toMatch(/playbook|cannot read|there is no/);
    expect(status).toBe(4);
    const { hosts } = JSON.parse(stdout);
    for (const host of ['lb1', 'lb2']) expect(hosts[host].error.message).toContain('connection refused by 127.0.0.1:1');
  },
);

it('has the relay for --from', () => {
  const text = readFileSync(join(directory, 'haprov.mjs'), 'utf8');
  expect(text).toContain('/haprov:embedded/relay.br');
  // Looked for only when the jump host was reached; a missing one would be an error of another kind.
  const { stdout } = haprov('plan', 'inventory.yaml', '--json', '--from', 'ops@127.0.0.3:1');
  expect(JSON.parse(stdout).hosts.lb1.error.message).toContain('connection refused by 127.0.0.3:1');
});

it('has the host program', () => {
  const text = readFileSync(join(directory, 'haprov.mjs'), 'utf8');
  expect(text).toContain('/haprov:embedded/src/host/lib.sh');
  expect(text).not.toContain('new URL("./",import.meta.url)');
});
