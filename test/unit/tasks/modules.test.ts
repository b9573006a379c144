import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/changes/backup.ts';
import type { Change } from '../../../src/changes/change.ts';
import { stageOf, stepsOf } from '../../../src/changes/steps.ts';
import { configFilesSubject } from '../../../src/facts/keepalived/config-files.ts';
import { addressSubject } from '../../../src/facts/network/address.ts';
import { contentSubject, type FileFact, fileSubject } from '../../../src/facts/system/file.ts';
import { osSubject } from '../../../src/facts/system/os.ts';
import { packageSubject } from '../../../src/facts/system/package.ts';
import { probeSubject } from '../../../src/facts/system/probe.ts';
import { programSubject } from '../../../src/facts/system/program.ts';
import { sysctlSubject } from '../../../src/facts/system/sysctl.ts';
import { type UnitFact, unitSubject } from '../../../src/facts/system/unit.ts';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { commandModule } from '../../../src/tasks/command.ts';
import { copyModule } from '../../../src/tasks/copy.ts';
import { fileModule } from '../../../src/tasks/file.ts';
import { keepalivedConfigModule, keepalivedConfigOf } from '../../../src/tasks/keepalived-config.ts';
import { packageModule } from '../../../src/tasks/package.ts';
import { serviceModule } from '../../../src/tasks/service.ts';
import { sysctlModule } from '../../../src/tasks/sysctl.ts';
import { type Module, NOTHING, type Planned, type TaskContext } from '../../../src/tasks/task.ts';
import { templateModule } from '../../../src/tasks/template.ts';
import { waitForModule } from '../../../src/tasks/wait-for.ts';
import { HOST_PATHS } from '../../../src/vrrp/paths.ts';
import { clusterWith, contextWith, type Known, known, outline, sourcesOf } from './support.ts';

/** All of a change's steps but what they have on standard input. */
const wordsOf = (change: Change): readonly unknown[] =>
  [...stageOf(change), ...stepsOf(change)].map((step) => ('call' in step ? { ...step.call, content: '' } : step));

function plan<A>(
  module: Module<A>,
  args: unknown,
  facts: readonly Known[],
  more: Partial<TaskContext> = {},
): Promise<Planned> {
  return module.plan(module.parse(args), contextWith(facts, more));
}

const COMMON = { task: 'the task', notify: ['reload it'] };
const ABSENT: FileFact = { type: 'absent' };
const DIRECTORY: FileFact = { type: 'directory', mode: '0755', owner: 'root', group: 'root' };
const fileOf = (text: string, more: Partial<Exclude<FileFact, { type: 'absent' }>> = {}): FileFact => ({
  type: 'file',
  mode: '0644',
  owner: 'root',
  group: 'root',
  sha256: sha256(text),
  ...more,
});

