import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/commands/program.ts';
import { type TestHome, testHome } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';

let home: TestHome;
let file: string;

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

beforeEach(async () => {
  home = testHome(testKey());
  file = join(home.directory, 'inventory.yaml');
  const port = await closedPort();
  writeFileSync(
    file,
    `ssh: { user: deploy, port: ${port}, identity_file: identity, known_hosts_file: known_hosts, config_file: none }
clusters:
  web:
    service: none
    hosts: { lb1: { address: 127.0.0.1 }, lb2: { address: 127.0.0.2 } }
    vrrp_instances:
      VI_1: { virtual_router_id: 51, interface: eth0, priority: { lb1: 150, lb2: 100 }, virtual_ipaddress: [10.9.9.9/32] }
`,
  );
});
afterEach(() => home.remove());

async function cli(...argv: string[]) {
  const streams = { input: new PassThrough(), out: new PassThrough(), err: new PassThrough() };
  const said = Promise.all([text(streams.out), text(streams.err)]);
  const code = await runCli(argv, { ...streams, env: { HOME: home.directory }, signal: new AbortController().signal });
  streams.out.end();
  streams.err.end();
  const [out, err] = await said;
  return { code, out, err };
}

describe('haprov doctor', () => {
  it('of hosts that cannot be asked says so of each, and ends with 4', async () => {
    const { code, out } = await cli('doctor', file);
    expect(code).toBe(4);
    expect(out).toMatch(/^fail {2}web\/lb1 {2}HD001 ssh .*refused/m);
    expect(out).toMatch(/^DOCTOR \d+ ok, 0 warn, 2 fail, \d+ skip on 2 hosts$/m);
    expect(out).toMatch(/Doctor found 2 problems on 2 hosts\.\n$/);
  });

  it('puts nothing but JSON on stdout', async () => {
    const { code, out } = await cli('doctor', file, '--json');
    expect(code).toBe(4);
    const { format, findings } = JSON.parse(out);
    expect(format).toBe(1);
    expect(Object.keys(findings[0])).toEqual(['id', 'host', 'cluster', 'status', 'name', 'evidence', 'why', 'fix']);
  });

  it('with --fix leaves hosts alone where apply has nothing to mend', async () => {
    const { code, out } = await cli('doctor', file, '--fix', '--yes');
    expect(code).toBe(4);
    expect(out.match(/^DOCTOR/gm)).toHaveLength(1);
  });
});

describe('haprov logs', () => {
  it('of hosts that cannot be read says so of each, and ends with 4', async () => {
    const { code, out, err } = await cli('logs', file, '--json');
    expect(code).toBe(4);
    expect(out).toBe('');
    expect(err).toMatch(/^LOST {2}lb1 {2}connect: .*refused/m);
    expect(err).not.toContain('trying again');
  });

  it.each([
    ['--since', 'soon', 'is no time'],
    ['--grep', '(', 'is no regular expression'],
  ])('refuses %s %s before it connects', async (option, value, message) => {
    const { code, err } = await cli('logs', file, option, value);
    expect(code).toBe(3);
    expect(err).toContain(message);
    expect(err).not.toContain('LOST');
  });
});
