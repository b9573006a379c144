import { describe, expect, it } from 'vitest';
import type { Subject } from '../../../../src/facts/reader/subject.ts';
import type { Cluster, Host, Inventory } from '../../../../src/inventory/model.ts';
import { check, hostCheck } from '../../../../src/operate/doctor/check.ts';
import { type Examination, examine } from '../../../../src/operate/doctor/examine.ts';
import { fail, ok } from '../../../../src/operate/doctor/finding.ts';
import { CHECKS } from '../../../../src/operate/doctor/registry.ts';
import type { HostTasks } from '../../../../src/plan/plan-host.ts';
import type { Change } from '../../../../src/tasks/change.ts';
import { BecomeError, connectError, LostConnectionError } from '../../../../src/transport/errors.ts';
import type { RunResult, Session, Transport } from '../../../../src/transport/session.ts';
import { shellSession } from '../../facts/support.ts';
import { pair } from './support.ts';

const word = (text: string): Subject<string, string> => ({
  name: `word ${text}`,
  script: () => `echo ${text}`,
  parse: (output, keys) => keys.map(() => output.trim()),
});

const broken: Subject<string, string> = { name: 'broken', script: () => 'exit 7', parse: () => [] };

const looks = hostCheck({
  id: 'HD900',
  name: 'looks',
  ask: ({ look }) => look(word('one'), 'key'),
  judge: ({ host, facts }) => [ok(host.id, facts)],
});
const watches = check({
  id: 'HD902',
  name: 'watches',
  phase: 'watch',
  ask: ({ watch, seconds }) => watch(word(`after-${seconds}`), 'key'),
  judge: ({ members, unknown }) => [
    ok(undefined, members.map(({ host, facts }) => `${host.name} ${facts}`).join(', ')),
    ...unknown.map((name) => fail(undefined, `without ${name}`, { why: 'so' })),
  ],
});
const breaks = hostCheck({
  id: 'HD901',
  name: 'breaks',
  ask: ({ look }) => look(broken, 'key'),
  judge: ({ host }) => [ok(host.id, 'never')],
});
const finds = hostCheck({
  id: 'HD903',
  name: 'finds',
  ask: async () => undefined,
  judge: ({ host }) => [fail(host.id, 'wrong', { why: 'so', mends: true, fix: 'by hand' })],
});

interface Lab {
  readonly seen: Map<string, string[]>;
  readonly closed: string[];
  readonly transport: Transport;
}

/** Hosts whose scripts run on this machine; `instead` is what happens to a host's scripts otherwise. */
function lab(
  instead: Readonly<Record<string, (script: string) => Promise<RunResult> | undefined>> = {},
  unreachable: Readonly<Record<string, Error>> = {},
): Lab {
  const seen = new Map<string, string[]>();
  const closed: string[] = [];
  const connect = async (host: Host): Promise<Session> => {
    const refusal = unreachable[host.name];
    if (refusal !== undefined) throw refusal;
    const scripts: string[] = [];
    seen.set(host.name, scripts);
    const session = shellSession(['dash'], scripts);
    return {
      host,
      run: (script, options) => instead[host.name]?.(script) ?? session.run(script, options),
      close: () => void closed.push(host.name),
    };
  };
  return { seen, closed, transport: { connect, close: () => undefined } };
}

const cluster = pair();
const inventory = (one: Cluster = cluster): Inventory => ({
  file: 'prod.yaml',
  directory: '/srv',
  forks: 10,
  clusters: [one],
});
const tasks = (changes: Readonly<Record<string, number>> = {}): HostTasks[] =>
  cluster.hosts.map((host) => ({
    cluster,
    host,
    handlers: [],
    tasks:
      changes[host.name] === undefined
        ? []
        : [{ name: 'one', notify: [], plan: async () => ({ changes: [CHANGE], notes: [] }) }],
  }));
const CHANGE = {
  task: 'one',
  module: 'file',
  action: 'update',
  target: '/etc/a',
  phase: 'prepare',
  detail: '',
  data: [],
  notify: [],
} as const satisfies Change;

const of = ({ findings }: Examination, id: string) => findings.filter((finding) => finding.id === id);