describe('package', () => {
  const DEBIAN = known(osSubject, 'os', { family: 'debian', id: 'debian', version: '12', name: 'Debian 12' });
  const ROCKY = known(osSubject, 'os', { family: 'rhel', id: 'rocky', version: '9', name: 'Rocky 9' });
  const there = (name: string): Known => known(packageSubject, name, { version: '1', broken: false });
  const missing = (name: string, broken = false): Known => known(packageSubject, name, { version: null, broken });

  const program = (name: string, installed: boolean, runs = false): Known =>
    known(programSubject, name, { installed, runs });

  it('needs no package whose command is there from another one: curl-minimal conflicts with curl', async () => {
    const args = { name: { debian: ['curl'], rhel: ['curl'] }, commands: { curl: 'curl' } };
    expect(await plan(packageModule, args, [ROCKY, missing('curl'), program('curl', true)])).toEqual(NOTHING);
    const planned = await plan(packageModule, args, [ROCKY, missing('curl'), program('curl', false)]);
    expect(planned.changes.map(({ target }) => target)).toEqual(['package curl']);
  });

  it('finishes a package that dpkg has only unpacked, though its command is there', async () => {
    const args = { name: ['keepalived'], commands: { keepalived: 'keepalived' } };
    const planned = await plan(packageModule, args, [DEBIAN, missing('keepalived', true), program('keepalived', true)]);
    expect(planned.changes).toMatchObject([
      { target: 'package keepalived', detail: 'finishing the interrupted installation of keepalived first' },
    ]);
  });

  it('brings no second one of a program that runs from a container, and says what to write', async () => {
    const args = { name: ['haproxy'], commands: { haproxy: 'haproxy' }, alone: ['haproxy'] };
    await expect(
      plan(packageModule, args, [DEBIAN, missing('haproxy'), program('haproxy', false, true)]),
    ).rejects.toMatchObject({ facts: { next: expect.stringContaining('service: { container: haproxy }') } });
    const there = await plan(packageModule, args, [DEBIAN, missing('haproxy'), program('haproxy', true, true)]);
    expect(there).toEqual(NOTHING);
  });

  it('yields nothing where all are installed', async () => {
    expect(
      await plan(packageModule, { name: ['keepalived', 'nginx'] }, [DEBIAN, there('keepalived'), there('nginx')]),
    ).toEqual(NOTHING);
  });

  it('installs what is missing in one change', async () => {
    const planned = await plan(packageModule, { name: ['keepalived', 'nginx', 'curl'], hold: ['nginx'] }, [
      DEBIAN,
      missing('keepalived'),
      missing('nginx'),
      there('curl'),
    ]);
    expect(outline(planned)).toEqual([
      {
        ...COMMON,
        module: 'package',
        action: 'install',
        target: 'package keepalived, nginx',
        detail: '',
        phase: 'prepare',
        steps: ['install keepalived, nginx'],
      },
    ]);
    expect(planned.changes[0]?.data).toEqual([
      {
        kind: 'package',
        family: 'debian',
        names: ['keepalived', 'nginx'],
        hold: ['nginx'],
        before: 'absent',
        after: 'installed',
      },
    ]);
  });

  it('takes the names of the family, and asks for both in the same round', async () => {
    const args = { name: { debian: ['procps'], rhel: ['procps-ng'] } };
    const planned = await plan(packageModule, args, [ROCKY, missing('procps'), missing('procps-ng')]);
    expect(planned.changes.map(({ target }) => target)).toEqual(['package procps-ng']);
    expect(planned.changes[0]?.data).toMatchObject([{ family: 'rhel', names: ['procps-ng'] }]);
    expect(await plan(packageModule, args, [ROCKY, missing('procps'), there('procps-ng')])).toEqual(NOTHING);
  });

  it('says that it finishes an interrupted installation', async () => {
    const planned = await plan(packageModule, { name: 'nginx' }, [DEBIAN, missing('nginx', true)]);
    expect(planned.changes[0]?.detail).toBe('finishing the interrupted installation of nginx first');
  });

  it('refuses a system of neither family by its name', async () => {
    const alpine = known(osSubject, 'os', { family: 'other', id: 'alpine', version: '3', name: 'Alpine Linux' });
    await expect(plan(packageModule, { name: 'nginx' }, [alpine, missing('nginx')])).rejects.toThrow(
      'Alpine Linux is neither',
    );
    await expect(
      plan(packageModule, { name: { debian: ['a'], rhel: ['b'] } }, [alpine, missing('a'), missing('b')]),
    ).rejects.toThrow('neither');
  });

  it.each([['-y'], ['nginx; id'], ['a b'], ['$(id)'], ['']])('does not take %j for a name', (name) => {
    expect(() => packageModule.parse({ name: [name] })).toThrow();
  });
});

