import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import type { Inventory } from '../../../src/inventory/model.ts';
import type { HostPlan, Plan } from '../../../src/plan/plan.ts';
import { planJson } from '../../../src/ui/plan/plan-json.ts';
import { renderPlan } from '../../../src/ui/plan/plan-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { NO_GUARD } from '../facts/no-guard.ts';
import {
  conf,
  FILE,
  inventoryOf,
  limitedTo,
  NEW_ID,
  NEW_VIP,
  PREPARED,
  planned,
  planOf,
  RELOAD,
  RESTART,
  START,
  serviceChange,
  unreachable,
} from '../plan/rollout-support.ts';

const style = createStyle({ colour: false, columns: 80 });
const TWO = inventoryOf({ web: ['lb1', 'lb2'], api: ['lb3', 'lb4'] });
const PAIR = inventoryOf({ web: ['lb1', 'lb2'] });
const [WEB_VIP, API_VIP] = ['10.0.0.100', '10.0.1.100'];

/** The lines from the first wave on, without the closing ones. */
function waves(inventory: Inventory, plan: Plan, verbose = false): string {
  const text = renderPlan(plan, style, { inventory, verbose, next: false });
  const start = text.indexOf('WAVE ');
  return start < 0 ? '' : text.slice(start, text.indexOf('\n\nPLAN'));
}

function pairs(count: number): Inventory {
  return inventoryOf(Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, [`a${n}`, `b${n}`]])));
}

/** The same changes on every host; the first of each cluster holds its VIP, unless its number is `without`. */
function everywhere(inventory: Inventory, changes: readonly Change[], without = -1): Plan {
  return planOf(
    ...inventory.clusters.flatMap(({ name, hosts }, n) =>
      hosts.map(({ id }, at) => planned(id, changes, at === 0 && n !== without ? [`10.0.${n}.100`] : [], name)),
    ),
  );
}

