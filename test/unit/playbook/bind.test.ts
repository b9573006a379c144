import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader } from '../../../src/facts/reader/reader.ts';
import type { Subject } from '../../../src/facts/reader/subject.ts';
import { fileSubject } from '../../../src/facts/system/file.ts';
import { osSubject } from '../../../src/facts/system/os.ts';
import { unitSubject } from '../../../src/facts/system/unit.ts';
import type { Cluster } from '../../../src/inventory/model.ts';
import { Secret } from '../../../src/inventory/secret.ts';
import { type BoundTask, bindTask } from '../../../src/playbook/bind.ts';
import { createTemplates } from '../../../src/playbook/liquid.ts';
import { createLocalFiles } from '../../../src/playbook/local-files.ts';
import { parsePlaybook } from '../../../src/playbook/read.ts';
import { variablesOf } from '../../../src/playbook/variables.ts';
import { shellSession } from '../facts/support.ts';
import { clusterWith, fakeAsk, known } from '../tasks/support.ts';

const WEBHOOK = 'https://hooks.slack.example/canary';
const cluster: Cluster = { ...clusterWith(), notify: { slack_webhook: new Secret({ literal: WEBHOOK }) } };
const templates = createTemplates();
const DEBIAN = known(osSubject, 'os', { family: 'debian', id: 'debian', version: '12', name: 'Debian' });
const ROCKY = known(osSubject, 'os', { family: 'rhel', id: 'rocky', version: '9', name: 'Rocky' });
const STOPPED = known(unitSubject, 'nginx', {
  load: 'loaded',
  active: 'inactive',
  enabled: 'enabled',
  mainPid: 0,
  needDaemonReload: false,
});

function bind(
  tasks: string,
  read = (path: string): Promise<string> => Promise.reject(new Error(path)),
): readonly BoundTask[] {
  const [host] = cluster.hosts;
  if (host === undefined) throw new Error('a cluster has hosts');
  const [own, handlers = ''] = tasks.split(/^handlers:/m);
  const text = `tasks:\n${own?.replace(/^/gm, '  ')}\n${handlers && `handlers:${handlers}\n`}`;
  const redact = (one: string): string => one.replaceAll(WEBHOOK, '********');
  return parsePlaybook(text, 'p.yaml').tasks.flatMap((task) =>
    bindTask(task, { cluster, host, variables: variablesOf(cluster, host, 'masked'), templates, read, redact }),
  );
}

describe('what planning runs on a host', () => {
  it('is known before the host is asked: the scripts of unless, as written where they depend on the host', () => {
    const command = (unless: string) => `{ argv: [touch, /etc/x], unless: "${unless}" }`;
    const asks = (unless: string, when = 'true') =>
      bind(`- { name: a, when: "${when}", command: ${command(unless)} }`).flatMap((task) => task.asks ?? []);
    expect(asks('test -e /etc/x')).toEqual(['test -e /etc/x']);
    expect(asks('test -e /etc/x', "os.family == 'debian'")).toEqual(['test -e /etc/x']);
    expect(asks('test {{ os.id }} = debian')).toEqual([expect.stringContaining('test {{ os.id }} = debian')]);
    expect(bind('- { name: a, service: { name: nginx } }').flatMap((task) => task.asks ?? [])).toEqual([]);
  });
});

