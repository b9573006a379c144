import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import { HaprovError } from '../../../src/errors.ts';
import { addressSubject } from '../../../src/facts/network/address.ts';
import { guardSubject } from '../../../src/facts/state/guard.ts';
import { maintenanceSubject } from '../../../src/facts/state/maintenance.ts';
import { owedSubject } from '../../../src/facts/state/pending-handlers.ts';
import { probeSubject } from '../../../src/facts/system/probe.ts';
import { type HostTasks, planHost } from '../../../src/plan/plan-host.ts';
import type { BoundTask } from '../../../src/playbook/bind.ts';
import { NO_GUARD } from '../facts/no-guard.ts';
import { clusterWith, fakeAsk, known } from '../tasks/support.ts';

const cluster = clusterWith();
const NO_VIP = known(addressSubject, 'addresses', []);
const NO_DEBT = known(owedSubject, 'owed', []);
const UNGUARDED = known(guardSubject, 'guard', NO_GUARD);
const KEPT = known(maintenanceSubject, 'maintenance', null);

function change(task: string, action: Change['action'], target: string, notify: readonly string[] = []): Change {
  return { task, module: 'm', action, target, detail: '', phase: 'activate', data: [], notify };
}

function task(name: string, changes: readonly Change[], notes: readonly string[] = []): BoundTask {
  return { name, notify: [], plan: async () => ({ changes, notes }) };
}

function hostTasks(tasks: readonly BoundTask[], handlers: readonly BoundTask[] = []): HostTasks {
  const [host] = cluster.hosts;
  if (host === undefined) throw new Error('a cluster has hosts');
  return { cluster, host, tasks, handlers };
}

async function actions(tasks: readonly BoundTask[], handlers: readonly BoundTask[]): Promise<string[]> {
  const plan = await planHost(hostTasks(tasks, handlers), fakeAsk([NO_VIP, NO_DEBT, UNGUARDED, KEPT]));
  return plan.status === 'planned' ? plan.changes.map(({ action, target }) => `${action} ${target}`) : [];
}

describe('a host that haprov is no root on', () => {
  it('says so, in place of what an ordinary user cannot see', async () => {
    const tasks = hostTasks([{ name: 'blind', notify: [], plan: () => Promise.reject(new HaprovError('no rules')) }]);
    const ordinary = { ...tasks, host: { ...tasks.host, become: false } };
    const facts = [NO_VIP, NO_DEBT, UNGUARDED, KEPT, known(probeSubject, '[ "$(id -u)" = 0 ]', false)];
    const error = await planHost(ordinary, fakeAsk(facts)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: `${tasks.host.ssh.user} is not root on lb1, and become is false`,
      facts: { next: expect.stringContaining('become: true') },
    });
  });
});

describe('the changes of a host', () => {
  const reload = task('reload', [change('reload', 'reload', 'service a')]);
  const restart = task('restart', [change('restart', 'restart', 'service a')]);

  it('come in the order of the playbook, whoever answers first', async () => {
    const slow: BoundTask = {
      name: 's',
      notify: [],
      plan: () =>
        new Promise((resolve) => setImmediate(resolve, { changes: [change('s', 'create', '/1')], notes: [] })),
    };
    expect(await actions([slow, task('f', [change('f', 'create', '/2'), change('f', 'create', '/3')])], [])).toEqual([
      'create /1',
      'create /2',
      'create /3',
    ]);
  });

  it('leave to the end, after the handlers, what may go last', async () => {
    const tasks = {
      ...hostTasks([task('a', [change('a', 'update', '/1', ['reload'])])], [reload]),
      after: [task('z', [change('z', 'remove', '/2')], ['a note'])],
    };
    const plan = await planHost(tasks, fakeAsk([NO_VIP, NO_DEBT, UNGUARDED, KEPT]));
    if (plan.status !== 'planned') throw new Error('it was planned');
    expect(plan.changes.map(({ action, target }) => `${action} ${target}`)).toEqual([
      'update /1',
      'reload service a',
      'remove /2',
    ]);
    expect(plan.notes).toEqual(['a note']);
  });

  it('end with the handlers, each once, in the order of the handlers', async () => {
    const tasks = [
      task('a', [change('a', 'update', '/1', ['other', 'reload'])]),
      task('b', [change('b', 'update', '/2', ['reload'])]),
    ];
    const other = task('other', [change('other', 'reload', 'service b')]);
    expect(await actions(tasks, [reload, other])).toEqual([
      'update /1',
      'update /2',
      'reload service a',
      'reload service b',
    ]);
  });

  it('have no handler that nothing notifies', async () => {
    expect(await actions([task('a', [change('a', 'update', '/1')]), task('b', [])], [reload, restart])).toEqual([
      'update /1',
    ]);
  });

  it('do not reload what restarts', async () => {
    const tasks = [task('a', [change('a', 'update', '/1', ['reload', 'restart'])])];
    expect(await actions(tasks, [reload, restart])).toEqual(['update /1', 'restart service a']);
    expect(await actions(tasks, [restart, reload])).toEqual(['update /1', 'restart service a']);
  });

  it('neither reload nor restart what starts anyway', async () => {
    const tasks = [
      task('a', [change('a', 'update', '/1', ['reload', 'restart'])]),
      task('b', [change('b', 'start', 'service a')]),
    ];
    expect(await actions(tasks, [reload, restart])).toEqual(['update /1', 'start service a']);
  });

  it('reload one service while another starts', async () => {
    const tasks = [
      task('a', [change('a', 'update', '/1', ['reload'])]),
      task('b', [change('b', 'start', 'service b')]),
    ];
    expect(await actions(tasks, [reload])).toEqual(['update /1', 'start service b', 'reload service a']);
  });
});

describe('a plan of a host', () => {
  it('tells which VIPs it holds, and each note once', async () => {
    const addresses = [{ interface: 'eth0', address: '192.168.1.100', prefix: 24 }];
    const plan = await planHost(
      hostTasks([task('a', [], ['look']), task('b', [], ['look', 'at this'])]),
      fakeAsk([known(addressSubject, 'addresses', addresses), NO_DEBT, UNGUARDED, KEPT]),
    );
    expect(plan).toEqual({
      host: 'lb1',
      cluster: 'web',
      status: 'planned',
      changes: [],
      holds: ['192.168.1.100'],
      guard: NO_GUARD,
      notes: ['look', 'at this'],
    });
  });

  it('fails as a whole with the task that cannot be planned, named', async () => {
    const bad: BoundTask = { name: 'bad', notify: [], plan: () => Promise.reject(new HaprovError('it will not do')) };
    await expect(
      planHost(hostTasks([task('a', []), bad]), fakeAsk([NO_VIP, NO_DEBT, UNGUARDED, KEPT])),
    ).rejects.toMatchObject({
      message: 'it will not do',
      facts: { host: 'lb1', action: 'plan "bad"' },
    });
  });
});
