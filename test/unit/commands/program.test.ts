import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/commands/program.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line without a terminal. */
async function cli(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const streams = { input: new PassThrough(), out: new PassThrough(), err: new PassThrough() };
  const text = { out: '', err: '' };
  for (const name of ['out', 'err'] as const) {
    streams[name].on('data', (chunk: Buffer) => {
      text[name] += chunk.toString();
    });
  }
  const code = await runCli(argv, {
    ...streams,
    env: { LANG: 'C.UTF-8', ...env },
    signal: new AbortController().signal,
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...text };
}

const example = (name: string): string => fileURLToPath(new URL(`../../../inventory/${name}.yaml`, import.meta.url));

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haprov-cli-'));
  file = join(directory, 'inventory.yaml');
});
afterEach(() => rmSync(directory, { recursive: true }));

const BROKEN = 'clusters:\n  web:\n    service: ngnix\n    hosts: { lb1: 10.0.0.1 }\n';

describe('wrong usage', () => {
  it.each([
    [['aply', 'x.yaml'], 'aply'],
    [['plan'], 'inventory'],
    [['plan', 'x.yaml', '--no-such-option'], '--no-such-option'],
    [['plan', 'x.yaml', 'y.yaml'], 'too many arguments'],
    [['plan', 'x.yaml', '--forks', '0'], 'whole number from 1 to 1000'],
    [['plan', 'x.yaml', '--forks', '1e3'], 'whole number'],
    [['plan', 'x.yaml', '--limit'], '--limit'],
    [['init', 'a=1', 'b=2', '--vrid', '256'], 'from 1 to 255'],
    [[], 'Usage: haprov'],
  ])('%j ends with 3, and says what is wrong on stderr', async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain(message);
  });

  it.each(['plan', 'apply', 'lint'])('%s of an inventory that is not there ends with 3', async (command) => {
    for (const more of [[], ['--json']]) {
      const { code, out, err } = await cli([command, file, ...(command === 'apply' ? ['--yes'] : []), ...more]);
      // What lint finds is its result, and goes to stdout.
      expect([code, command === 'lint' ? '' : out]).toEqual([3, '']);
      expect(`${out}${err}`).toContain('inventory.yaml');
    }
  });

  it('apply without a terminal and without --yes ends with 3, before anything is connected to', async () => {
    const { code, out, err } = await cli(['apply', example('minimal')]);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('Add --yes');
  });

  it('a limit that names nobody ends with 3', async () => {
    const { code, out, err } = await cli(['plan', example('minimal'), '--limit', 'lb9']);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('lb9');
  });

  it('a jump that is no hop ends with 3', async () => {
    const { code, err } = await cli(['plan', example('minimal'), '--jump', 'a b@c:99999']);
    expect(code).toBe(3);
    expect(err).toContain('--jump');
  });

  it('tags that no task has end with 3', async () => {
    expect(await cli(['plan', example('minimal'), '--tags', 'nope'])).toMatchObject({ code: 3, out: '' });
  });
});

describe('an inventory with errors', () => {
  it.each([
    ['plan', []],
    ['plan', ['--json']],
    ['apply', ['--yes', '--json']],
    ['apply', ['--yes']],
  ])('ends %s %j with 3, its problems on stderr and nothing on stdout', async (command, more) => {
    writeFileSync(file, BROKEN);
    const { code, out, err } = await cli([command, file, ...more]);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/inventory\.yaml:3:14/);
  });

  it('is told by lint as JSON, and nothing but JSON', async () => {
    writeFileSync(file, BROKEN);
    const { code, out, err } = await cli(['lint', file, '--json']);
    expect([code, err]).toEqual([3, '']);
    const { problems } = JSON.parse(out);
    expect(problems).toContainEqual({
      file,
      line: 3,
      column: 14,
      severity: 'error',
      rule: expect.any(String),
      message: expect.any(String),
    });
  });
});

describe('lint', () => {
  it('ends with 0 for a good inventory, with the proof of its failover', async () => {
    const { code, out } = await cli(['lint', example('minimal')]);
    expect(code).toBe(0);
    expect(out).toContain('VI_1');
  });

  it('of a good inventory is JSON with --json', async () => {
    const { code, out, err } = await cli(['lint', example('minimal'), '--json']);
    expect([code, err]).toEqual([0, '']);
    expect(Array.isArray(JSON.parse(out).problems)).toBe(true);
  });

  it('reads the playbook too', async () => {
    writeFileSync(join(directory, 'p.yaml'), 'tasks:\n  - name: a\n    servce: {}\n');
    writeFileSync(
      file,
      readFileSync(example('minimal'), 'utf8').replace(
        '    service: nginx\n',
        '    service: nginx\n    playbook: ./p.yaml\n',
      ),
    );
    const { code, err, out } = await cli(['lint', file]);
    expect(code).toBe(3);
    expect(`${out}${err}`).toContain("did you mean 'service'");
  });

  it('prints no colours without a terminal', async () => {
    const { out, err } = await cli(['lint', example('tutorial')]);
    expect(`${out}${err}`).not.toContain('\u001b');
  });
});

