import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPlan, type Summary } from '../../../src/apply/apply.ts';
import type { ApplyEvent } from '../../../src/apply/events.ts';
import { judgeHolders } from '../../../src/apply/verify.ts';
import { NO_GUARD } from '../../../src/facts/guard.ts';
import type { Cluster, Host, Inventory } from '../../../src/inventory/model.ts';
import type { HostPlan } from '../../../src/plan/plan.ts';
import type { HostTasks } from '../../../src/plan/plan-host.ts';
import type { Change } from '../../../src/tasks/change.ts';
import type { Session } from '../../../src/transport/session.ts';
import { clusterWith } from '../tasks/support.ts';

type Fate = 'fine' | 'converged' | 'unreachable' | 'unplanned' | 'prepare-fails' | 'activate-fails' | 'left-over';

const NAMES = ['lb1', 'lb2'];
const template = clusterWith();

function clusterNamed(name: string): Cluster {
  const hosts = NAMES.map((host): Host => {
    const [first] = template.hosts;
    if (first === undefined) throw new Error('a cluster has hosts');
    return { ...first, id: `${name}/${host}`, name: host, cluster: name };
  });
  return {
    ...template,
    name,
    hosts,
    vrrp_instances: template.vrrp_instances.map((one) => ({ ...one, track_script: [] })),
  };
}

function change(host: string, phase: Change['phase'], target: string, stage = false): Change {
  const step = (what: string) => ({ describe: `${what} ${target}`, script: `${host} ${what} ${target}` });
  return {
    task: target,
    module: 'm',
    action: 'update',
    target,
    detail: '',
    phase,
    ...(stage ? { stage: [step('stage')] } : {}),
    steps: [step('do')],
    notify: [],
  };
}

interface Run {
  readonly summary: Summary;
  readonly events: readonly ApplyEvent[];
  /** Scripts in the order in which they were begun. */
  readonly ran: readonly string[];
}

/** Applies a plan of clusters whose hosts have those fates; the first host of each cluster holds its VIP unless told otherwise. */
async function run(
  fates: Readonly<Record<string, readonly Fate[]>>,
  more: {
    holders?: Readonly<Record<string, readonly string[]>>;
    onScript?: (script: string, abort: AbortController) => void;
  } = {},
): Promise<Run> {
  const clusters = Object.keys(fates).map(clusterNamed);
  const inventory: Inventory = { file: 'inventory.yaml', directory: '/', forks: 4, clusters };
  const fateOf = (host: Host): Fate => fates[host.cluster]?.[NAMES.indexOf(host.name)] ?? 'fine';
  const holds = (host: Host): boolean => (more.holders?.[host.cluster] ?? ['lb1']).includes(host.name);
  const ran: string[] = [];
  const abort = new AbortController();
  const session = (host: Host): Session => ({
    host,
    close: () => undefined,
    run: async (script) => {
      const mark = /echo (haprov-[0-9a-f]+) 0/.exec(script)?.[1];
      if (mark !== undefined) {
        const line = holds(host) ? '2: eth0    inet 192.168.1.100/24 scope global eth0\\' : '';
        const none = `\n${mark} 1\n\n${mark} 1 0\n\n${mark} 2\n\n${mark} 2 0\n`;
        return { code: 0, stdout: `\n${mark} 0\n${line}\n\n${mark} 0 0\n${none}`, stderr: '' };
      }
      ran.push(script);
      more.onScript?.(script, abort);
      await new Promise((resolve) => setImmediate(resolve));
      const fate = fateOf(host);
      const bad =
        (fate === 'prepare-fails' && script.includes('package')) ||
        (fate === 'activate-fails' && script.includes('do config'));
      return { code: bad ? 1 : 0, stdout: '', stderr: bad ? 'it went wrong\nmore of it\n' : '' };
    },
  });
  const plans: HostPlan[] = [];
  const hosts: HostTasks[] = [];
  const sessions = new Map<string, Session>();
  for (const cluster of clusters) {
    for (const host of cluster.hosts) {
      const fate = fateOf(host);
      const error = { message: 'no', host: host.id };
      const { id } = host;
      if (fate === 'unreachable' || fate === 'unplanned') {
        plans.push({ host: id, cluster: cluster.name, status: fate === 'unplanned' ? 'failed' : 'unreachable', error });
      } else {
        const changes =
          fate === 'converged'
            ? []
            : [
                change(id, 'prepare', 'package'),
                change(id, 'activate', 'config', true),
                change(id, 'activate', 'service'),
              ];
        plans.push({
          host: id,
          cluster: cluster.name,
          status: 'planned',
          changes,
          holds: holds(host) ? ['192.168.1.100'] : [],
          guard: NO_GUARD,
          notes: [],
        });
        sessions.set(id, session(host));
      }
      const left = fate === 'left-over' ? [change(id, 'activate', 'config')] : [];
      hosts.push({
        cluster,
        host,
        tasks: [{ name: 't', notify: [], plan: async () => ({ changes: left, notes: [] }) }],
        handlers: [],
      });
    }
  }
  const events: ApplyEvent[] = [];
  const plan = { format: 1, inventory: 'inventory.yaml', hosts: plans } as const;
  const summary = await applyPlan({
    inventory,
    plan,
    sessions,
    hosts,
    emit: (event) => events.push(event),
    signal: abort.signal,
  });
  return { summary, events, ran };
}