describe('the waves of a plan', () => {
  it('name each host with its cluster and what it holds, and say what happens to the VIPs', () => {
    const plan = planOf(
      planned('lb1', [conf(), RELOAD], [WEB_VIP]),
      planned('lb2', [conf(), RELOAD]),
      planned('lb3', [FILE, RESTART], [API_VIP], 'api'),
      planned('lb4', [FILE, RESTART], [], 'api'),
    );
    expect(waves(TWO, plan)).toBe(`WAVE 1    web/lb2, api/lb4
WAVE 2    web/lb1 (holds 10.0.0.100), api/lb3 (holds 10.0.1.100)
IMPACT    1 VIP moves: 10.0.1.100 to lb4 and back, 0.26s of downtime (lb3
          restarts keepalived); 2 restarts, 2 reloads`);
  });

  it('are not there where nothing is activated', () => {
    expect(waves(PAIR, planOf(planned('lb1', [PREPARED], [WEB_VIP]), planned('lb2', [])))).toBe('');
  });

  it('say what peers notice, and who goes first', () => {
    const change = [conf(NEW_VIP), RELOAD];
    const plan = planOf(
      planned('lb1', [...change, serviceChange('reload', 'nginx')], [WEB_VIP]),
      planned('lb2', change),
    );
    expect(waves(PAIR, plan)).toBe(`WAVE 1    web/lb1 (holds 10.0.0.100)
WAVE 2    web/lb1 + lb2 together
TOGETHER  web: lb1, then lb2 at once: VI_1 virtual_ipaddress + 10.0.0.101/24
IMPACT    no VIP moves; 3 reloads`);
  });

  it('say whom the others wait for where an instance is made anew', () => {
    const plan = planOf(planned('lb1', [conf(NEW_ID), RELOAD], [WEB_VIP]), planned('lb2', [conf(NEW_ID), RELOAD]));
    expect(waves(PAIR, plan)).toBe(`WAVE 1    web/lb2 + lb1 together
TOGETHER  web: lb2 until it holds 10.0.0.100, then lb1 at once: VI_1
          virtual_router_id 1 -> 9
IMPACT    1 VIP moves: 10.0.0.100 to lb2 and back, no downtime (lb1 changes
          virtual_router_id); 2 reloads`);
    expect(renderPlan(plan, style, { inventory: PAIR })).toMatch(
      /lb1 {2}reload {2}service keepalived +VIP moves to lb2 first\n/,
    );
  });

  it('say that a VIP goes to the master of the instance that gets it, in two reloads where it has to be', () => {
    const [cluster] = PAIR.clusters;
    const [instance] = cluster?.vrrp_instances ?? [];
    if (cluster === undefined || instance === undefined) throw new Error('an inventory has instances');
    const vip = (last: number) => ({ address: `10.0.0.${last}`, prefix: 24, family: 4 }) as const;
    const vrrp_instances = [
      { ...instance, virtual_ipaddress: [vip(100), vip(103)] },
      { ...instance, name: 'VI_2', virtual_router_id: 2, virtual_ipaddress: [vip(102)] },
    ];
    const inventory = { ...PAIR, clusters: [{ ...cluster, vrrp_instances }] };
    const intermediate = { text: '', test: { interfaces: [], scripts: [] } };
    const upload = { from: { text: '' }, intermediate };
    const change = [{ ...conf({ ...NEW_VIP, detail: '+ 10.0.0.103/24', gets: '10.0.0.103' }), upload }, RELOAD];
    const plan = planOf(planned('lb1', change, [WEB_VIP]), planned('lb2', change, ['10.0.0.102', '10.0.0.103']));
    expect(waves(inventory, plan)).toBe(`WAVE 1    web/lb2 + lb1 together
TOGETHER  web: lb2, then lb1 at once, in two reloads: VI_1 virtual_ipaddress +
          10.0.0.103/24
IMPACT    1 VIP moves: 10.0.0.103 to lb1, no downtime (lb2 changes
          virtual_ipaddress); 2 reloads`);
    expect(renderPlan(plan, style, { inventory })).toMatch(/lb2 {2}reload .* {2}1 of 2 VIPs moves to lb1 first\n/);
  });

  it('say that a cluster that serves nothing starts at once', () => {
    expect(
      waves(PAIR, planOf(planned('lb1', [START]), planned('lb2', [START]))),
    ).toBe(`WAVE 1    web/lb1 + lb2 start (nothing is served yet)
IMPACT    no VIP moves; 2 starts`);
  });

  it('count the many, and name them with --verbose', () => {
    const inventory = pairs(40);
    const plan = everywhere(inventory, [FILE, RESTART], 3);
    expect(waves(inventory, plan)).toBe(`WAVE 1    39 hosts, each of another cluster (none holds a VIP), 1 cluster at
          once (nothing is served there yet)
WAVE 2    39 hosts, each of another cluster (each holds a VIP)
IMPACT    39 VIPs move, 0.26s of downtime each; 80 restarts`);
    expect(waves(inventory, plan, true)).toContain('c39/b39');
  });

  it('say once what peers notice in many clusters', () => {
    const inventory = pairs(40);
    const visible = conf({ instance: 'VI_1', key: 'auth_pass', detail: 'changes' });
    expect(waves(inventory, everywhere(inventory, [visible, RELOAD]))).toBe(`WAVE 1    40 clusters together
TOGETHER  40 clusters: VI_1 auth_pass changes
IMPACT    no VIP moves; 80 reloads`);
  });

  it('keep to the columns, whatever the names', () => {
    const inventory = inventoryOf({
      'a-cluster-of-some-length': Array.from({ length: 9 }, (_, n) => `load-balancer-${n}`),
    });
    const plan = everywhere(inventory, [conf(NEW_ID, NEW_VIP), RELOAD, FILE, RESTART]);
    const lines = waves(inventory, plan).split('\n');
    expect(lines.length).toBeGreaterThan(9);
    // A word that is too long has a line of its own; nothing else is longer.
    for (const line of lines.filter((one) => one.trim().includes(' '))) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('what a change does to the VIP', () => {
  const effect = (
    changes: readonly Change[],
    holds: readonly string[],
    other: HostPlan = planned('lb2', [], holds.length > 0 ? [] : [WEB_VIP]),
  ): string => {
    const text = renderPlan(planOf(planned('lb1', changes, holds), other), style, { inventory: PAIR });
    return (
      /^~ lb1 .*(?:service (?:nginx|redis)|keepalived\.conf|service keepalived|\/etc\/x) +(.*)$/m.exec(text)?.[1] ??
      text
    );
  };

  it.each<[string, readonly Change[], readonly string[], string]>([
    ['a reload', [serviceChange('reload', 'nginx')], [WEB_VIP], 'VIP stays'],
    ['a restart on the holder', [RESTART], [WEB_VIP], 'VIP moves to lb2 first, 0.26s'],
    [
      'a restart of another service on the holder',
      [serviceChange('restart', 'nginx')],
      [WEB_VIP],
      'VIP moves to lb2 first, 0.26s',
    ],
    ['a restart on a backup', [RESTART], [], 'VIP stays on lb2'],
    [
      'a stop on the holder of two',
      [serviceChange('stop', 'nginx')],
      [WEB_VIP, 'x'],
      '2 VIPs move to lb2 first, 0.26s',
    ],
    ['a restart of what the VIP does not stand for', [serviceChange('restart', 'redis')], [WEB_VIP], 'VIP stays'],
    ['a file', [FILE], [WEB_VIP], '(activate)'],
    ['what peers notice', [conf(NEW_VIP)], [WEB_VIP], '(together)'],
  ])('is said of %s', (_, changes, holds, expected) => {
    expect(effect(changes, holds)).toBe(expected);
  });

  it('is that nothing happens yet where the cluster is blocked', () => {
    expect(effect([FILE], [WEB_VIP], unreachable('lb2'))).toBe('(not now: blocked)');
  });

  it('is said once for many hosts, whoever holds the VIP', () => {
    const inventory = pairs(6);
    const text = renderPlan(everywhere(inventory, [RESTART, RELOAD]), style, { inventory });
    expect(text).toContain('~ 12 hosts  restart  service keepalived  VIP moves first where it is held\n');
    expect(text).toContain('~ 12 hosts  reload   service keepalived  VIP stays\n');
  });
});

describe('a blocked cluster', () => {
  it('is said with the failures, before everything else, with what would happen', () => {
    const plan = planOf(planned('lb1', [conf(NEW_VIP)], [WEB_VIP]), unreachable('lb2'));
    expect(
      renderPlan(plan, style, { inventory: PAIR }).split('\n\n')[0],
    ).toBe(`INCOMPLETE: 1 host could not be asked; of web only a part was seen, and apply leaves it alone
UNREACHABLE  lb2  no answer
BLOCKED      web: lb2 could not be reached, and it has to take what peers notice
             at the same moment: VI_1 virtual_ipaddress + 10.0.0.101/24; with
             that on lb1 alone, two hosts would hold 10.0.0.100. Mend lb2, or
             take it out of the inventory.`);
  });

  it('is counted at the end, and no apply is proposed where nothing could be done', () => {
    const plan = planOf(planned('lb1', [FILE], [WEB_VIP]), unreachable('lb2'));
    expect(renderPlan(plan, style, { inventory: PAIR }).split('\n\n').at(-1)).toBe(
      `PLAN 1 change on 1 of 2 hosts: 0 create, 1 update, 0 remove; 1 unreachable, 1 cluster blocked
Next: fix the errors above, then run: haprov plan prod.yaml
`,
    );
    const mixed = planOf(...plan.hosts, planned('lb3', [FILE], [API_VIP], 'api'), planned('lb4', [], [], 'api'));
    expect(renderPlan(mixed, style, { inventory: TWO })).toContain('\nNext: haprov apply prod.yaml\n');
  });

  it('of many is counted after the first ten', () => {
    const inventory = pairs(12);
    const limited = limitedTo(inventory, ...inventory.clusters.map(({ hosts }) => hosts[0]?.id ?? ''));
    const plan = everywhere(limited, [conf(NEW_VIP)]);
    const text = renderPlan(plan, style, { inventory: limited });
    expect(text.match(/^BLOCKED /gm)).toHaveLength(10);
    expect(text).toContain('             and 2 more clusters (--verbose names them)\n');
    expect(renderPlan(plan, style, { inventory: limited, verbose: true }).match(/^BLOCKED /gm)).toHaveLength(12);
  });
});

describe('notes on what guards a host', () => {
  const lease = {
    token: 'hush',
    run: 'r42',
    who: 'alice@ops1',
    why: 'apply prod.yaml',
    process: 'm/b/1',
    heldFor: 12.3,
    left: 40,
  };
  const armed = { state: 'armed', run: 'r42', who: 'alice@ops1', left: 39.6 } as const;
  const putBack = {
    run: 'r41',
    who: 'bob@ops2',
    at: '2026-11-22T10:00:00Z',
    reason: 'nobody confirmed it within 60 s',
    ok: false,
  };
  const guarded = (guard: Partial<typeof NO_GUARD>, host = 'lb1'): HostPlan => {
    const plan = planned(host, []);
    return plan.status === 'planned' ? { ...plan, guard: { ...NO_GUARD, ...guard } } : plan;
  };
  const notes = (...hosts: readonly HostPlan[]): readonly string[] =>
    renderPlan(planOf(...hosts), style)
      .split('\n')
      .filter((line) => line.startsWith('note'));

  it('say who is at work there, once for all hosts of that run', () => {
    expect(notes(guarded({ lease }), guarded({ lease }, 'lb2'))).toEqual([
      'note lb1, lb2: alice@ops1 has been at "apply prod.yaml" for 12s (run r42); this plan may be out of date',
    ]);
  });

  it('are silent about a lease that has expired', () => {
    expect(notes(guarded({ lease: { ...lease, left: 0 } }))).toEqual([]);
  });

  it('say what the host will do by itself, and what it has done', () => {
    expect(notes(guarded({ armed, putBack }))).toEqual([
      'note lb1: it will put run r42 of alice@ops1 back in 40s unless that is confirmed before',
      'note lb1: it put run r41 of bob@ops2 back at 2026-11-22T10:00:00Z: nobody confirmed it within 60 s; not all of it came back',
    ]);
    expect(notes(guarded({ armed: { ...armed, state: 'rolling' } }))).toEqual([
      'note lb1: it is putting run r42 of alice@ops1 back at this moment',
    ]);
    expect(notes(guarded({ armed: { ...armed, left: 0 } }))).toEqual([
      'note lb1: it is due to put run r42 of alice@ops1 back: it was not confirmed',
    ]);
  });

  it('are in the JSON without the token of the run', () => {
    const json = planJson(planOf(guarded({ lease, armed, putBack })));
    expect(json.hosts['lb1']?.guard).toEqual({
      lease: { run: 'r42', who: 'alice@ops1', why: 'apply prod.yaml', held_for: 12.3, left: 40 },
      armed,
      put_back: putBack,
    });
    expect(JSON.stringify(json)).not.toContain('hush');
  });
});

describe('plan --json', () => {
  it('has the waves, what goes together, and what is blocked', () => {
    const plan = planOf(
      planned('lb1', [FILE, conf(NEW_ID)], [WEB_VIP]),
      planned('lb2', [FILE, conf(NEW_ID)]),
      planned('lb3', [FILE], [], 'api'),
      unreachable('lb4', 'api'),
    );
    expect(planJson(plan, TWO)).toMatchObject({
      waves: [['lb2'], ['lb1'], ['lb2', 'lb1']],
      together: [
        {
          cluster: 'web',
          hosts: ['lb2', 'lb1'],
          wait_for: [WEB_VIP],
          changes: [{ instance: 'VI_1', key: 'virtual_router_id', detail: '1 -> 9' }],
        },
      ],
      blocked: { api: 'lb4 could not be reached, so lb3 is left alone' },
      vip_moves: [
        {
          cluster: 'web',
          vip: WEB_VIP,
          from: 'lb1',
          to: 'lb2',
          by: 'lb1',
          why: 'changes virtual_router_id',
          outage_ms: null,
          returns: true,
        },
      ],
    });
  });
});
