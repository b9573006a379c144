import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/inventory/problem.ts';
import { lintSecrets, listSecrets, resolveSecrets } from '../../../src/inventory/resolve-secrets.ts';
import { Secret } from '../../../src/inventory/secret.ts';
import { localSources, type SecretSources } from '../../../src/inventory/secret-sources.ts';
import { GOOD, good, withCluster, withInstance } from './support.ts';

const refuse = (what: string) => () => Promise.reject(new Error(`no ${what} expected`));

function sources(given: Partial<SecretSources>): SecretSources {
  return { env: {}, readFile: refuse('file'), runCommand: refuse('command'), prompt: refuse('prompt'), ...given };
}

const ALL = `ssh: { password: { file: ./pw } }\nbecome: { password: { command: [pass, show, sudo] } }\n${withCluster('notify: { slack_webhook: { env: HOOK } }', withInstance('auth_pass: { env: PASS }'))}`;

describe('secrets', () => {
  it('come from the environment, a file beside the inventory and a program, each asked once', async () => {
    const asked: string[] = [];
    const { inventory, problems } = await resolveSecrets(
      good(ALL),
      sources({
        env: { HOOK: 'https://hooks.slack.com/services/T/B/x', PASS: 'abcd1234' },
        readFile: (path) => {
          asked.push(path);
          return Promise.resolve('from file\n');
        },
        runCommand: (argv, directory) => {
          asked.push(`${directory}: ${argv.join(' ')}`);
          return Promise.resolve('from program\r\n');
        },
      }),
    );
    expect(problems).toEqual([]);
    expect(asked).toEqual(['/srv/ha/pw', '/srv/ha: pass show sudo']);
    expect(new Set(listSecrets(inventory).map((secret) => secret.reveal()))).toEqual(
      new Set(['from file', 'from program', 'abcd1234', 'https://hooks.slack.com/services/T/B/x']),
    );
  });

  it('are all reported when missing, each where the inventory names it', async () => {
    const { inventory, problems } = await resolveSecrets(
      good(ALL),
      sources({
        readFile: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOENT' })),
        runCommand: () => Promise.reject(new Error('pass ended with status 1')),
      }),
    );
    expect(problems.map(formatProblem)).toEqual([
      'inventory.yaml:1:18 error: no SSH password: there is no file /srv/ha/pw [secret-missing]',
      'inventory.yaml:2:21 error: no sudo password: pass ended with status 1 [secret-missing]',
      'inventory.yaml:19:11 error: no auth_pass: the environment variable PASS is not set [secret-missing]',
      'inventory.yaml:22:9 error: no Slack webhook: the environment variable HOOK is not set [secret-missing]',
    ]);
    expect(listSecrets(inventory).some((secret) => secret.resolved)).toBe(false);
  });

  it.each([
    ['PASS', 'toolong123', 'auth-length'],
    ['PASS', 'a b#c', 'auth-characters'],
    ['HOOK', 'https://hooks/$(id)', 'webhook'],
    ['HOOK', 'ftp://hooks/x', 'webhook'],
    ['HOOK', 'https://hooks/x\nsecond', 'secret-missing'],
    ['PASS', '', 'secret-missing'],
  ])('%s=%j is refused once it is known, and not shown', async (name, value, rule) => {
    const text = withCluster('notify: { slack_webhook: { env: HOOK } }', withInstance('auth_pass: { env: PASS }'));
    const { problems } = await resolveSecrets(
      good(text),
      sources({ env: { HOOK: 'https://hooks.example/x', PASS: 'abcd', [name]: value } }),
    );
    expect(problems.map((problem) => problem.rule)).toEqual([rule]);
    if (value !== '') expect(JSON.stringify(problems)).not.toContain(value);
  });

  it('are only warned of by lint, which runs no program', async () => {
    const problems = await lintSecrets(
      good(ALL),
      sources({ env: { PASS: 'toolong123' }, readFile: () => Promise.resolve('x') }),
    );
    expect(problems.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'warning auth-length',
      'warning secret-missing',
    ]);
  });

  it('never show themselves, not even in an inventory that is printed', async () => {
    const inventory = good(`ssh: { password: canary-value }\n${GOOD}`);
    expect(
      inspect(inventory, { depth: 20 }) + JSON.stringify(inventory) + String(listSecrets(inventory)[0]),
    ).not.toContain('canary-value');
    expect(JSON.stringify(inventory)).toContain(Secret.MASK);
  });
});

describe('this machine’s sources', () => {
  const { readFile, runCommand } = localSources();

  it('run a program without a shell, in the inventory’s directory', async () => {
    expect(await runCommand(['/bin/sh', '-c', 'pwd; printf %s "$1"', 'sh', '$(id)'], '/')).toBe('/\n$(id)');
  });

  it('tell a program that fails, and one that is not there, apart', async () => {
    await expect(runCommand(['/bin/sh', '-c', 'echo locked >&2; exit 3'], '/')).rejects.toThrow(
      '/bin/sh ended with status 3: locked',
    );
    await expect(runCommand(['/no/such/program'], '/')).rejects.toThrow('cannot run /no/such/program: ENOENT');
    await expect(runCommand(['/bin/sh', '-c', 'yes'], '/')).rejects.toThrow('more than 64 KiB');
  });

  it('read a file, and refuse a large one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'haprov-secret-'));
    try {
      await writeFile(join(directory, 'small'), 'value\n');
      await writeFile(join(directory, 'large'), Buffer.alloc(70_000, 'x'));
      expect(await readFile(join(directory, 'small'))).toBe('value\n');
      await expect(readFile(join(directory, 'large'))).rejects.toThrow('64 KiB');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