function statuses({ summary }: Run): Record<string, string> {
  return Object.fromEntries(
    Object.entries(summary.hosts).map(([host, { status, changes }]) => [host, `${status} ${changes}`]),
  );
}

describe('an apply', () => {
  it('prepares all hosts before it activates the first, and stages what is activated later', async () => {
    const { ran } = await run({ a: ['fine', 'fine'], b: ['fine', 'fine'] });
    const prepared = ran.filter((script) => /do package|stage config/.test(script));
    expect(prepared).toHaveLength(8);
    expect(ran.slice(0, 8).sort()).toEqual([...prepared].sort());
  });

  it('activates the hosts of a cluster one after the other', async () => {
    const { ran } = await run({ a: ['fine', 'fine'] });
    expect(ran.slice(-4)).toEqual(['a/lb1 do config', 'a/lb1 do service', 'a/lb2 do config', 'a/lb2 do service']);
  });

  it('counts what was made, and leaves a host alone that needs nothing', async () => {
    const done = await run({ a: ['fine', 'converged'] });
    expect(statuses(done)).toEqual({ 'a/lb1': 'changed 3', 'a/lb2': 'ok 0' });
    expect(done.ran.some((script) => script.startsWith('a/lb2'))).toBe(false);
  });

  it('does nothing where all is as it shall be', async () => {
    const done = await run({ a: ['converged', 'converged'] });
    expect(done.ran).toEqual([]);
    expect(statuses(done)).toEqual({ 'a/lb1': 'ok 0', 'a/lb2': 'ok 0' });
  });

  it.each([
    ['prepare-fails', 'failed 0'],
    ['activate-fails', 'failed 1'],
    ['left-over', 'failed 3'],
  ] as const)('of a host that %s stops its own cluster, and no other', async (fate, own) => {
    const done = await run({ a: [fate, 'fine'], b: ['fine', 'fine'] });
    expect(statuses(done)).toMatchObject({ 'a/lb1': own, 'b/lb1': 'changed 3', 'b/lb2': 'changed 3' });
    expect(done.ran.filter((script) => /^a\/lb2 do (config|service)/.test(script))).toEqual([]);
    expect(done.summary.hosts['a/lb2']?.error?.message).toBe('not activated, since a/lb1 failed');
  });

  it.each(['unreachable', 'unplanned'] as const)('leaves the partner of a host that is %s in service', async (fate) => {
    const done = await run({ a: ['fine', fate] });
    expect(done.ran.filter((script) => /do (config|service)/.test(script))).toEqual([]);
    expect(done.summary.hosts['a/lb2']?.status).toBe(fate === 'unplanned' ? 'failed' : 'unreachable');
  });

  it('takes what is left over for a failure, and says what it is', async () => {
    const { summary } = await run({ a: ['converged', 'left-over'] });
    expect(summary.hosts['a/lb2']?.error?.message).toBe('still to be done after the apply: update config');
  });

  it('says of a step that failed what the host said', async () => {
    const { summary, events } = await run({ a: ['activate-fails', 'converged'] });
    expect(summary.hosts['a/lb1']?.error).toEqual({
      message: 'it went wrong',
      host: 'a/lb1',
      action: 'do config',
      evidence: 'more of it',
    });
    expect(events.filter((event) => event.event === 'change-end' && !event.ok)).toHaveLength(1);
  });

  it('that is interrupted ends the running change and begins no other', async () => {
    const done = await run(
      { a: ['fine', 'fine'], b: ['converged', 'converged'] },
      { onScript: (script, abort) => (script === 'a/lb1 do config' ? abort.abort() : undefined) },
    );
    expect(done.ran.at(-1)).toBe('a/lb1 do config');
    expect(statuses(done)).toMatchObject({ 'a/lb1': 'failed 2', 'b/lb1': 'ok 0' });
    expect(done.summary.hosts['a/lb1']?.error?.message).toBe('interrupted');
  });

  it('tells each host before the summary, which is last', async () => {
    const { events } = await run({ a: ['fine', 'unreachable'], b: ['converged', 'fine'] });
    expect(events.filter(({ event }) => event === 'host-end')).toHaveLength(4);
    expect(events.at(-1)?.event).toBe('summary');
  });
});