describe('a condition', () => {
  it.each([
    ["service == 'nginx'", 1],
    ["service == 'haproxy'", 0],
    ['notify.slack_webhook', 1],
    ['notify.script', 0],
    ['true', 1],
    ['false', 0],
  ])('%s gives %i tasks', (when, count) => {
    expect(bind(`- { name: a, when: "${when}", service: { name: nginx } }`)).toHaveLength(count);
  });

  it('that asks what is not there is an error, with its place', () => {
    expect(() => bind('- { name: a, when: servce, service: { name: nginx } }')).toThrow(
      /^p\.yaml:2:\d+ when: undefined variable: servce/,
    );
  });

  it('on the system counts where the host is of that system', async () => {
    const [task] = bind('- { name: a, when: "os.family == \'debian\'", service: { name: nginx, state: started } }');
    expect((await task?.plan(fakeAsk([DEBIAN, STOPPED])))?.changes).toHaveLength(1);
    expect((await task?.plan(fakeAsk([ROCKY, STOPPED])))?.changes).toHaveLength(0);
  });

  it('on the system costs no round trip of its own', async () => {
    const tasks = bind(
      '- { name: a, when: "os.family == \'debian\'", file: { path: /no/such, state: absent } }\n- { name: b, when: "os.family == \'rhel\'", file: { path: /no/other, state: absent } }',
    );
    const { ask, rounds } = createReader(shellSession(['dash']));
    await Promise.all(tasks.map((task) => task.plan(ask)));
    expect(rounds()).toBe(1);
  });

  it('that turns out false hides what the task could not plan there', async () => {
    const [task] = bind('- { name: a, when: "os.family == \'debian\'", service: { name: nginx, state: started } }');
    const masked = known(unitSubject, 'nginx', {
      load: 'masked',
      active: 'inactive',
      enabled: 'masked',
      mainPid: 0,
      needDaemonReload: false,
    });
    expect((await task?.plan(fakeAsk([ROCKY, masked])))?.changes).toEqual([]);
    await expect(task?.plan(fakeAsk([DEBIAN, masked]))).rejects.toThrow('masked');
  });

  it('is not false because it could not be asked', async () => {
    const [task] = bind('- { name: a, when: "os.family == \'debian\'", service: { name: nginx, state: started } }');
    const lost = new Error('lost');
    const subject: Subject<string, unknown> = osSubject as unknown as Subject<string, unknown>;
    await expect(task?.plan(fakeAsk([known(subject, 'os', lost), STOPPED]))).rejects.toBe(lost);
  });

  it('lets arguments speak of the system', async () => {
    const [task] = bind('- { name: a, file: { path: "/srv/{{ os.id }}", state: absent } }');
    const asked: string[] = [];
    await task?.plan(fakeAsk([ROCKY, known(fileSubject, '/srv/rocky', { type: 'absent' })], asked));
    expect(asked).toEqual(['operating system: os', 'files: /srv/rocky']);
  });
});

describe('a name', () => {
  it('may be a template, and so may the handlers that a task notifies', () => {
    const tasks = bind(`- name: Reload {{ item.name }} of {{ service }}
  loop: cluster.hosts
  file: { path: "/srv/{{ item.name }}", state: absent }
  notify: tell {{ item.name }}
handlers:
  - { name: "tell {{ item.name }}", loop: cluster.hosts, service: { name: nginx, state: reloaded } }`);
    expect(tasks.map(({ name, notify }) => [name, notify])).toEqual([
      ['Reload lb1 of nginx', ['tell lb1']],
      ['Reload lb2 of nginx', ['tell lb2']],
    ]);
  });

  it.each(['name', 'notify'])('that speaks of what is not there is an error, with its place: %s', (key) => {
    const text = `- { ${key === 'name' ? '' : 'name: a, '}${key}: "x {{ nope }}", service: { name: nginx } }`;
    expect(() => bind(`${text}\nhandlers:\n  - { name: "x {{ nope }}", service: { name: nginx } }`)).toThrow(
      new RegExp(`^p\\.yaml:2:\\d+ ${key}: undefined variable: nope`),
    );
  });
});

describe('a loop', () => {
  it('is a task for each item', async () => {
    const tasks = bind("- { name: a, loop: cluster.hosts, file: { path: '/srv/{{ item.name }}', state: absent } }");
    const asked: string[] = [];
    const gone = (path: string) => known(fileSubject, path, { type: 'absent' });
    await Promise.all(tasks.map((task) => task.plan(fakeAsk([gone('/srv/lb1'), gone('/srv/lb2')], asked))));
    expect(asked).toEqual(['files: /srv/lb1', 'files: /srv/lb2']);
  });

  it('has a condition of each item', () => {
    expect(
      bind('- { name: a, loop: cluster.hosts, when: "item.name == \'lb2\'", file: { path: /x, state: absent } }'),
    ).toHaveLength(1);
  });

  it('over what is no list is an error', () => {
    expect(() => bind('- { name: a, loop: service, file: { path: /x, state: absent } }')).toThrow(/is not a list/);
    expect(() => bind('- { name: a, loop: nope, file: { path: /x, state: absent } }')).toThrow(/undefined variable/);
  });
});