describe('an examination', () => {
  it('asks every host once in each round, whatever the number of checks', async () => {
    const { seen, closed, transport } = lab();
    const more = hostCheck({
      ...{ id: 'HD904', name: 'more' },
      ask: ({ look }) => look(word('two'), 'key'),
      judge: () => [],
    });
    const result = await examine({ inventory: inventory(), hosts: tasks(), transport, checks: [looks, more, watches] });
    // The plan and what runs are asked in the first round too.
    expect([...seen.values()].map((scripts) => scripts.length)).toEqual([2, 2]);
    expect(of(result, 'HD902')).toMatchObject([{ host: null, cluster: 'pair', evidence: 'd1 after-5, d2 after-5' }]);
    expect(closed.sort()).toEqual(['d1', 'd2']);
  });

  it('comes in the order of ids and of the inventory, each finding whole', async () => {
    const { transport } = lab();
    const { findings } = await examine({
      inventory: inventory(),
      hosts: tasks().reverse(),
      transport,
      checks: [watches, looks],
    });
    expect(findings.map(({ id, host }) => `${id} ${host}`)).toEqual([
      'HD001 d1',
      'HD001 d2',
      'HD900 d1',
      'HD900 d2',
      'HD902 null',
    ]);
    expect(findings[2]).toEqual({
      id: 'HD900',
      name: 'looks',
      cluster: 'pair',
      host: 'd1',
      status: 'ok',
      evidence: 'one',
      why: null,
      fix: null,
    });
  });

  it('of a host that cannot be reached is one failure, and what it has is not known to the others', async () => {
    const refusal = connectError(
      { kind: 'refused', message: 'connection refused', retryable: true, next: 'Start sshd.' },
      'd2',
      'target',
    );
    const { transport } = lab({}, { d2: refusal });
    const result = await examine({ inventory: inventory(), hosts: tasks(), transport, checks: [looks, watches] });
    expect(result.unreached).toEqual(['d2']);
    expect(result.findings.filter(({ host }) => host === 'd2')).toMatchObject([
      { id: 'HD001', status: 'fail', evidence: 'connect: connection refused', fix: 'Start sshd.' },
    ]);
    expect(of(result, 'HD902').map(({ evidence }) => evidence)).toEqual(['d1 after-5', 'without d2']);
  });

  it('of a host where root is refused says so', async () => {
    const refusal = new BecomeError('refused', 1, 'sudo asks for a password', { host: 'd2', next: 'Allow it.' });
    const { transport } = lab({ d2: () => Promise.reject(refusal) });
    const result = await examine({ inventory: inventory(), hosts: tasks(), transport, checks: [looks] });
    expect(of(result, 'HD002')).toMatchObject([{ host: 'd2', status: 'fail', name: 'root', fix: 'Allow it.' }]);
    expect(of(result, 'HD900').map(({ host }) => host)).toEqual(['d1']);
  });

  it('that loses a host on the way keeps what it has of the others, and no skips of the lost one', async () => {
    const lost = new LostConnectionError('the connection was lost', 'target', true, { host: 'd2' });
    const { transport } = lab({ d2: (script) => (script.includes('after-') ? Promise.reject(lost) : undefined) });
    const result = await examine({ inventory: inventory(), hosts: tasks(), transport, checks: [looks, watches] });
    expect(result.unreached).toEqual(['d2']);
    expect(result.findings.filter(({ host, status }) => host === 'd2' && status === 'skip')).toEqual([]);
    expect(of(result, 'HD902').map(({ evidence }) => evidence)).toEqual(['d1 after-5', 'without d2']);
  });

  it('with a question that fails skips that check alone, and says why', async () => {
    const { transport } = lab();
    const result = await examine({ inventory: inventory(), hosts: tasks(), transport, checks: [looks, breaks] });
    expect(of(result, 'HD901')).toMatchObject([
      { host: 'd1', status: 'skip', evidence: 'could not be asked: the question failed with exit status 7' },
      { host: 'd2', status: 'skip' },
    ]);
    expect(of(result, 'HD900').map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect(result.unreached).toEqual([]);
  });

  it('proposes apply only where apply has something to change', async () => {
    const { transport } = lab();
    const nothing = await examine({ inventory: inventory(), hosts: tasks(), transport, checks: [finds] });
    expect(of(nothing, 'HD903').map(({ fix }) => fix)).toEqual(['by hand', 'by hand']);
    expect(nothing.mendable).toEqual([]);
    const something = await examine({ inventory: inventory(), hosts: tasks({ d2: 1 }), transport, checks: [finds] });
    expect(of(something, 'HD903').map(({ fix }) => fix)).toEqual([
      'haprov apply prod.yaml --limit pair',
      'haprov apply prod.yaml --limit pair',
    ]);
    expect(something.mendable).toEqual(['pair']);
  });
});

describe('the registry', () => {
  it('has an id of its own for each check, in the documented form', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^HD\d{3}$/.test(id))).toEqual([]);
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(ids.length);
  });
});
