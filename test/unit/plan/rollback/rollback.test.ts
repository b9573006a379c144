import { chmodSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/changes/change.ts';
import type { RunState } from '../../../../src/changes/record.ts';
import { invert } from '../../../../src/changes/registry.ts';
import type { RunRecord } from '../../../../src/changes/run-record.ts';
import { runsSubject } from '../../../../src/changes/run-records.ts';
import { stageOf, stepsOf } from '../../../../src/changes/steps.ts';
import { addressSubject } from '../../../../src/facts/network/address.ts';
import { createReader } from '../../../../src/facts/reader/reader.ts';
import type { Ask } from '../../../../src/facts/reader/subject.ts';
import { guardSubject } from '../../../../src/facts/state/guard.ts';
import { unitSubject } from '../../../../src/facts/system/unit.ts';
import type { HostPlan } from '../../../../src/plan/plan.ts';
import { type HostTasks, planHost } from '../../../../src/plan/plan-host.ts';
import { rollbackTasks } from '../../../../src/plan/rollback/rollback-tasks.ts';
import type { BoundTask } from '../../../../src/playbook/bind.ts';
import { closeRecordStep, recordStep } from '../../../../src/rollout/run-record/record-scripts.ts';
import { recordOf } from '../../../../src/rollout/run-record/run-record.ts';
import { fileModule } from '../../../../src/tasks/file.ts';
import { planFile } from '../../../../src/tasks/plan-file.ts';
import { serviceModule } from '../../../../src/tasks/service.ts';
import type { Planned, TaskContext } from '../../../../src/tasks/task.ts';
import { NO_GUARD } from '../../facts/no-guard.ts';
import { stepScript, undoScript } from '../../host/call-script.ts';
import { FakeHost } from '../../rollout/revert/fake-host.ts';
import { clusterWith, contextWith } from '../../tasks/support.ts';

let host: FakeHost;
beforeEach(() => {
  host = new FakeHost();
});
afterEach(() => host.remove());

const cluster = clusterWith();
const [machine] = cluster.hosts;
if (machine === undefined) throw new Error('a cluster has hosts');

/** Facts by the real questions, but for what a directory cannot answer. */
function asking(): Ask {
  const { ask } = createReader({ host: machine as never, run: async (script: string) => host.run(script) });
  const answers = (subject: { readonly name: string }, key: string): unknown => {
    if (subject.name === addressSubject.name) return [];
    if (subject.name === guardSubject.name) return NO_GUARD;
    if (subject.name !== unitSubject.name) return undefined;
    const [active, enabled] = [host.unit(key, 'active'), host.unit(key, 'enabled')];
    return { load: 'loaded', active, enabled, mainPid: Number(host.unit(key, 'pid')), needDaemonReload: false };
  };
  return async (subject, key) => (answers(subject, key) as never) ?? ask(subject, key);
}

type Plans = (context: TaskContext) => Promise<Planned>;

/** A task of a playbook. */
const task = (name: string, plan: Plans, notify: readonly string[] = []): BoundTask => ({
  name,
  notify,
  plan: (ask) => plan(contextWith([], { ask, task: name, notify })),
});

const write = (name: string, text: string, notify: readonly string[] = [], mode = '0644'): BoundTask =>
  task(
    `write ${name}`,
    (context) =>
      planFile(
        { path: join(host.etc, name), content: { text, masked: text }, mode, owner: 'root', group: 'root' },
        context,
      ),
    notify,
  );
const service = (name: string, state: string, enabled = false): BoundTask =>
  task(`${state} ${name}`, (context) =>
    serviceModule.plan(serviceModule.parse({ name, state, ...(enabled ? { enabled } : {}) }), context),
  );
const file = (name: string, state: string): BoundTask =>
  task(`${state} ${name}`, (context) =>
    fileModule.plan(fileModule.parse({ path: join(host.etc, name), state }), context),
  );

const HANDLERS = [service('keepalived', 'reloaded')];
const RELOAD = ['reloaded keepalived'];

const hostTasks = (tasks: readonly BoundTask[]): HostTasks => ({ cluster, host: machine, tasks, handlers: HANDLERS });

function changesOf(plan: HostPlan): readonly Change[] {
  if (plan.status !== 'planned') throw new Error(plan.error.message);
  return plan.changes;
}

/** What apply does with changes, as far as the host sees it: the record, preparation, activation. */
function make(run: string, changes: readonly Change[], state: RunState | null = 'done'): void {
  const heading = {
    run,
    who: 'alice@ops1',
    why: 'apply prod.yaml',
    at: '2026-11-22T10:00:00Z',
    cluster: 'web',
    host: 'lb1',
  };
  const steps = [
    recordStep(recordOf(heading, changes)),
    ...changes.flatMap((change) => (change.phase === 'prepare' ? stepsOf(change) : stageOf(change))),
    ...changes.flatMap((change) => (change.phase === 'activate' ? stepsOf(change) : [])),
    ...(state === null ? [] : [closeRecordStep(run, state)]),
  ];
  for (const step of steps) {
    const what = step.describe;
    const { script, stdin } = stepScript(step);
    expect({ what, ...host.run(script, stdin) }).toMatchObject({ what, code: 0, stderr: '' });
  }
}

async function apply(run: string, tasks: readonly BoundTask[], state?: RunState | null): Promise<void> {
  make(run, changesOf(await planHost(hostTasks(tasks), asking())), state);
}

const rollback = (run: string): Promise<HostPlan> => {
  const [tasks] = rollbackTasks([hostTasks([])], run, (text) => text);
  if (tasks === undefined) throw new Error('one host, one entry');
  return planHost(tasks, asking());
};

async function records(): Promise<readonly RunRecord[]> {
  return asking()(runsSubject, 'runs');
}

const states = async (): Promise<string[]> => (await records()).map(({ run, state }) => `${run} ${state}`);

const outline = (changes: readonly Change[]): string[] =>
  changes.map(({ action, target, phase }) => `${phase} ${action} ${target.replace(`${host.etc}/`, '')}`);

const seen = () => [
  host.files(),
  ...['keepalived', 'nginx'].map((name) => [host.unit(name, 'active'), host.unit(name, 'enabled')]),
  host.unit('keepalived', 'loaded'),
];

/** A run that touches a bit of everything. */
async function busyRun(): Promise<void> {
  host.write('keepalived.conf', 'old');
  host.write('gone', 'was here', 0o640);
  host.write('loose', 'same', 0o666);
  host.service('keepalived', true);
  host.service('nginx', false);
  await apply('r2', [
    file('made', 'directory'),
    write('script', 'check'),
    write('loose', 'same'),
    file('gone', 'absent'),
    write('keepalived.conf', 'new', RELOAD),
    service('nginx', 'started', true),
  ]);
}

describe('taking a run back', () => {
  it('plans the reverse of it, and the state before the run comes back', async () => {
    host.write('keepalived.conf', 'old');
    host.write('gone', 'was here', 0o640);
    host.write('loose', 'same', 0o666);
    host.service('keepalived', true);
    host.service('nginx', false);
    chmodSync(join(host.etc, 'loose'), 0o666);
    const before = seen();
    await busyRun();
    expect(host.unit('keepalived', 'loaded')).toBe('new');
    const changes = changesOf(await rollback('r2'));
    expect(outline(changes)).toEqual([
      'prepare set run r2',
      'prepare create gone',
      'activate stop service nginx',
      'activate set service nginx',
      'activate update keepalived.conf',
      'activate set loose',
      'activate reload service keepalived',
      'activate remove script',
      'activate remove made',
    ]);
    expect(
      changes.every(({ data, unit, action }) => data.some(invert) || unit !== undefined || action === 'reload'),
    ).toBe(true);
    make('r3', changes);
    expect(seen()).toEqual(before);
    expect(await states()).toEqual(['r3 done', 'r2 undone']);
    expect(changesOf(await rollback('r2'))).toEqual([]);
  });

  it('shows what comes back as a diff, and copies it on the host', async () => {
    await busyRun();
    const changes = changesOf(await rollback('r2'));
    const diffs = changes.flatMap(({ target, diff }) =>
      diff === undefined ? [] : [[target.replace(`${host.etc}/`, ''), diff]],
    );
    expect(diffs).toEqual([
      ['gone', { before: null, after: '********', note: expect.stringContaining('not shown') }],
      ['keepalived.conf', { before: 'new', after: 'old' }],
      ['script', { before: 'check', after: null }],
    ]);
    const all = changes.flatMap((change) => [...stageOf(change), ...stepsOf(change)]).map(stepScript);
    expect(all.every(({ stdin }) => stdin === '')).toBe(true);
  });

  it('has an undo of its own: the run stands again', async () => {
    await busyRun();
    const after = seen();
    const changes = changesOf(await rollback('r2'));
    make('r3', changes, null);
    const ended = host.run(undoScript(changes));
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(seen()).toEqual(after);
    expect(await states()).toEqual(['r3 open', 'r2 done']);
  });

  it('can itself be taken back by a later run', async () => {
    await busyRun();
    const after = seen();
    make('r3', changesOf(await rollback('r2')));
    make('r4', changesOf(await rollback('r3')));
    expect(seen()).toEqual(after);
    expect(await states()).toEqual(['r4 done', 'r3 undone', 'r2 done']);
  });

  it('takes back as much as was made of a run that was cut short', async () => {
    host.write('a', 'old');
    host.service('keepalived', true);
    const planned = changesOf(await planHost(hostTasks([write('a', 'new'), write('b', 'new')]), asking()));
    const [, first] = planned;
    make('r2', planned, null);
    unlinkSync(join(host.etc, 'b'));
    expect(first?.target).toBe(join(host.etc, 'b'));
    expect(outline(changesOf(await rollback('r2')))).toEqual(['prepare set run r2', 'activate update a']);
  });

  it('has nothing to do on a host that was no part of it, or was put back', async () => {
    host.service('keepalived', true);
    expect(changesOf(await rollback('r2'))).toEqual([]);
    await apply('r2', [write('a', 'new')], 'put-back');
    expect(changesOf(await rollback('r2'))).toEqual([]);
  });

  it('tells what stays: packages, and commands that were run', async () => {
    host.service('keepalived', true);
    const none = async (): Promise<Planned> => ({
      changes: [
        { action: 'install', target: 'package nginx' } as const,
        { action: 'run', target: 'command make cake' } as const,
      ].map((more) => ({ task: 't', module: 'm', detail: '', phase: 'activate', data: [], notify: [], ...more })),
      notes: [],
    });
    await apply('r2', [task('t', none)]);
    const plan = await rollback('r2');
    expect(plan.status === 'planned' ? plan.notes : []).toEqual([
      'package nginx stays installed',
      'command make cake was run, and cannot be taken back',
    ]);
  });

  it('has a file that two tasks wrote go back to what was there before both', async () => {
    host.write('a', 'old');
    host.service('keepalived', true);
    await apply('r2', [write('a', 'one')], null);
    const [one] = await records();
    await apply('r3', [write('a', 'two')], null);
    const [two] = await records();
    if (one === undefined || two === undefined) throw new Error('both were recorded');
    const both = stepScript(recordStep({ ...one, changes: [...one.changes, ...two.changes] }));
    host.run(both.script, both.stdin);
    host.run(stepScript(closeRecordStep('r3', 'put-back')).script);
    make('r4', changesOf(await rollback('r2')));
    expect(host.files()['a']).toMatch(/old$/);
  });
});

describe('a run is not taken back', () => {
  const refused = async (run: string): Promise<string> => {
    const error: unknown = await rollback(run).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof Error && 'facts' in error
      ? `${error.message} | ${(error.facts as { next: string }).next}`
      : String(error);
  };

  beforeEach(async () => {
    host.write('a', 'old');
    host.write('b', 'old');
    host.service('keepalived', true);
    await apply('r2', [write('a', 'new'), write('b', 'new')]);
  });

  it('where a later run has changed its file, until that was taken back', async () => {
    await apply('r3', [write('a', 'newer')]);
    expect(await refused('r2')).toBe(
      `r2 cannot be taken back: ${host.etc}/a was changed by r3 since (alice@ops1: apply prod.yaml) | Undo r3 first.`,
    );
    make('r4', changesOf(await rollback('r3')));
    make('r5', changesOf(await rollback('r2')));
    expect(Object.values(host.files()).every((text) => text.endsWith('old'))).toBe(true);
  });

  it('where somebody changed or removed its file by hand', async () => {
    host.write('a', 'by hand');
    expect(await refused('r2')).toMatch(/^r2 cannot be taken back: \S+\/a was changed by hand since \| /);
    unlinkSync(join(host.etc, 'a'));
    expect(await refused('r2')).toMatch(/changed by hand since/);
    host.write('b', 'by hand');
    expect(await refused('r2')).toMatch(/changed by hand since, and 1 more/);
  });

  it('where the old version is no longer kept', async () => {
    host.run('rm -r /var/lib/haprov/backup');
    expect(await refused('r2')).toMatch(/the old \S+ is no longer kept on the host/);
  });
});

describe('a run that was taken back', () => {
  it('by its mark alone is taken back once more: the rollback was cut off after it had prepared', async () => {
    await busyRun();
    const whole = outline(changesOf(await rollback('r2')));
    const prepared = changesOf(await rollback('r2')).filter(({ phase }) => phase === 'prepare');
    make('r3', prepared, null);
    expect(await states()).toEqual(['r3 open', 'r2 undone']);
    const rest = outline(changesOf(await rollback('r2')));
    // Modes and directories are as good as nothing to a service.
    const missing = ['activate set loose', 'activate remove made'];
    expect(rest).toEqual(whole.filter((line) => line.startsWith('activate') && !missing.includes(line)));
  });

  it('is still seen as standing where its file is there again, unless a later run wrote it', async () => {
    host.write('a', 'old');
    host.service('keepalived', true);
    await apply('r2', [write('a', 'new')]);
    make('r3', changesOf(await rollback('r2')));
    host.write('a', 'new');
    expect(outline(changesOf(await rollback('r2')))).toEqual(['activate update a']);
    host.write('a', 'old');
    await apply('r4', [write('a', 'new')]);
    expect(changesOf(await rollback('r2'))).toEqual([]);
  });
});