describe('file', () => {
  it.each([
    ['a directory that is as it shall be', { path: '/srv/x', state: 'directory' }, DIRECTORY],
    ['a file that is gone', { path: '/srv/x', state: 'absent' }, ABSENT],
  ])('yields nothing for %s', async (_, args, fact) => {
    expect(await plan(fileModule, args, [known(fileSubject, '/srv/x', fact)])).toEqual(NOTHING);
  });

  it('makes a directory on a blank host while preparing', async () => {
    const planned = await plan(fileModule, { path: '/srv/x', state: 'directory', mode: '0700' }, [
      known(fileSubject, '/srv/x', ABSENT),
    ]);
    expect(outline(planned)).toEqual([
      {
        ...COMMON,
        module: 'file',
        action: 'create',
        target: '/srv/x',
        detail: 'directory, mode 0700, root:root',
        phase: 'prepare',
        steps: ['make the directory /srv/x'],
      },
    ]);
  });

  it.each([[{ mode: '0700' }], [{ owner: 'www-data' }], [{ group: 'adm' }]])(
    'corrects %j of a directory',
    async (odd) => {
      const planned = await plan(fileModule, { path: '/srv/x', state: 'directory' }, [
        known(fileSubject, '/srv/x', { ...DIRECTORY, ...odd }),
      ]);
      expect(planned.changes.map(({ action }) => action)).toEqual(['set']);
    },
  );

  it('removes a file, and a link itself, when services may notice', async () => {
    for (const type of ['file', 'link', 'other'] as const) {
      const planned = await plan(fileModule, { path: '/srv/x', state: 'absent' }, [
        known(fileSubject, '/srv/x', { ...DIRECTORY, type }),
      ]);
      expect(planned.changes.map(({ action, phase }) => [action, phase])).toEqual([['remove', 'activate']]);
    }
  });

  it('never removes a directory, and makes none over a file', async () => {
    await expect(
      plan(fileModule, { path: '/srv', state: 'absent' }, [known(fileSubject, '/srv', DIRECTORY)]),
    ).rejects.toThrow('haprov removes files only');
    await expect(
      plan(fileModule, { path: '/srv', state: 'directory' }, [known(fileSubject, '/srv', fileOf(''))]),
    ).rejects.toThrow('is not a directory');
  });

  it.each([['relative'], ['/etc/../root'], ['/etc/'], ['/'], ['/a\nb'], ['']])(
    'does not take %j for a path',
    (path) => {
      expect(() => fileModule.parse({ path, state: 'absent' })).toThrow();
    },
  );
});

const UNSTAGE = ['clear the upload of /etc/x away'];

