import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/commands/program.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line without a terminal. */
async function cli(...argv: readonly string[]): Promise<Ended> {
  const streams = { input: new PassThrough(), out: new PassThrough(), err: new PassThrough() };
  const text = { out: '', err: '' };
  for (const name of ['out', 'err'] as const) {
    streams[name].on('data', (chunk: Buffer) => {
      text[name] += chunk.toString();
    });
  }
  const env = { LANG: 'C.UTF-8', XDG_STATE_HOME: directory };
  const code = await runCli(argv, { ...streams, env, signal: new AbortController().signal });
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...text };
}

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haprov-cli-'));
  file = join(directory, 'inventory.yaml');
  // Nothing listens on port 1.
  writeFileSync(
    file,
    `ssh: { user: nobody, port: 1, known_hosts_file: ${join(directory, 'known_hosts')} }
clusters:
  web:
    service: none
    hosts: { lb1: 127.0.0.1, lb2: 127.0.0.2 }
    vrrp_instances:
      VI_1:
        virtual_router_id: 51
        interface: eth0
        priority: { lb1: 150, lb2: 100 }
        virtual_ipaddress: [192.168.1.100/32]
`,
  );
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('rollback and remove', () => {
  it.each([['rollback', '--undo', 'last'], ['rollback', '--undo', 'r1', '--json'], ['remove'], ['remove', '--purge']])(
    'without a terminal and without --yes end with 3, before anything is connected to: %s %s %s',
    async (...argv) => {
      const [command = '', ...more] = argv;
      const { code, out, err } = await cli(command, file, ...more);
      expect([code, out]).toEqual([3, '']);
      expect(err).toContain('Add --yes');
    },
  );

  it('of an inventory that is not there end with 3', async () => {
    for (const command of ['rollback', 'remove']) {
      expect(await cli(command, join(directory, 'none.yaml'), '--dry-run')).toMatchObject({ code: 3, out: '' });
    }
  });

  it('name every host that could not be reached, and end with 4', async () => {
    const list = await cli('rollback', file);
    expect(list.code).toBe(4);
    expect(list.out).toMatch(
      /UNREACHABLE +lb1[\s\S]*UNREACHABLE +lb2[\s\S]*ROLLBACK 0 runs, 0 can be undone; 2 hosts not asked\n$/,
    );
    expect((await cli('remove', file, '--dry-run')).code).toBe(4);
  });

  it('give JSON and nothing else on stdout', async () => {
    const { code, out } = await cli('rollback', file, '--json');
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ format: 1, runs: [], errors: { lb1: { status: 'unreachable' }, lb2: {} } });
  });

  it('do not say that a run is unknown where its host could not be asked', async () => {
    const { code, err } = await cli('rollback', file, '--undo', 'r1', '--dry-run');
    expect(code).toBe(1);
    expect(err).toContain('no host that could be asked has a run r1; lb1: ');
  });
});
