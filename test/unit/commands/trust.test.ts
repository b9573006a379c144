import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/commands/program.ts';
import { type TestHome, testHome, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { startSshServer, type TestServer } from '../../support/ssh-server.ts';

const clientKey = testKey();
const keys = { bastion: testKey(), one: testKey(), two: testKey() };
const stranger = testKey();
const ENTER = '\r';

let home: TestHome;
let servers: { bastion: TestServer; one: TestServer; two: TestServer };
let file: string;

beforeEach(async () => {
  home = testHome(clientKey);
  const serve = (key: typeof stranger) => startSshServer({ hostKeys: [key], authorizedKeys: [clientKey] });
  servers = { bastion: await serve(keys.bastion), one: await serve(keys.one), two: await serve(keys.two) };
  file = join(home.directory, 'inventory.yaml');
  writeInventory();
});
afterEach(async () => {
  for (const server of Object.values(servers)) await server.close();
  home.remove();
});

/** Two hosts behind a bastion; the VIP's secret is set nowhere. */
function writeInventory(ssh = ''): void {
  const { bastion, one, two } = servers;
  writeFileSync(
    file,
    `ssh: { user: deploy, identity_file: identity, known_hosts_file: known_hosts, config_file: none, proxy_jump: ["ops@127.0.0.1:${bastion.port}"]${ssh} }
become: { password: { env: NOWHERE } }
clusters:
  web:
    service: none
    hosts:
      lb1: { address: 127.0.0.1, ssh: { port: ${one.port} } }
      lb2: { address: 127.0.0.1, ssh: { port: ${two.port} } }
    vrrp_instances:
      VI_1: { virtual_router_id: 51, interface: eth0, priority: { lb1: 150, lb2: 100 }, virtual_ipaddress: [10.9.9.9/32], auth_pass: { env: NOWHERE } }
`,
  );
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line; with `answer` on a terminal, where that is typed at the question. */
async function cli(argv: readonly string[], answer?: string): Promise<Ended> {
  const tty = answer === undefined ? {} : { isTTY: true };
  const streams = {
    input: Object.assign(new PassThrough(), tty),
    out: Object.assign(new PassThrough(), tty),
    err: new PassThrough(),
  };
  const text = { out: '', err: '' };
  let asked = false;
  for (const name of ['out', 'err'] as const) {
    streams[name].on('data', (chunk: Buffer) => {
      text[name] += chunk.toString();
      if (answer === undefined || asked || !text.out.includes('Add ')) return;
      asked = true;
      setImmediate(() => streams.input.write(answer));
    });
  }
  const env = { LANG: 'C.UTF-8', NO_COLOR: '1', PATH: process.env['PATH'] };
  const code = await runCli(argv, { ...streams, env, signal: new AbortController().signal });
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...text };
}

const lines = (): string[] => [
  trusted(servers.bastion.port, keys.bastion),
  trusted(servers.one.port, keys.one),
  trusted(servers.two.port, keys.two),
];

describe('trust', () => {
  it('adds the keys of bastion and hosts with --yes, says which, and has nothing to do afterwards', async () => {
    const first = await cli(['trust', file, '--yes']);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out.match(/^NEW .*SHA256:\S{43} {2}ED25519$/gm)?.length).toBe(3);
    expect(first.out).toContain('TRUST 3 new, 0 known\nAdded 3 keys to ');
    expect(readFileSync(home.knownHosts, 'utf8').trim().split('\n')).toEqual(lines());
    const second = await cli(['trust', file, '--yes']);
    expect([second.code, second.out, second.err]).toEqual([0, 'TRUST 0 new, 3 known\n', '']);
    expect(existsSync(`${home.knownHosts}.lock`)).toBe(false);
  });

  it('asks on a terminal, adds after yes, and adds nothing after no or Enter', async () => {
    for (const answer of ['n\r', ENTER]) {
      const { code, err } = await cli(['trust', file], answer);
      expect([code, err]).toEqual([1, 'Nothing was added.\n']);
      expect(existsSync(home.knownHosts)).toBe(false);
    }
    expect(await cli(['trust', file], 'y\r')).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(home.knownHosts, 'utf8').trim().split('\n')).toEqual(lines());
    expect((await cli(['trust', file], ENTER)).out).toBe('TRUST 0 new, 3 known\n');
  });

  it('without a terminal and without --yes ends with 3, before anything is connected to', async () => {
    for (const more of [[], ['--json']]) {
      const { code, out, err } = await cli(['trust', file, ...more]);
      expect([code, out]).toEqual([3, '']);
      expect(err).toContain('Add --yes');
    }
    expect(servers.bastion.accepted).toBe(0);
  });

  it('never replaces a changed key, adds the others, and ends with 1', async () => {
    home.trust('# mine', trusted(servers.two.port, stranger));
    const { code, out } = await cli(['trust', file, '--yes']);
    expect(code).toBe(1);
    expect(out).toMatch(/^CHANGED .*\n {2}was +known_hosts:2 /m);
    const added = readFileSync(home.knownHosts, 'utf8').trim().split('\n');
    expect(added).toEqual(['# mine', trusted(servers.two.port, stranger), ...lines().slice(0, 2)]);
  });

  it('ends with 4 where a host cannot be reached, and adds the others', async () => {
    await servers.two.close();
    const { code, out } = await cli(['trust', file, '--yes', '--verbose']);
    expect(code).toBe(4);
    expect(out).toMatch(/^UNREACHABLE {2}web\/lb2 /m);
    expect(readFileSync(home.knownHosts, 'utf8').trim().split('\n')).toEqual(lines().slice(0, 2));
  });

  it('is one JSON document with --json', async () => {
    const { code, out, err } = await cli(['trust', file, '--yes', '--json']);
    expect([code, err]).toEqual([0, '']);
    const { format, added, keys: shown } = JSON.parse(out);
    expect([format, added]).toEqual([1, 3]);
    expect(shown).toMatchObject([
      { host: '127.0.0.1', hop: true, status: 'new', added: true, name: `[127.0.0.1]:${servers.bastion.port}` },
      { host: 'web/lb1', hop: false },
      { host: 'web/lb2', fingerprint: expect.stringMatching(/^SHA256:/), error: null },
    ]);
  });

  it('takes --limit and --jump as plan does', async () => {
    expect((await cli(['trust', file, '--yes', '--limit', 'lb2', '--verbose'])).out).toMatch(/TRUST 2 new/);
    expect((await cli(['trust', file, '--yes', '--limit', 'nobody'])).code).toBe(3);
    expect((await cli(['trust', file, '--yes', '--jump', 'a b'])).code).toBe(3);
  });

  it('logs in to no host, runs nothing, and wants no secret that is not for a jump host', async () => {
    await cli(['trust', file, '--yes']);
    const { bastion, one, two } = servers;
    expect([one, two].flatMap(({ authAttempts }) => authAttempts)).toEqual([]);
    expect([bastion, one, two].flatMap(({ commands }) => commands)).toEqual([]);
    writeInventory(', password: { env: NOWHERE }');
    const { code, err } = await cli(['trust', file, '--yes']);
    expect(code).toBe(3);
    expect(err).toContain('NOWHERE');
  });
});