describe('the holders of a VIP', () => {
  it('are told for each cluster', async () => {
    const { summary } = await run({ a: ['fine', 'fine'] });
    expect(summary.vips).toEqual([
      { cluster: 'a', instance: 'VI_1', vip: '192.168.1.100', unseen: [], holders: ['a/lb1'] },
    ]);
  });

  const vip = (...holders: string[]) => [{ cluster: 'a', instance: 'VI_1', vip: '192.168.1.100', unseen: [], holders }];

  it('are wrong when there are two, whatever cannot be seen', () => {
    expect(judgeHolders(vip('lb1', 'lb2'), true)?.message).toBe('192.168.1.100 is held by lb1 and lb2 at once');
    expect(judgeHolders(vip('lb1', 'lb2'), false)?.facts.next).toContain('IP protocol 112');
  });

  it('are wrong when there is none, unless somebody cannot be asked', () => {
    expect(judgeHolders(vip(), false)?.message).toBe('no host holds 192.168.1.100');
    expect(judgeHolders(vip(), true)).toBeUndefined();
    expect(judgeHolders(vip('lb1'), false)).toBeUndefined();
  });

  it('are not waited for where a host cannot be asked', async () => {
    const { events } = await run({ a: ['fine', 'unreachable'] }, { holders: { a: [] } });
    expect(events.filter((event) => event.event === 'gate')).toMatchObject([{ ok: true, detail: 'nobody seen' }]);
  });
});

describe('any mix of failures', () => {
  const fate = fc.constantFrom<Fate>(
    'fine',
    'converged',
    'unreachable',
    'unplanned',
    'prepare-fails',
    'activate-fails',
    'left-over',
  );

  it('gives every host one status, and applies every cluster that has none wholly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fate, fate), { minLength: 1, maxLength: 5 }), async (mix) => {
        const fates = Object.fromEntries(mix.map((pair, index) => [`c${index}`, pair]));
        const done = await run(fates);
        expect(Object.keys(done.summary.hosts).sort()).toEqual(
          Object.keys(fates)
            .flatMap((name) => NAMES.map((host) => `${name}/${host}`))
            .sort(),
        );
        for (const [name, pair] of Object.entries(fates)) {
          const outcomes = NAMES.map((host) => done.summary.hosts[`${name}/${host}`]);
          if (pair.every((one) => one === 'fine' || one === 'converged')) {
            expect(outcomes.map((one) => one?.status)).toEqual(pair.map((one) => (one === 'fine' ? 'changed' : 'ok')));
          } else {
            expect(outcomes.some((one) => one?.status === 'failed' || one?.status === 'unreachable')).toBe(true);
          }
          for (const [index, one] of pair.entries())
            if (one === 'unreachable') expect(outcomes[index]?.status).toBe('unreachable');
          // Never are both members out of service because of a failure.
          const activated = NAMES.filter((host) => done.ran.includes(`${name}/${host} do config`));
          if (pair[0] === 'activate-fails' || pair[0] === 'left-over') expect(activated).not.toContain('lb2');
        }
      }),
      { numRuns: 150 },
    );
  });
});