describe('copy', () => {
  const read = async (): Promise<string> => 'from a file\n';

  it('yields nothing where content, mode and owner are right', async () => {
    const facts = [known(fileSubject, '/etc/x', fileOf('hello'))];
    expect(await plan(copyModule, { content: 'hello', dest: '/etc/x' }, facts)).toEqual(NOTHING);
    expect(
      await plan(copyModule, { src: 'x', dest: '/etc/x' }, [known(fileSubject, '/etc/x', fileOf('from a file\n'))], {
        read,
      }),
    ).toEqual(NOTHING);
  });

  it('creates a file on a blank host while preparing, with its whole diff', async () => {
    const planned = await plan(
      copyModule,
      { src: 'x', dest: '/etc/x', mode: '0755' },
      [known(fileSubject, '/etc/x', ABSENT)],
      { read },
    );
    expect(outline(planned)).toEqual([
      {
        ...COMMON,
        module: 'file',
        action: 'create',
        target: '/etc/x',
        detail: 'mode 0755, root:root',
        diff: { before: null, after: 'from a file\n' },
        phase: 'prepare',
        steps: ['upload /etc/x', 'put /etc/x in place'],
        unstage: UNSTAGE,
      },
    ]);
  });

  it('uploads an update ahead and puts it in place when its turn has come', async () => {
    const facts = [known(fileSubject, '/etc/x', fileOf('old')), known(contentSubject, '/etc/x', 'old')];
    const planned = await plan(copyModule, { content: 'new', dest: '/etc/x', validate: 'check %s' }, facts);
    expect(outline(planned)).toEqual([
      {
        ...COMMON,
        module: 'file',
        action: 'update',
        target: '/etc/x',
        detail: 'mode 0644, root:root, validated by: check %s',
        diff: { before: 'old', after: 'new' },
        phase: 'activate',
        stage: ['upload /etc/x', 'check the new /etc/x'],
        steps: ['put /etc/x in place'],
        unstage: UNSTAGE,
      },
    ]);
    expect(planned.changes.flatMap(stageOf).slice(0, 2)).toMatchObject([
      { call: { verb: 'stage', content: 'new' } },
      { call: { verb: 'test', args: { command: 'check /etc/.haprov-staged-x' } } },
    ]);
  });

  it('checks in place what makes sense in its place only', async () => {
    const facts = [known(fileSubject, '/etc/x', ABSENT)];
    const planned = await plan(copyModule, { content: 'new', dest: '/etc/x', validate: 'nginx -t' }, facts);
    expect(planned.changes.flatMap(stepsOf)).toMatchObject([
      { describe: 'upload /etc/x', call: { verb: 'stage' } },
      { describe: 'put /etc/x in place', call: { verb: 'change', args: { check: 'nginx -t' } } },
    ]);
  });

  it('corrects mode and owner without an upload, and wakes no handler', async () => {
    const planned = await plan(copyModule, { content: 'x', dest: '/etc/x' }, [
      known(fileSubject, '/etc/x', fileOf('x', { mode: '0600', owner: 'nobody' })),
    ]);
    expect(planned.changes.map(({ action, detail, notify }) => [action, detail, notify])).toEqual([
      ['set', 'mode 0600 -> 0644, owner nobody:root -> root:root', []],
    ]);
  });

  it('shows no secret, neither the new one nor what may be an old one', async () => {
    const facts = [
      known(fileSubject, '/etc/x', fileOf('a = oldSecret\nb\n')),
      known(contentSubject, '/etc/x', 'a = oldSecret\nb\n'),
    ];
    const planned = await plan(copyModule, { content: 'a = hunter22\nb\n', dest: '/etc/x' }, facts);
    expect(planned.changes[0]?.diff).toEqual({ before: '********\nb\n', after: 'a = ********\nb\n' });
    expect(JSON.stringify(planned.changes.map(({ data }) => data))).not.toContain('hunter22');
    expect(JSON.stringify(planned.changes.flatMap(wordsOf))).not.toContain('hunter22');
  });

  const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n';
  it.each([
    ['that is called sensitive', { content: 'new', sensitive: true }, 'oldText', '0644'],
    ['that its owner alone may read', { content: 'new', mode: '0600' }, 'oldText', '0644'],
    ['that its owner alone could read so far', { content: 'new' }, 'oldText', '0600'],
    ['with a private key', { content: KEY, sensitive: false }, 'oldText', '0644'],
    ['that had a private key', { content: 'new', sensitive: false }, KEY, '0644'],
  ])('shows nothing of a file %s', async (_what, args, old, mode) => {
    const facts = [known(fileSubject, '/etc/x', fileOf(old, { mode })), known(contentSubject, '/etc/x', old)];
    const [change] = (await plan(copyModule, { ...args, dest: '/etc/x' }, facts)).changes;
    expect(change?.diff).toMatchObject({
      before: '********',
      after: '********',
      note: expect.stringContaining('sensitive'),
    });
  });

  it('shows a file that its owner alone may read where the playbook says that it is not sensitive', async () => {
    const args = { content: 'new', mode: '0700', dest: '/etc/x', sensitive: false };
    const planned = await plan(copyModule, args, [known(fileSubject, '/etc/x', ABSENT)]);
    expect(planned.changes[0]?.diff).toEqual({ before: null, after: 'new' });
  });

  it('says that a secret changes where nothing else can be seen', async () => {
    const facts = [known(fileSubject, '/etc/x', fileOf('********')), known(contentSubject, '/etc/x', 'oldSecret')];
    const planned = await plan(copyModule, { content: 'hunter22', dest: '/etc/x' }, facts);
    expect(planned.changes[0]?.diff).toEqual({ before: '********', after: '********', note: 'a secret value changes' });
  });

  it.each([
    ['link', 'a symbolic link'],
    ['directory', 'a directory'],
    ['other', 'a other'],
  ] as const)('refuses a %s in its place', async (type, name) => {
    const facts = [known(fileSubject, '/etc/x', { type, mode: '0777', owner: 'root', group: 'root' })];
    await expect(plan(copyModule, { content: 'x', dest: '/etc/x' }, facts)).rejects.toThrow(
      name === 'a other' ? 'not a regular file' : name,
    );
  });

  it('needs either src or content, and a mode of four digits', () => {
    expect(() => copyModule.parse({ dest: '/a' })).toThrow();
    expect(() => copyModule.parse({ dest: '/a', src: 'a', content: 'b' })).toThrow();
    expect(() => copyModule.parse({ dest: '/a', content: '', mode: '644' })).toThrow();
    expect(() => copyModule.parse({ dest: '/a', content: '', mode: 420 })).toThrow();
    expect(() => copyModule.parse({ dest: '/a', content: '', owner: 'root; id' })).toThrow();
  });
});

