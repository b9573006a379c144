import { describe, expect, it } from 'vitest';
import type { Playbook } from '../../../src/playbook/playbook.ts';
import { PlaybookError, parsePlaybook, readPlaybook } from '../../../src/playbook/read.ts';

function problems(text: string): string[] {
  try {
    parsePlaybook(text, 'p.yaml');
  } catch (error) {
    if (error instanceof PlaybookError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const parse = (text: string): Playbook => parsePlaybook(text, 'p.yaml');

describe('a playbook', () => {
  it('is its tasks and handlers in their order', () => {
    const playbook = parse(`name: mine
tasks:
  - name: first
    file: { path: /srv/a, state: directory }
    when: service == 'nginx'
    loop: checks
    tags: [a, b]
    notify: reload
  - name: second
    service: { name: nginx }
handlers:
  - name: reload
    service: { name: nginx, state: reloaded }
`);
    expect(playbook.name).toBe('mine');
    expect(
      playbook.tasks.map(({ name, module, notify, tags, where }) => [name, module.name, notify, tags, where]),
    ).toEqual([
      ['first', 'file', ['reload'], ['a', 'b'], 'p.yaml:4:5'],
      ['second', 'service', [], [], 'p.yaml:10:5'],
    ]);
    expect(playbook.tasks[0]).toMatchObject({
      when: "service == 'nginx'",
      loop: 'checks',
      args: { path: '/srv/a', state: 'directory' },
    });
    expect(playbook.handlers).toHaveLength(1);
  });

  it('may say the same thing once, by an alias', () => {
    const { tasks } = parse(
      'tasks:\n  - { name: a, service: &s { name: nginx } }\n  - { name: b, service: *s }\n  - { name: c, package: { name: [&p x, *p] } }\n',
    );
    expect(tasks.map(({ args }) => args)).toEqual([{ name: 'nginx' }, { name: 'nginx' }, { name: ['x', 'x'] }]);
  });

  it('is not blown up by aliases of aliases', () => {
    const bombs = Array.from({ length: 12 }, (_, i) => `&a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
    expect(problems(`tasks:\n  - name: a\n    package: { name: [&a0 x, ${bombs.join(', ')}] }\n`)).toEqual([
      expect.stringMatching(/^p\.yaml:3:14 .*alias/i),
    ]);
  });

  it('reports all its problems at once, each where it stands', () => {
    const text = `name: x
task: []
tasks:
  - name: a
    servce: { name: nginx }
  - file: { path: /a, state: absent }
  - name: c
    file: { path: /a }
    copy: { dest: /a }
  - name: d
    notfiy: x
    file: {}
    notify: nobody
    when: [1]
    loop: 3
    tags: { a: 1 }
  - just text
handlers: x
`;
    expect(problems(text)).toEqual([
      "p.yaml:2:1 unknown key 'task'; a playbook has name, tasks, handlers",
      "p.yaml:5:5 unknown module or key 'servce'; did you mean 'service'?",
      'p.yaml:4:5 this task has no module',
      'p.yaml:6:5 a task needs a name',
      'p.yaml:7:5 a task has one module only',
      "p.yaml:11:5 unknown module or key 'notfiy'; did you mean 'notify'?",
      'p.yaml:14:11 when must be an expression',
      'p.yaml:15:11 loop must be an expression that gives a list',
      'p.yaml:16:11 tags must be a name or a list of names',
      'p.yaml:17:5 a task is a map: name, one module, and when, loop, notify, tags',
      'p.yaml:18:11 handlers must be a list',
      "p.yaml:12:5 notifies 'nobody', and there is no such handler",
    ]);
  });

  it.each([
    ['tasks:\n  - name: a\n    docker_compose: {}\n', /modules are command, copy, file/],
    ['', /a playbook is a map/],
    ['- a\n', /a playbook is a map/],
    ['name: x\n', /has no tasks/],
    ['tasks: []\n', /has no tasks/],
    ['tasks:\n', /tasks must be a list/],
    ['tasks: [\n', /^p\.yaml:\d+:\d+ /],
    ['tasks: []\ntasks: []\n', /unique/],
    ['tasks:\n  - { name: a, file: {}, file: {} }\n', /unique/],
    ['tasks:\n  - { name: a, service: *none }\n', /alias/i],
  ])('%j is refused', (text, message) => {
    expect(problems(text).join('\n')).toMatch(message);
  });

  it('that is not there is named', async () => {
    await expect(readPlaybook('/no/such/p.yaml')).rejects.toMatchObject({
      name: 'UsageError',
      message: '/no/such/p.yaml:1:1 the playbook cannot be read (ENOENT); check the path in `playbook:`',
    });
  });
});
