import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/changes/change.ts';
import { stageOf, stepsOf } from '../../../../src/changes/steps.ts';
import { createReader } from '../../../../src/facts/reader/reader.ts';
import type { Ask } from '../../../../src/facts/reader/subject.ts';
import { type UnitFact, unitSubject } from '../../../../src/facts/system/unit.ts';
import { joinHandlers } from '../../../../src/plan/handlers.ts';
import { planFile } from '../../../../src/tasks/plan-file.ts';
import { serviceModule } from '../../../../src/tasks/service.ts';
import type { TaskContext } from '../../../../src/tasks/task.ts';
import { stepScript, undoScript } from '../../host/call-script.ts';
import { clusterWith, contextWith, type Ended } from '../../tasks/support.ts';
import { FakeHost } from './fake-host.ts';

const RESTARTED = '/run/haprov-restarted-keepalived';

let host: FakeHost;
beforeEach(() => {
  host = new FakeHost();
});
afterEach(() => host.remove());

/** Facts of the fake host, by the real questions; of units by its files. */
function asking(): Ask {
  const session = {
    host: clusterWith().hosts[0] ?? never(),
    run: async (script: string) => host.run(script),
  };
  const { ask } = createReader(session);
  return async (subject, key) => {
    if (subject.name !== unitSubject.name) return ask(subject, key);
    const fact: UnitFact = {
      load: 'loaded',
      active: host.unit(key, 'active'),
      enabled: host.unit(key, 'enabled'),
      mainPid: Number(host.unit(key, 'pid')),
      needDaemonReload: false,
    };
    return fact as never;
  };
}

function never(): never {
  throw new Error('a cluster has hosts');
}

const context = (task: string, notify: readonly string[] = []): TaskContext =>
  contextWith([], { ask: asking(), task, notify });

async function fileChange(name: string, text: string, notify: readonly string[] = []): Promise<readonly Change[]> {
  const wish = {
    path: join(host.etc, name),
    content: { text, masked: text },
    mode: '0640',
    owner: 'root',
    group: 'root',
  };
  return (await planFile(wish, context(`write ${name}`, notify))).changes;
}

async function serviceChange(
  name: string,
  state: 'started' | 'stopped' | 'reloaded' | 'restarted',
): Promise<readonly Change[]> {
  const args = { name, state, ...(state === 'started' ? { enabled: true } : {}) };
  const verb = { started: 'run', stopped: 'stop', reloaded: 'reload', restarted: 'restart' }[state];
  return (await serviceModule.plan(serviceModule.parse(args), context(`${verb} ${name}`))).changes;
}

/** The scripts of a change as apply runs them, staged ones first. */
const steps = (changes: readonly Change[]) => [
  ...changes.filter(({ phase }) => phase !== 'prepare').flatMap((change) => stageOf(change).map(stepScript)),
  ...changes.flatMap((change) => stepsOf(change).map(stepScript)),
];

function make(changes: readonly Change[]): void {
  for (const { script, stdin } of steps(changes))
    expect(host.run(script, stdin)).toMatchObject({ code: 0, stderr: '' });
}

const undo = (changes: readonly Change[], boot = false): Ended =>
  host.run(`${boot ? 'HAPROV_BOOT=1; export HAPROV_BOOT\n' : ''}${undoScript(changes)}`);

/** A running keepalived whose configuration is replaced, and reloaded. */
async function reloadPlan(text: string): Promise<readonly Change[]> {
  const changes = await fileChange('keepalived.conf', text, ['reload keepalived']);
  return joinHandlers(
    changes,
    [{ name: 'reload keepalived', changes: await serviceChange('keepalived', 'reloaded') }],
    [],
  );
}

async function restartPlan(args: string): Promise<readonly Change[]> {
  const changes = await fileChange('keepalived.env', args, ['restart keepalived']);
  const handler = { name: 'restart keepalived', changes: await serviceChange('keepalived', 'restarted') };
  return joinHandlers(changes, [handler], []);
}