describe('template', () => {
  const files = { read: async () => 'template', render: async () => ({ text: 'rendered', masked: 'rendered' }) };

  it('yields nothing where the rendered text stands already', async () => {
    expect(
      await plan(
        templateModule,
        { src: 'x', dest: '/etc/x' },
        [known(fileSubject, '/etc/x', fileOf('rendered'))],
        files,
      ),
    ).toEqual(NOTHING);
  });

  it('puts the rendered text on a blank host', async () => {
    const planned = await plan(
      templateModule,
      { src: 'x', dest: '/etc/x' },
      [known(fileSubject, '/etc/x', ABSENT)],
      files,
    );
    expect(planned.changes.map(({ action, diff }) => [action, diff?.after])).toEqual([['create', 'rendered']]);
  });
});

describe('sysctl', () => {
  const NAME = 'net.ipv4.ip_nonlocal_bind';
  const FILE = '/etc/sysctl.d/60-haprov.conf';
  const TEXT = `# Written by haprov.\n${NAME} = 1\n`;
  const args = { values: [{ name: NAME, value: 1 }] };
  const live = (value: string | null, boot: { file: string; value: string }[] = []): Known =>
    known(sysctlSubject, NAME, { live: value, boot });

  it('yields nothing where both the kernel and the file have the value', async () => {
    expect(
      await plan(sysctlModule, args, [known(fileSubject, FILE, fileOf(TEXT)), live('1', [{ file: FILE, value: '1' }])]),
    ).toEqual(NOTHING);
  });

  it('sets the value live and for every boot on a blank host', async () => {
    const planned = await plan(sysctlModule, args, [known(fileSubject, FILE, ABSENT), live('0')]);
    expect(planned.changes.map(({ action, target, detail, phase }) => [action, target, detail, phase])).toEqual([
      ['create', FILE, 'mode 0644, root:root', 'prepare'],
      ['set', `sysctl ${NAME}`, '0 -> 1', 'prepare'],
    ]);
    expect(planned.changes[0]?.diff?.after).toBe(TEXT);
    expect(planned.changes[1]?.data).toEqual([{ kind: 'sysctl', target: NAME, before: '0', after: '1' }]);
  });

  it('tells of a file that overrules it at the next boot, and of none that does not', async () => {
    const own = { file: FILE, value: '1' };
    const over = (boot: { file: string; value: string }[]): Promise<Planned> =>
      plan(sysctlModule, args, [known(fileSubject, FILE, fileOf(TEXT)), live('1', boot)]);
    expect((await over([own, { file: '/etc/sysctl.d/90-other.conf', value: '0' }])).notes).toEqual([
      `/etc/sysctl.d/90-other.conf sets ${NAME} = 0 at boot, after ${FILE}: take that line out`,
    ]);
    expect((await over([own, { file: '/etc/sysctl.conf', value: '0' }])).notes).toHaveLength(1);
    expect((await over([own, { file: '/etc/sysctl.d/90-other.conf', value: '1' }])).notes).toEqual([]);
    expect((await over([{ file: '/etc/sysctl.d/10-x.conf', value: '0' }, own])).notes).toEqual([]);
  });

  it('leaves out what does not count', async () => {
    const with6 = { values: [...args.values, { name: 'net.ipv6.ip_nonlocal_bind', value: 1, when: 'false' }] };
    expect(await plan(sysctlModule, with6, [known(fileSubject, FILE, fileOf(TEXT)), live('1')])).toEqual(NOTHING);
  });

  it('compares values of several numbers however they are spaced', async () => {
    const text = '# Written by haprov.\nnet.ipv4.tcp_rmem = 1 2 3\n';
    const facts = [
      known(fileSubject, FILE, fileOf(text)),
      known(sysctlSubject, 'net.ipv4.tcp_rmem', { live: '1\t2\t3', boot: [] }),
    ];
    expect(await plan(sysctlModule, { values: [{ name: 'net.ipv4.tcp_rmem', value: '1 2 3' }] }, facts)).toEqual(
      NOTHING,
    );
  });

  it('refuses a key that this kernel lacks', async () => {
    await expect(plan(sysctlModule, args, [known(fileSubject, FILE, ABSENT), live(null)])).rejects.toThrow(
      `this kernel has no ${NAME}`,
    );
  });

  it.each([
    ['net.a; id', '1'],
    ['../../etc/passwd', '1'],
    ['net.a', '1\nkernel.x = 2'],
    ['net.a', "1'"],
  ])('does not take %j = %j', (name, value) => {
    expect(() => sysctlModule.parse({ values: [{ name, value }] })).toThrow();
  });
});

