import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inventoryFile } from '../../../src/commands/defaults.ts';
import { runCli } from '../../../src/commands/program.ts';

const INVENTORY = `clusters:
  web:
    service: none
    hosts: { lb1: 192.0.2.1, lb2: 192.0.2.2 }
    vrrp_instances:
      VI_1: { virtual_router_id: 51, interface: eth0, virtual_ipaddress: [192.0.2.9/24], track_script: { own: { process: own } } }
`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'haprov-home-'));
  mkdirSync(join(home, '.config/haprov'), { recursive: true });
  writeFileSync(join(home, 'own.yaml'), INVENTORY);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function cli(argv: readonly string[], env: Record<string, string> = {}) {
  const streams = { input: new PassThrough(), out: new PassThrough(), err: new PassThrough() };
  const said = Promise.all([text(streams.out), text(streams.err)]);
  const io = { ...streams, env: { HOME: home, ...env }, signal: new AbortController().signal };
  const code = await runCli(argv, io);
  streams.out.end();
  streams.err.end();
  const [out, err] = await said;
  return { code, out, err };
}

const configure = (yaml: string): void => writeFileSync(join(home, '.config/haprov/config.yaml'), yaml);

describe('the inventory of a command that names none', () => {
  it('is what HAPROV_INVENTORY says, before the configuration', async () => {
    configure('inventory: /elsewhere.yaml\n');
    const env = { HOME: home, HAPROV_INVENTORY: join(home, 'own.yaml') };
    expect(await inventoryFile(undefined, { env })).toBe(join(home, 'own.yaml'));
    expect(await inventoryFile('given.yaml', { env })).toBe('given.yaml');
  });

  it('is what the configuration says, from its own directory or from home', async () => {
    configure('inventory: ~/own.yaml\n');
    expect(await inventoryFile(undefined, { env: { HOME: home } })).toBe(join(home, 'own.yaml'));
    const { code, out } = await cli(['lint']);
    expect(out).toContain('LINT 0 errors');
    expect(code).toBe(0);
  });

  it('is asked for where there is none', async () => {
    const { code, err } = await cli(['lint']);
    expect(code).toBe(3);
    expect(err).toContain('no inventory is named, and there is no inventory.yaml here');
  });
});

describe('the configuration', () => {
  it('with a key that does not exist is refused, with those that do', async () => {
    configure('invetory: a.yaml\n');
    const { code, err } = await cli(['lint', join(home, 'own.yaml')]);
    expect(code).toBe(3);
    expect(err).toContain('invetory');
    expect(err).toMatch(/Known keys: inventory, forks/);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s has every command, its options, and asks for names', async (shell) => {
    const { code, out } = await cli(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['switchover', 'explain', 'limit', 'haprov completion names']) expect(out).toContain(word);
  });

  it('names the clusters and hosts of the inventory, and nothing where there is none', async () => {
    const named = await cli(['completion', 'names'], { HAPROV_INVENTORY: join(home, 'own.yaml') });
    expect(named.out).toBe('web\nlb1\nlb2\n');
    expect((await cli(['completion', 'names'])).out).toBe('');
  });

  it('of another shell names those that there are', async () => {
    const { code, err } = await cli(['completion', 'csh']);
    expect(code).toBe(3);
    expect(err).toContain('bash, zsh, fish');
  });
});
