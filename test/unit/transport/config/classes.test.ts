import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../../src/transport/config/answer.ts';
import { askSsh } from '../../../../src/transport/config/ask.ts';
import { nameClasses } from '../../../../src/transport/config/classes.ts';
import { createSshConfigSource } from '../../../../src/transport/config/source.ts';
import { tries } from '../../../support/full.ts';
import { configHome, sshIsThere } from './support.ts';

const env = { PATH: process.env['PATH'] };
const home = configHome();
afterAll(() => home.remove());

describe('names that get the same answer', () => {
  const classes = (text: string, ...names: string[]) => {
    const classOf = nameClasses([text]);
    return classOf === undefined ? undefined : new Set(names.map(classOf)).size;
  };

  it('are those that no pattern tells apart', () => {
    expect(classes('Host *\n  User x\n', 'a', 'b', 'c.example')).toBe(1);
    expect(classes('Host lb*\n  User x\nHost *\n', 'lb1', 'lb2', 'web')).toBe(2);
    expect(classes('Host * !lb9\n  User x\n', 'lb1', 'lb2', 'lb9')).toBe(2);
    expect(classes('HOST = "lb?"\nMatch final all\n  User x\n', 'lb1', 'lb2', 'lb10')).toBe(2);
  });

  it('are none that stand in the configuration themselves, as jump hosts do', () => {
    expect(classes('Host *\n  ProxyJump gate\n', 'lb1', 'lb2', 'gate', 'GATE')).toBe(2);
  });

  it('cannot be told where Match, tokens or canonical names decide', () => {
    for (const line of [
      'Match user root',
      'Match host a',
      'Match all exec x',
      'HostName %h.x',
      'IdentityFile %h',
      'CanonicalizeHostname yes',
      'Tag x',
    ])
      expect(classes(`Host *\n  ${line}\n`, 'a')).toBeUndefined();
    expect(classes('Host *\n  ControlPath ~/%r@%h:%p\n  ProxyCommand nc %h %p\n# Match %h\n', 'q1', 'q2')).toBe(1);
  });
});

describe.runIf(sshIsThere)('answers by class (needs ssh)', () => {
  const names = [
    'lb1',
    'lb2',
    'LB3',
    'web.example.com',
    'db.example.com',
    '10.0.0.1',
    '10.0.0.2',
    '192.168.1.1',
    '2001:db8::1',
    'gate',
  ];
  const pattern = fc.constantFrom(
    '*',
    'lb*',
    'lb?',
    'lb1',
    '!lb2',
    '*.example.com',
    '10.0.*',
    '!10.0.0.2',
    'gate',
    '2001:*',
    'LB3',
    '"lb*"',
  );
  const setting = fc.constantFrom(
    'User deploy',
    'Port 2222',
    'Port=2200',
    'HostName other.example.com',
    'HostName 10.0.0.1',
    'HostName lb1',
    'IdentityFile /keys/a',
    'IdentityFile /keys/b',
    'ProxyJump gate',
    'ProxyJump none',
    'ProxyCommand nc %h %p',
    'UserKnownHostsFile /known',
    'HostKeyAlias alias',
    'StrictHostKeyChecking no',
    'ConnectTimeout 5',
  );
  const block = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.array(pattern, { minLength: 1, maxLength: 3 }), fc.array(setting, { maxLength: 3 }))
        .map(([patterns, settings]) => [`Host ${patterns.join(' ')}`, ...settings]),
    },
    { weight: 1, arbitrary: fc.array(setting, { maxLength: 2 }).map((settings) => ['Match final all', ...settings]) },
    { weight: 1, arbitrary: fc.array(setting, { maxLength: 2 }).map((settings) => ['Match host lb1', ...settings]) },
    { weight: 1, arbitrary: fc.constant([`Include ${home.directory}/inc*`]) },
  );

  it('are what ssh says of each name by itself, whatever the configuration', async () => {
    const config = `${home.directory}/ssh_config`;
    let classed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { maxLength: 5 }),
        fc.array(block, { maxLength: 2 }),
        async (blocks, included) => {
          const text = (some: readonly (readonly string[])[]) =>
            some.map((lines) => `${lines.join('\n  ')}\n`).join('');
          home.write('inc1', text(included.filter(([first]) => first?.startsWith('Include') === false)));
          home.config(text(blocks));
          const direct = await Promise.all(names.map((name) => askSsh([{ name, config }], env).catch(() => undefined)));
          if (direct.includes(undefined)) return;
          const source = createSshConfigSource(env);
          const answers = await Promise.all(names.map((name) => source.ask({ name, config })));
          const settings = (answer: ReadonlyMap<string, readonly string[]> | undefined) =>
            Object.fromEntries(
              [...(answer ?? [])].filter(([key]) => !/^(host|loglevel|debug\d:|openssh_.*)$/.test(key)),
            );
          for (const [index, name] of names.entries()) {
            const alone = settings(parseAnswer(direct[index]?.[0]?.text ?? ''));
            const shared = settings(answers[index]);
            expect([
              alone['hostname']?.[0]?.toLowerCase(),
              alone['port'],
              alone['user'],
              alone['proxyjump'],
              alone['identityfile'],
            ]).toEqual([
              shared['hostname']?.[0]?.toLowerCase(),
              shared['port'],
              shared['user'],
              shared['proxyjump'],
              shared['identityfile'],
            ]);
            for (const key of Object.keys(alone))
              if (key !== 'hostname') expect({ name, [key]: shared[key] }).toEqual({ name, [key]: alone[key] });
          }
          classed++;
        },
      ),
      { numRuns: tries(60) },
    );
    expect(classed).toBeGreaterThan(tries(60) / 3);
  });

  it('cost one process for 500 names that a configuration does not tell apart', async () => {
    home.config('Host lb*\n  User deploy\nHost *\n  Port 2222\n');
    const config = `${home.directory}/ssh_config`;
    const log = home.write('calls', '');
    const bin = home.write('ssh', `#!/bin/sh\necho call >>${log}\nPATH=\${PATH#*:}\nexec ssh "$@"\n`);
    const { chmodSync, readFileSync } = await import('node:fs');
    chmodSync(bin, 0o755);
    const source = createSshConfigSource({ PATH: `${home.directory}:${process.env['PATH']}` });
    const many = Array.from({ length: 500 }, (_, n) => ({ name: `lb${n}`, config, user: `u${n}` }));
    const answers = await Promise.all(many.map((question) => source.ask(question)));
    expect(new Set(answers.map((answer) => answer?.get('user')?.[0]))).toEqual(new Set(['deploy']));
    expect(answers.map((answer) => answer?.get('hostname')?.[0])).toEqual(many.map(({ name }) => name));
    expect(readFileSync(log, 'utf8').split('\n').length - 1).toBe(1);
  });

  it('are asked for once for each name where they have to be, and none is lost among hundreds', async () => {
    home.config('Match host x7*\n  Port 77\n');
    const config = `${home.directory}/ssh_config`;
    const source = createSshConfigSource(env);
    const many = Array.from({ length: 120 }, (_, n) => `x${n}`);
    const answers = await Promise.all(many.map((name) => source.ask({ name, config })));
    expect(answers.map((answer) => answer?.get('port')?.[0])).toEqual(
      many.map((name) => (name.startsWith('x7') ? '77' : '22')),
    );
  });
});