describe('service', () => {
  const RUNNING: UnitFact = {
    load: 'loaded',
    active: 'active',
    enabled: 'enabled',
    mainPid: 7,
    needDaemonReload: false,
  };
  const STOPPED: UnitFact = { ...RUNNING, active: 'inactive', mainPid: 0 };
  const MISSING: UnitFact = { ...STOPPED, load: 'not-found', enabled: '' };
  const actions = async (args: object, unit: UnitFact): Promise<string[]> =>
    (await plan(serviceModule, { name: 'nginx', ...args }, [known(unitSubject, 'nginx', unit)])).changes.map(
      ({ action }) => action,
    );

  it('yields nothing where it runs and is enabled', async () => {
    expect(
      await plan(serviceModule, { name: 'nginx', state: 'started', enabled: true }, [
        known(unitSubject, 'nginx', RUNNING),
      ]),
    ).toEqual(NOTHING);
  });

  it('enables and starts it on a blank host, each as a change that services notice', async () => {
    const planned = await plan(serviceModule, { name: 'nginx', state: 'started', enabled: true }, [
      known(unitSubject, 'nginx', MISSING),
    ]);
    expect(outline(planned)).toEqual([
      {
        ...COMMON,
        module: 'service',
        action: 'enable',
        target: 'service nginx',
        detail: 'at boot',
        phase: 'activate',
        steps: ['enable nginx'],
      },
      {
        ...COMMON,
        module: 'service',
        action: 'start',
        target: 'service nginx',
        detail: '',
        phase: 'activate',
        steps: ['start nginx'],
      },
    ]);
  });

  it.each([
    [{ state: 'started' }, { ...STOPPED, active: 'failed' }, ['start']],
    [{ state: 'started' }, { ...STOPPED, active: 'activating' }, ['start']],
    [{ state: 'started' }, { ...RUNNING, active: 'reloading' }, []],
    [{ state: 'started' }, { ...RUNNING, needDaemonReload: true }, ['set']],
    [{ state: 'stopped' }, RUNNING, ['stop']],
    [{ state: 'stopped' }, STOPPED, []],
    [{ state: 'stopped' }, MISSING, []],
    [{ state: 'reloaded' }, RUNNING, ['reload']],
    [{ state: 'reloaded' }, STOPPED, []],
    [{ state: 'restarted' }, RUNNING, ['restart']],
    [{ state: 'restarted' }, MISSING, []],
    [{ enabled: true }, { ...RUNNING, enabled: 'disabled' }, ['enable']],
    [{ enabled: 'true' }, { ...RUNNING, enabled: 'static' }, []],
    [{}, STOPPED, []],
  ] as const)('asked for %j of %j does %j', async (args, unit, expected) => {
    expect(await actions(args, unit)).toEqual(expected);
  });

  it('respects that someone has masked it, and takes its own mask away', async () => {
    await expect(actions({ state: 'started' }, { ...MISSING, load: 'masked', enabled: 'masked' })).rejects.toThrow(
      'is masked',
    );
    expect(
      await actions({ state: 'started', enabled: true }, { ...STOPPED, load: 'masked', enabled: 'masked-runtime' }),
    ).toEqual(['enable', 'start']);
  });

  it('does not pretend that it could disable', () => {
    expect(() => serviceModule.parse({ name: 'nginx', enabled: false })).toThrow('disables none');
    expect(() => serviceModule.parse({ name: 'nginx', enabled: 'false' })).toThrow();
  });

  it.each([['nginx; id'], ['../x'], ['a b'], ['']])('does not take %j for a service', (name) => {
    expect(() => serviceModule.parse({ name })).toThrow();
  });
});