describe('a secret', () => {
  it.each([
    ['a path', 'file: { path: "/srv/{{ notify.slack_webhook }}", state: absent }'],
    ['a command', 'command: { argv: [curl, "{{ notify.slack_webhook }}"], creates: /x }'],
    ['a condition of a command', 'command: { argv: [x], unless: "grep {{ notify.slack_webhook }} /etc/x" }'],
    ['a word of a list', 'package: { name: ["{{ notify.slack_webhook }}"] }'],
    ['a check of a file', 'copy: { content: x, dest: /x, validate: "grep {{ notify.slack_webhook }} %s" }'],
  ])('is refused in %s', (_, module) => {
    expect(() => bind(`- name: a\n  ${module}`)).toThrow(
      /^p\.yaml:\d+:\d+ \w+: a secret may stand in a file's content only/,
    );
  });

  it('may stand in the content of a file, and shows nowhere', async () => {
    const [task] = bind('- name: a\n  copy: { content: "url={{ notify.slack_webhook }}", dest: /x }');
    const planned = await task?.plan(fakeAsk([known(fileSubject, '/x', { type: 'absent' })]));
    const [change] = planned?.changes ?? [];
    expect(change?.diff?.after).toBe('url=********');
    expect(change?.upload?.from).toEqual({ text: `url=${WEBHOOK}` });
    expect(JSON.stringify({ ...change, upload: null })).not.toContain('canary');
  });
});

describe('arguments', () => {
  it('that are wrong are all named, with their place', () => {
    expect(() => bind('- name: a\n  copy: { dest: relative, mode: "9", owner: root, content: x }')).toThrow(
      /p\.yaml:3:5 copy\.dest: must be an absolute path.*\np\.yaml:3:5 copy\.mode: must be four octal digits/,
    );
    expect(() => bind('- name: a\n  service: { name: nginx, sate: started }')).toThrow(/sate/);
    expect(() => bind('- name: a\n  service:')).toThrow(/p\.yaml:3:5 service/);
  });

  it('of a template that is not defined are an error before any host is asked', () => {
    expect(() => bind('- name: a\n  copy: { src: "{{ nope }}", dest: /x }')).toThrow(/undefined variable: nope/);
  });
});

describe('local files', () => {
  let directory: string;
  let read: (path: string) => Promise<string>;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'haprov-playbook-'));
    mkdirSync(join(directory, 'play/files'), { recursive: true });
    mkdirSync(join(directory, 'play-secret'));
    writeFileSync(join(directory, 'secret'), 'secret');
    writeFileSync(join(directory, 'play-secret/x'), 'secret');
    writeFileSync(join(directory, 'play/own.conf'), 'own');
    writeFileSync(join(directory, 'play/files/shared.conf'), 'shared');
    writeFileSync(join(directory, 'play/binary'), Buffer.from([0xff, 0xfe, 0x00]));
    symlinkSync('../secret', join(directory, 'play/link'));
    symlinkSync('own.conf', join(directory, 'play/inside'));
    read = createLocalFiles(join(directory, 'play/p.yaml'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are found beside the playbook, then in its files', async () => {
    expect(
      await Promise.all([read('own.conf'), read('shared.conf'), read('inside'), read(join(directory, 'secret'))]),
    ).toEqual(['own', 'shared', 'own', 'secret']);
  });

  it.each([['../secret'], ['link'], ['files/../../secret'], ['../play-secret/x']])(
    '%j leads out of the playbook and is refused',
    async (path) => {
      await expect(read(path)).rejects.toThrow(/leads out of/);
    },
  );

  it.each([
    ['none.conf', /there is no none.conf/],
    ['binary', /not UTF-8/],
    ['files', /cannot read|not a regular file|is a directory/],
  ])('%j is refused', async (path, message) => {
    await expect(read(path)).rejects.toThrow(message);
  });
});