describe('a host that cannot be reached', () => {
  /** Two hosts behind a jump host at a port of this machine where nobody listens. */
  const unreachable = (): void => {
    writeFileSync(join(directory, 'known_hosts'), '');
    const ssh =
      'ssh: { user: root, proxy_jump: [root@127.0.0.1:1], connect_timeout: 2, known_hosts_file: ./known_hosts }';
    writeFileSync(file, `${ssh}\nbecome: false\n${readFileSync(example('minimal'), 'utf8')}`);
  };

  it('ends plan with 4, as JSON that names it', async () => {
    unreachable();
    const { code, out } = await cli(['plan', file, '--json']);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      format: 1,
      changes: 0,
      hosts: { lb1: { status: 'unreachable', changes: [] }, lb2: { status: 'unreachable' } },
    });
  });

  it('is the same with apply --dry-run', async () => {
    unreachable();
    expect((await cli(['apply', file, '--dry-run', '--json'])).code).toBe(4);
  });

  it('ends apply with 4, the last event a summary of every host', async () => {
    unreachable();
    const { code, out } = await cli(['apply', file, '--yes', '--json']);
    expect(code).toBe(4);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({
      event: 'summary',
      hosts: { lb1: { status: 'unreachable' }, lb2: { status: 'unreachable' } },
    });
    for (const event of events) expect(event).toMatchObject({ event: expect.any(String), time: expect.any(String) });
  });

  it('is shown although the plan cannot be saved', async () => {
    unreachable();
    const { code, out, err } = await cli(['plan', file, '--out', join(directory, 'plan.json')]);
    expect(code).toBe(1);
    expect(out).toContain('lb1');
    expect(err).toContain('was not saved');
    expect(existsSync(join(directory, 'plan.json'))).toBe(false);
  });

  it('ends with an error in which no secret stands', async () => {
    unreachable();
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/^( +)(virtual_router_id:.*)$/m, '$1$2\n$1auth_pass: hunter22'));
    expect(readFileSync(file, 'utf8')).toContain('auth_pass: hunter22');
    const { code, err } = await cli(['plan', file, '--out', join(directory, 'hunter22.json')]);
    expect(code).toBe(1);
    expect(err).toContain('********.json');
    expect(err).not.toContain('hunter22');
  });
});

describe('help', () => {
  it('lists the commands, and ends with 0', async () => {
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const command of ['apply', 'plan', 'lint', 'schema', 'init']) expect(out).toContain(command);
  });

  it.each(['apply', 'plan'])('of %s lists the options of the contract', async (command) => {
    const { code, out } = await cli([command, '--help']);
    expect(code).toBe(0);
    const own = command === 'apply' ? ['--dry-run', '--yes', '--plan'] : ['--out'];
    for (const option of [
      '--limit',
      '--jump',
      '--forks',
      '--json',
      '--detailed-exitcode',
      '--no-color',
      '--verbose',
      ...own,
    ])
      expect(out).toContain(option);
  });

  it('has a version', async () => {
    expect(await cli(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
});

describe('init', () => {
  const argv = (): string[] => [
    'init',
    'lb1=192.168.1.10',
    'lb2=192.168.1.11',
    '--vip',
    '192.168.1.100/24',
    '--service',
    'nginx',
    '--interface',
    'eth0',
    '--user',
    'deploy',
    '--output',
    file,
  ];

  it('writes an inventory that lint accepts', async () => {
    expect((await cli(argv())).code).toBe(0);
    expect((await cli(['lint', file])).code).toBe(0);
  });

  it('never overwrites one that is there, unless it is told to', async () => {
    writeFileSync(file, 'mine');
    const { code, err } = await cli(argv());
    expect(code).toBe(3);
    expect(err).toContain('is there already');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await cli([...argv(), '--force'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('192.168.1.100/24');
  });

  it.each([
    ['one host', ['init', 'lb1=10.0.0.1', '--vip', '10.0.0.9/24']],
    [
      'a VIP that is none',
      [
        'init',
        'a=10.0.0.1',
        'b=10.0.0.2',
        '--vip',
        '10.0.0.999/24',
        '--interface',
        'eth0',
        '--service',
        'nginx',
        '--user',
        'x',
      ],
    ],
    [
      'a service that it does not know',
      [
        'init',
        'a=10.0.0.1',
        'b=10.0.0.2',
        '--vip',
        '10.0.0.9/24',
        '--interface',
        'eth0',
        '--service',
        'apache',
        '--user',
        'x',
      ],
    ],
    ['questions and nobody to ask', ['init', 'a=10.0.0.1', 'b=10.0.0.2']],
    [
      'a directory that is not there',
      [
        'init',
        'a=10.0.0.1',
        'b=10.0.0.2',
        '--vip',
        '10.0.0.9/24',
        '--interface',
        'eth0',
        '--service',
        'none',
        '--user',
        'x',
        '--output',
        '/no/such/directory/x.yaml',
      ],
    ],
  ])('with %s ends with 3 and writes nothing', async (_, words) => {
    const more = words.includes('--output') ? [] : ['--output', file];
    expect(await cli([...words, ...more])).toMatchObject({ code: 3, out: '' });
    expect(existsSync(file)).toBe(false);
  });

  it('writes to stdout alone when it is told so', async () => {
    const { code, out, err } = await cli([...argv().slice(0, -1), '-']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('virtual_ipaddress: [192.168.1.100/24]');
    expect(() => statSync(file)).toThrow();
  });
});

describe('schema', () => {
  it('is JSON Schema draft 7', async () => {
    const { code, out, err } = await cli(['schema']);
    expect([code, err]).toEqual([0, '']);
    const schema = JSON.parse(out);
    expect(schema).toMatchObject({
      $schema: expect.stringContaining('draft-07'),
      type: 'object',
      properties: { clusters: {}, ssh: {}, forks: {} },
    });
    // Words of later drafts, which an editor that reads draft 7 would pass over.
    expect(out).not.toMatch(/"(\$defs|prefixItems|unevaluatedProperties|dependentRequired)":/);
  });
});