describe('command', () => {
  const args = { argv: ['make-dh', "it's", '$(id)'], creates: '/etc/dh.pem' };

  it('yields nothing where its work is done', async () => {
    expect(await plan(commandModule, args, [known(fileSubject, '/etc/dh.pem', fileOf('x'))])).toEqual(NOTHING);
    expect(
      await plan(commandModule, { argv: ['x'], unless: 'test -e /x' }, [known(probeSubject, 'test -e /x', true)]),
    ).toEqual(NOTHING);
  });

  it('runs its words as words, with nothing to read', async () => {
    const planned = await plan(commandModule, { ...args, timeout: 5 }, [known(fileSubject, '/etc/dh.pem', ABSENT)]);
    expect(planned.changes.map(({ action, phase, data }) => [action, phase, data])).toEqual([
      ['run', 'activate', [{ kind: 'command', argv: ['make-dh', "it's", '$(id)'], timeout: 5 }]],
    ]);
  });

  it('needs creates or unless, and not both', () => {
    expect(() => commandModule.parse({ argv: ['x'] })).toThrow('it would run every time');
    expect(() => commandModule.parse({ argv: ['x'], creates: '/a', unless: 'b' })).toThrow();
    expect(() => commandModule.parse({ argv: [], creates: '/a' })).toThrow();
  });
});

describe('wait_for', () => {
  it.each([
    [{ path: '/run/x' }, '[ -e /run/x ]'],
    [{ port: 80 }, "ss -Hltn 'sport = :80' | grep -q ."],
    [{ command: 'pgrep x' }, 'pgrep x'],
  ])('yields nothing where %j is there, and waits where it is not', async (args, condition) => {
    expect(await plan(waitForModule, args, [known(probeSubject, condition, true)])).toEqual(NOTHING);
    const planned = await plan(waitForModule, args, [known(probeSubject, condition, false)]);
    expect(planned.changes.map(({ action, phase }) => [action, phase])).toEqual([['wait', 'activate']]);
  });

  it('waits for one thing at a time', () => {
    expect(() => waitForModule.parse({})).toThrow();
    expect(() => waitForModule.parse({ path: '/a', port: 1 })).toThrow();
    expect(() => waitForModule.parse({ port: 70000 })).toThrow();
  });
});