describe('an undo of a whole run', () => {
  it('puts the file back and has the service read it, in the same process', async () => {
    host.write('keepalived.conf', 'old');
    host.service('keepalived', true);
    const before = host.files();
    const changes = await reloadPlan('new');
    make(changes);
    expect(host.unit('keepalived', 'loaded')).toBe('new');
    expect(undo(changes)).toEqual({
      code: 0,
      stdout: `put ${host.etc}/keepalived.conf back\nreloaded keepalived\n`,
      stderr: '',
    });
    expect([host.files(), host.unit('keepalived', 'loaded'), host.unit('keepalived', 'pid')]).toEqual([
      before,
      'old',
      '7',
    ]);
    expect(undo(changes)).toEqual({ code: 0, stdout: 'reloaded keepalived\n', stderr: '' });
  });

  it('takes changes back in the reverse of their order: the service stops before its file goes', async () => {
    host.service('nginx', false);
    const changes = [...(await fileChange('nginx.conf', 'new')), ...(await serviceChange('nginx', 'started'))];
    make(changes);
    expect(undo(changes)).toEqual({
      code: 0,
      stdout: `stopped nginx\ndisabled nginx\nremoved ${host.etc}/nginx.conf\n`,
      stderr: '',
    });
    expect([host.files(), host.unit('nginx', 'active'), host.unit('nginx', 'enabled')]).toEqual([
      {},
      'inactive',
      'disabled',
    ]);
  });

  it('restarts a service that the run has restarted, and one that it has not reloads only', async () => {
    host.write('keepalived.conf', 'old');
    host.write('keepalived.env', 'old');
    host.service('keepalived', true);
    const changes = await restartPlan('new');
    make(changes.slice(0, 1));
    expect(undo(changes).stdout).toBe(`put ${host.etc}/keepalived.env back\nreloaded keepalived\n`);
    expect(host.unit('keepalived', 'pid')).toBe('7');
    make(changes);
    expect(host.unit('keepalived', 'args')).toBe('new');
    expect(undo(changes).stdout).toBe(`put ${host.etc}/keepalived.env back\nrestarted keepalived\n`);
    expect(host.unit('keepalived', 'args')).toBe('old');
    expect(undo(changes).stdout).toBe('reloaded keepalived\n');
  });

  it('does not take a restart of an earlier run for its own', async () => {
    host.write('keepalived.conf', 'old');
    host.write('keepalived.env', 'old');
    host.service('keepalived', true);
    writeFileSync(host.local(RESTARTED), '');
    const changes = await restartPlan('new');
    for (const { script, stdin } of changes.flatMap(stageOf).map(stepScript)) host.run(script, stdin);
    expect(undo(changes).stdout).toBe('reloaded keepalived\n');
    writeFileSync(host.local(RESTARTED), '');
    const reload = await reloadPlan('new');
    expect(undo(reload).stdout).toBe('reloaded keepalived\n');
  });

  it('starts a service again that died of the change, or that the run has stopped', async () => {
    host.write('keepalived.conf', 'old');
    host.service('keepalived', true);
    const changes = await reloadPlan('FATAL');
    make(changes.slice(0, 1));
    for (const { script } of changes.slice(1).flatMap(stepsOf).map(stepScript)) host.run(script);
    expect(host.unit('keepalived', 'active')).toBe('failed');
    expect(undo(changes)).toMatchObject({ code: 0, stdout: expect.stringContaining('restarted keepalived') });
    expect([host.unit('keepalived', 'active'), host.unit('keepalived', 'loaded')]).toEqual(['active', 'old']);
    const stop = await serviceChange('keepalived', 'stopped');
    make(stop);
    expect(undo(stop)).toMatchObject({ code: 0, stdout: 'restarted keepalived\n' });
    expect(host.unit('keepalived', 'active')).toBe('active');
  });

  it('never reloads keepalived into a file that fails its test: it restarts, and says so', async () => {
    host.write('keepalived.conf', 'old WARN');
    host.service('keepalived', true);
    const changes = await reloadPlan('new');
    make(changes);
    expect(undo(changes)).toEqual({
      code: 0,
      stdout: `put ${host.etc}/keepalived.conf back\nrestarted keepalived\n`,
      stderr: expect.stringContaining('is restarted, not reloaded: unknown keyword'),
    });
    expect(host.calls(/reload-or-restart/)).toHaveLength(1);
    expect(host.unit('keepalived', 'loaded')).toBe('old WARN');
  });

  it('fails where the service does not run with the old file either, with its journal', async () => {
    host.write('keepalived.conf', 'old FATAL');
    host.service('keepalived', true);
    const changes = await reloadPlan('new');
    make(changes);
    const ended = undo(changes);
    expect([ended.code, ended.stdout]).toEqual([1, `put ${host.etc}/keepalived.conf back\n`]);
    expect(ended.stderr).toMatch(/does not run[\s\S]*the journal says why[\s\S]*not all of it came back/);
    expect(host.calls(/reload-or-restart/)).toHaveLength(1);
  });

  it('tries every part although one fails, and fails in the end', async () => {
    host.write('a', 'old a');
    host.write('b', 'old b');
    const changes = [...(await fileChange('a', 'new a')), ...(await fileChange('b', 'new b'))];
    make(changes);
    rmSync(host.shop.path('state/backup'), { recursive: true });
    const { code, stderr } = undo(changes);
    expect([code, stderr.split('\n').length]).toEqual([1, 4]);
    const third = await fileChange('c', 'new c');
    make(third);
    expect(undo([...third, ...changes])).toMatchObject({ code: 1, stdout: `removed ${host.etc}/c\n` });
  });

  it('leaves a file alone that somebody changed since, says so, and does not call it a failure', async () => {
    host.write('a', 'old a');
    const changes = await fileChange('a', 'new a');
    make(changes);
    host.write('a', 'by hand');
    expect(undo(changes)).toEqual({
      code: 0,
      stdout: `left ${host.etc}/a alone: it is no longer what haprov put there\n`,
      stderr: '',
    });
    expect(host.files()['a']).toMatch(/by hand$/);
  });

  it('clears the records of what it made good: a reload always, a restart where it restarted', async () => {
    host.write('keepalived.conf', 'old');
    host.write('keepalived.env', 'old');
    host.service('keepalived', true);
    const changes = await reloadPlan('new');
    make(changes.slice(0, 1));
    expect(host.owed()).toEqual(['reload keepalived']);
    expect(undo(changes).code).toBe(0);
    expect(host.owed()).toEqual([]);
    const restart = await restartPlan('new');
    make(restart.slice(0, 1));
    undo(restart);
    // It may be owed since an earlier run: rather one restart too many.
    expect(host.owed()).toEqual(['restart keepalived']);
    make(restart);
    make(restart.slice(0, 1));
    undo(restart);
    expect(host.owed()).toEqual([]);
  });

  it('while the host boots puts files back, calls off starts, and starts, reloads and awaits nothing', async () => {
    host.write('keepalived.conf', 'old');
    host.service('keepalived', true);
    host.service('nginx', false);
    const changes = [...(await reloadPlan('new')), ...(await serviceChange('nginx', 'started'))];
    make(changes);
    const count = host.calls(/systemctl (start|stop|restart|reload|is-active|show)/).length;
    expect(undo(changes, true)).toEqual({
      code: 0,
      stdout: `disabled nginx\nput ${host.etc}/keepalived.conf back\n`,
      stderr: '',
    });
    const more = host.calls(/systemctl (start|stop|restart|reload|is-active|show)/).slice(count);
    expect(more).toEqual(['systemctl stop --no-block nginx.service']);
    expect(host.owed()).toEqual([]);
  });

  it('of nothing does nothing', () => {
    expect(undo([])).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('a run that is cut off anywhere, and an undo that is cut off anywhere', () => {
  it('end in the old state once the undo is run again', { timeout: 120_000 }, async () => {
    const text = fc.constantFrom('one', 'two', 'final', null);
    const scenario = fc.record({
      conf: fc.constantFrom('one', 'two', 'final'),
      env: text,
      other: text,
      keepalived: fc.boolean(),
      nginx: fc.boolean(),
      runCut: fc.double({ min: 0, max: 1.2, noNaN: true }),
      undoCuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async (one) => {
        host.remove();
        host = new FakeHost();
        for (const [name, content] of [
          ['keepalived.conf', one.conf],
          ['keepalived.env', one.env],
          ['other', one.other],
        ] as const)
          if (content !== null) host.write(name, content);
        host.service('keepalived', one.keepalived);
        host.service('nginx', one.nginx);
        const seen = () => [
          host.files(),
          ...['keepalived', 'nginx'].flatMap((name) => {
            const active = host.unit(name, 'active');
            const read = active === 'active' ? [host.unit(name, 'loaded'), host.unit(name, 'args')] : [];
            return [active, host.unit(name, 'enabled'), ...read];
          }),
        ];
        const before = seen();
        const tasks = [
          ...(await fileChange('other', 'final')),
          ...(await fileChange('keepalived.env', 'final', ['restart keepalived'])),
          ...(await fileChange('keepalived.conf', 'final', ['reload keepalived'])),
          ...(await serviceChange('nginx', 'started')),
          ...(await serviceChange('keepalived', 'started')),
        ];
        const handlers = [
          { name: 'restart keepalived', changes: await serviceChange('keepalived', 'restarted') },
          { name: 'reload keepalived', changes: await serviceChange('keepalived', 'reloaded') },
        ];
        const changes = joinHandlers(tasks, handlers, []);
        const all = steps(changes);
        const cut = one.runCut * all.length;
        for (const [index, { script, stdin }] of all.entries()) {
          const input = Buffer.from(stdin).toString();
          if (index + 1 <= cut) host.run(script, input);
          else if (index < cut) await host.kill(script, input, (cut - index) * 25);
        }
        for (const moment of one.undoCuts) await host.kill(undoScript(changes), '', moment * 120);
        const { code, stderr } = undo(changes);
        expect([code, stderr]).toEqual([0, '']);
        expect(seen()).toEqual(before);
        expect(existsSync(host.local(RESTARTED))).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});