describe('keepalived_config', () => {
  const PATH = HOST_PATHS.keepalivedConf;
  const ETH0 = known(addressSubject, 'addresses', [{ interface: 'eth0', address: '192.168.1.10', prefix: 24 }]);
  const IDLE = known(unitSubject, 'keepalived', {
    load: 'not-found',
    active: 'inactive',
    enabled: '',
    mainPid: 0,
    needDaemonReload: false,
  });
  const cluster = clusterWith('auth_pass: hunter22');
  const [host] = cluster.hosts;
  if (host === undefined) throw new Error('a cluster has hosts');
  const text = renderKeepalivedConf(keepalivedConfigOf(cluster, host));

  it('yields nothing where it stands', async () => {
    expect(
      await plan(keepalivedConfigModule, null, [ETH0, IDLE, known(fileSubject, PATH, fileOf(text, { mode: '0640' }))], {
        cluster,
      }),
    ).toEqual(NOTHING);
  });

  it('is tested ahead and put in place when its turn has come, also on a blank host', async () => {
    const planned = await plan(keepalivedConfigModule, {}, [ETH0, IDLE, known(fileSubject, PATH, ABSENT)], { cluster });
    expect(
      planned.changes.map((change) => [
        change.action,
        change.phase,
        stageOf(change).map((one) => one.describe),
        stepsOf(change).map((one) => one.describe),
      ]),
    ).toEqual([['create', 'activate', [`upload ${PATH}`, `test the new ${PATH}`], [`put ${PATH} in place`]]]);
  });

  it('names an interface that has no address here, before anything is touched', async () => {
    const other = known(addressSubject, 'addresses', [{ interface: 'ens3', address: '192.168.1.10', prefix: 24 }]);
    const planning = plan(
      keepalivedConfigModule,
      {},
      [other, IDLE, known(fileSubject, '/etc/keepalived/keepalived.conf', ABSENT)],
      { cluster },
    );
    await expect(planning).rejects.toMatchObject({
      message: 'there is no interface eth0 with an address here, which VI_1 names',
      facts: { next: expect.stringContaining('Addresses are on ens3.') },
    });
  });

  it('never shows a password, old or new', async () => {
    const old = text.replace('hunter22', 'oldpass1').replace('priority 150', 'priority 140');
    const facts = [
      ETH0,
      IDLE,
      known(fileSubject, PATH, fileOf(old, { mode: '0640' })),
      known(contentSubject, PATH, old),
      known(configFilesSubject, PATH, sourcesOf(old)),
    ];
    const planned = await plan(keepalivedConfigModule, {}, facts, { cluster });
    const { diff } = planned.changes[0] ?? {};
    expect(diff?.before).toContain('priority 140');
    expect(diff?.after).toContain('priority 150');
    expect(JSON.stringify(diff)).not.toMatch(/oldpass1|hunter22/);
    expect(JSON.stringify(planned.changes.map(({ data }) => data))).not.toContain('hunter22');
    expect(JSON.stringify(planned.changes.flatMap(wordsOf))).not.toContain('hunter22');
  });

  it('says that only the password changes', async () => {
    const old = text.replace('hunter22', 'oldpass1');
    const facts = [
      ETH0,
      IDLE,
      known(fileSubject, PATH, fileOf(old, { mode: '0640' })),
      known(contentSubject, PATH, old),
      known(configFilesSubject, PATH, sourcesOf(old)),
    ];
    expect((await plan(keepalivedConfigModule, {}, facts, { cluster })).changes[0]?.diff?.note).toBe(
      'a secret value changes',
    );
  });
});

describe('a task', () => {
  it('asks nothing that nobody expects', async () => {
    await expect(plan(serviceModule, { name: 'nginx' }, [])).rejects.toThrow(
      'nobody expected the question units: nginx',
    );
  });

  it('passes on that a question could not be asked', async () => {
    const lost = new Error('connection lost');
    await expect(plan(copyModule, { content: 'x', dest: '/etc/x' }, [known(fileSubject, '/etc/x', lost)])).rejects.toBe(
      lost,
    );
  });
});
