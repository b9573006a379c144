import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import type { HostPlan } from '../../../src/plan/plan.ts';
import { type Batch, planRollout, reorder, wavesOf } from '../../../src/plan/waves/plan-rollout.ts';
import {
  COMMAND,
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
} from './rollout-support.ts';

const PAIR = inventoryOf({ web: ['lb1', 'lb2'] });
const THREE = inventoryOf({ web: ['lb1', 'lb2', 'lb3'] });
const VIP = '10.0.0.100';

/** "one lb2: reload service keepalived". */
function told(batches: readonly Batch[]): readonly string[] {
  return batches.map(({ kind, members, recreatesInstance }) => {
    const each = members.map(
      ({ host, changes }) => `${host}: ${changes.map(({ action, target }) => `${action} ${target}`).join(', ')}`,
    );
    return `${kind}${recreatesInstance === true ? ' anew' : ''} ${each.join(' | ')}`;
  });
}

function movesOf(inventory = PAIR, ...hosts: readonly HostPlan[]): readonly string[] {
  return told(planRollout(inventory, planOf(...hosts)).clusters[0]?.batches ?? []);
}

const blockedOf = (inventory = PAIR, ...hosts: readonly HostPlan[]): string | undefined =>
  planRollout(inventory, planOf(...hosts)).clusters[0]?.blocked;

describe('the order within a cluster', () => {
  it('updates backups before the VIP holder, whatever their configured priorities', () => {
    expect(movesOf(PAIR, planned('lb1', [FILE], [VIP]), planned('lb2', [FILE]))).toEqual([
      'one lb2: update /etc/x',
      'one lb1: update /etc/x',
    ]);
    expect(movesOf(PAIR, planned('lb1', [FILE]), planned('lb2', [FILE], [VIP]))).toEqual([
      'one lb1: update /etc/x',
      'one lb2: update /etc/x',
    ]);
  });

  it('takes the host with the most VIPs last, and equal ones as the inventory has them', () => {
    const hosts = [planned('lb1', [FILE], [VIP, 'x']), planned('lb2', [FILE], ['y']), planned('lb3', [FILE], ['z'])];
    expect(planRollout(THREE, planOf(...hosts)).clusters[0]?.batches.map(({ members }) => members[0]?.host)).toEqual([
      'lb2',
      'lb3',
      'lb1',
    ]);
  });

  it('has no batch for a host that has nothing to activate', () => {
    expect(movesOf(PAIR, planned('lb1', [PREPARED], [VIP]), planned('lb2', [PREPARED, FILE]))).toEqual([
      'one lb2: update /etc/x',
    ]);
  });

  it('starts a cluster that serves nothing at once', () => {
    expect(movesOf(PAIR, planned('lb1', [FILE, START]), planned('lb2', [START]))).toEqual([
      'start lb1: update /etc/x, start service keepalived | lb2: start service keepalived',
    ]);
  });

  it('does not take a cluster for unused that holds VIPs which the inventory no longer has', () => {
    const change = [conf(NEW_VIP), RESTART];
    expect(movesOf(PAIR, planned('lb1', change), planned('lb2', change)).map((line) => line.split(' ')[0])).toEqual([
      'together',
      'one',
      'one',
    ]);
  });

  it('does not take a cluster for unused while --limit leaves out who may hold its VIP', () => {
    expect(movesOf(limitedTo(THREE, 'lb1', 'lb2'), planned('lb1', [START]), planned('lb2', [START]))).toEqual([
      'one lb1: start service keepalived',
      'one lb2: start service keepalived',
    ]);
  });

  it('leaves the partner of a host that cannot be reached alone, and says so', () => {
    expect(movesOf(PAIR, planned('lb1', [FILE], [VIP]), unreachable('lb2'))).toEqual([]);
    expect(blockedOf(PAIR, planned('lb1', [FILE], [VIP]), unreachable('lb2'))).toBe(
      'lb2 could not be reached, so lb1 is left alone',
    );
    expect(blockedOf(PAIR, planned('lb1', [PREPARED]), unreachable('lb2'))).toBeUndefined();
  });
});

describe('a change that peers see', () => {
  const both = (change: Change, ...more: readonly Change[]) => [
    planned('lb1', [FILE, change, ...more, RELOAD], [VIP]),
    planned('lb2', [FILE, change, ...more, RELOAD]),
  ];

  it('is made on all members at once, the master first, after everything else was made one by one', () => {
    expect(movesOf(PAIR, ...both(conf(NEW_VIP)))).toEqual([
      'one lb2: update /etc/x',
      'one lb1: update /etc/x',
      'together lb1: update /etc/keepalived/keepalived.conf, reload service keepalived | lb2: update /etc/keepalived/keepalived.conf, reload service keepalived',
    ]);
  });

  it('is made without single batches where there is nothing else', () => {
    const only = [conf(NEW_VIP), RELOAD];
    expect(movesOf(PAIR, planned('lb1', only), planned('lb2', only, [VIP])).map((line) => line.split(' ', 2))).toEqual([
      ['together', 'lb2:'],
    ]);
  });

  it('comes before the restarts of keepalived, which are made one by one again', () => {
    const hosts = [planned('lb1', [conf(NEW_VIP), RESTART], [VIP]), planned('lb2', [conf(NEW_VIP), RESTART])];
    expect(movesOf(PAIR, ...hosts)).toEqual([
      'together lb1: update /etc/keepalived/keepalived.conf | lb2: update /etc/keepalived/keepalived.conf',
      'one lb2: restart service keepalived',
      'one lb1: restart service keepalived',
    ]);
  });

  it('does not hold other services and their handlers back, but what may need the new keepalived.conf', () => {
    const nginx = serviceChange('reload', 'nginx');
    const hosts = (...changes: readonly Change[]) => [planned('lb1', changes, [VIP]), planned('lb2', [])];
    expect(movesOf(PAIR, ...hosts(conf(NEW_VIP), nginx, RELOAD))).toEqual([
      'one lb1: reload service nginx',
      'together lb1: update /etc/keepalived/keepalived.conf, reload service keepalived',
    ]);
    expect(movesOf(PAIR, ...hosts(conf(NEW_VIP), COMMAND, nginx, RELOAD))).toEqual([
      'together lb1: update /etc/keepalived/keepalived.conf, reload service keepalived',
      'one lb1: run command, reload service nginx',
    ]);
  });

  it('takes along a member whose change peers do not see, so that it reloads with the others', () => {
    const hosts = [planned('lb1', [conf(NEW_VIP), RELOAD], [VIP]), planned('lb2', [conf(), RELOAD])];
    expect(movesOf(PAIR, ...hosts)).toHaveLength(1);
  });

  it('comes before a member whose keepalived is still to be started, which would be a second master', () => {
    const hosts = [planned('lb1', [conf(NEW_VIP), RELOAD], [VIP]), planned('lb2', [FILE, conf(), START])];
    expect(movesOf(PAIR, ...hosts)).toEqual([
      'together lb1: update /etc/keepalived/keepalived.conf, reload service keepalived',
      'one lb2: update /etc/x, update /etc/keepalived/keepalived.conf, start service keepalived',
    ]);
  });

  it('that makes an instance anew goes to the likely taker first, then to the master', () => {
    const change = [conf(NEW_ID), RELOAD];
    const { clusters } = planRollout(
      THREE,
      planOf(planned('lb1', change, [VIP]), planned('lb3', change), planned('lb2', change)),
    );
    expect(clusters[0]?.batches).toMatchObject([
      { recreatesInstance: true, recreatedVips: [VIP], members: [{ host: 'lb2' }, { host: 'lb1' }, { host: 'lb3' }] },
    ]);
  });

  it('that makes one of two instances anew goes to who does not hold that one first', () => {
    const holding = [
      planned('lb1', [conf(NEW_ID), RELOAD], ['v1', 'v2']),
      planned('lb2', [conf(NEW_ID), RELOAD], [VIP]),
    ];
    expect(movesOf(PAIR, ...holding).map((line) => line.slice(0, 17))).toEqual(['together anew lb1']);
  });

  it('goes together where a reload is owed too: nobody knows what keepalived runs', () => {
    expect(movesOf(PAIR, planned('lb1', [RELOAD], [VIP]), planned('lb2', [RELOAD]))).toEqual([
      'together lb1: reload service keepalived | lb2: reload service keepalived',
    ]);
    expect(movesOf(PAIR, planned('lb1', [conf(), RELOAD], [VIP]), planned('lb2', [conf(), RELOAD]))).toHaveLength(2);
  });

  it('is not begun while a member cannot be reached, and says what would happen', () => {
    expect(blockedOf(PAIR, planned('lb1', [conf(NEW_VIP)], [VIP]), unreachable('lb2'))).toBe(
      'lb2 could not be reached, and it has to take what peers notice at the same moment: VI_1 virtual_ipaddress + 10.0.0.101/24; with that on lb1 alone, two hosts would hold 10.0.0.100. Mend lb2, or take it out of the inventory.',
    );
  });

  it('is not begun while --limit leaves a member out', () => {
    const limited = limitedTo(PAIR, 'lb1');
    expect(movesOf(limited, planned('lb1', [conf(NEW_VIP)], [VIP]))).toEqual([]);
    expect(blockedOf(limited, planned('lb1', [conf(NEW_VIP)], [VIP]))).toMatch(
      /^--limit leaves lb2 out, .*: --limit web$/,
    );
    expect(blockedOf(limited, planned('lb1', [conf()], [VIP]))).toBeUndefined();
  });

  it('does not block another cluster', () => {
    const two = inventoryOf({ web: ['lb1', 'lb2'], api: ['lb3', 'lb4'] });
    const { clusters } = planRollout(
      two,
      planOf(
        planned('lb1', [conf(NEW_VIP)], [VIP]),
        unreachable('lb2'),
        planned('lb3', [FILE], [], 'api'),
        planned('lb4', [], ['10.0.1.100'], 'api'),
      ),
    );
    expect(clusters.map(({ blocked, batches }) => [blocked === undefined, batches.length])).toEqual([
      [false, 0],
      [true, 1],
    ]);
  });
});

describe('the order by what hosts hold now', () => {
  const batches = planRollout(
    THREE,
    planOf(
      planned('lb1', [FILE, conf(NEW_VIP), RESTART], [VIP]),
      planned('lb2', [FILE, conf(NEW_VIP)]),
      planned('lb3', [FILE, conf(NEW_VIP)]),
    ),
  ).clusters[0]?.batches as readonly Batch[];
  const hosts = (list: readonly Batch[]) => list.map(({ members }) => members.map(({ host }) => host).join('+'));

  it('stays where nothing changed', () => {
    expect(hosts(batches)).toEqual(['lb2', 'lb3', 'lb1', 'lb1+lb2+lb3', 'lb1']);
    expect(reorder(batches, new Map())).toEqual(batches);
  });

  it('puts the new holder last, and first where all go together', () => {
    const now = new Map([
      ['lb1', []],
      ['lb2', [VIP]],
    ]);
    expect(hosts(reorder(batches, now))).toEqual(['lb3', 'lb1', 'lb2', 'lb2+lb1+lb3', 'lb1']);
    expect(reorder(batches, now).at(-1)?.members[0]?.holds).toEqual([]);
  });

  it('puts a backup before the master where an instance is made anew', () => {
    const change = [conf(NEW_ID)];
    const [batch] =
      planRollout(PAIR, planOf(planned('lb1', change, [VIP]), planned('lb2', change))).clusters[0]?.batches ?? [];
    expect(
      hosts(
        reorder(
          batch === undefined ? [] : [batch],
          new Map([
            ['lb1', []],
            ['lb2', [VIP]],
          ]),
        ),
      ),
    ).toEqual(['lb1+lb2']);
  });
});

describe('waves', () => {
  it('have the first host of every cluster, then the second', () => {
    const two = inventoryOf({ web: ['lb1', 'lb2'], api: ['lb3', 'lb4'] });
    const rollout = planRollout(
      two,
      planOf(
        planned('lb1', [FILE], [VIP]),
        planned('lb2', [FILE]),
        planned('lb3', [FILE], [], 'api'),
        planned('lb4', [], ['10.0.1.100'], 'api'),
      ),
    );
    expect(wavesOf(rollout)).toEqual([['lb2', 'lb3'], ['lb1']]);
    expect(wavesOf({ clusters: [] })).toEqual([]);
  });
});

const CHANGES: readonly Change[] = [
  PREPARED,
  FILE,
  COMMAND,
  conf(),
  conf(NEW_VIP),
  conf(NEW_ID),
  serviceChange('restart', 'nginx'),
  serviceChange('reload', 'nginx'),
  RESTART,
  RELOAD,
  START,
];
const someChanges = fc.subarray([...CHANGES]).map((list) => list.map((one) => ({ ...one })));
const NAMES = { web: ['a1', 'a2', 'a3'], api: ['b1', 'b2'] } as const;
const FLEET = inventoryOf(NAMES);
const hosts = fc
  .array(fc.tuple(someChanges, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 9 })), {
    minLength: 5,
    maxLength: 5,
  })
  .map((list) =>
    list.map(([changes, held, luck], index) => {
      const cluster = index < 3 ? 'web' : 'api';
      const host = [...NAMES.web, ...NAMES.api][index] ?? '';
      return luck === 0 ? unreachable(host, cluster) : planned(host, changes, ['v1', 'v2'].slice(0, held), cluster);
    }),
  );

describe('whatever the plan', () => {
  const each = (check: (batch: Batch, all: readonly Batch[]) => void): void => {
    fc.assert(
      fc.property(hosts, (list) => {
        for (const { batches } of planRollout(FLEET, planOf(...list)).clusters)
          for (const batch of batches) check(batch, batches);
      }),
      { numRuns: 400 },
    );
  };

  it('no wave has two members of a cluster but where that is meant', () => {
    each(({ kind, members }) => {
      if (kind === 'one') expect(members).toHaveLength(1);
      expect(new Set(members.map(({ host }) => host)).size).toBe(members.length);
      expect(members.every(({ changes }) => changes.length > 0)).toBe(true);
    });
  });

  it('a cluster in which somebody holds a VIP is never started at once', () => {
    each(({ kind, members }) => {
      if (kind === 'start') expect(members.flatMap(({ holds }) => holds)).toEqual([]);
    });
  });

  it('every change to activate is in exactly one batch, unless its cluster says why it is in none', () => {
    fc.assert(
      fc.property(hosts, (list) => {
        const { clusters } = planRollout(FLEET, planOf(...list));
        for (const { cluster, batches, blocked } of clusters) {
          const made = batches.flatMap(({ members }) => members.flatMap(({ changes }) => changes));
          const wanted = list.flatMap((host) =>
            host.cluster === cluster && host.status === 'planned'
              ? host.changes.filter(({ phase }) => phase === 'activate')
              : [],
          );
          if (blocked === undefined) {
            expect(made).toHaveLength(wanted.length);
            expect(new Set(made)).toEqual(new Set(wanted));
          } else {
            expect(made).toEqual([]);
            expect(wanted).not.toEqual([]);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('within a batch a host keeps the order of its changes', () => {
    fc.assert(
      fc.property(hosts, (list) => {
        for (const { batches } of planRollout(FLEET, planOf(...list)).clusters) {
          for (const { host, changes } of batches.flatMap(({ members }) => members)) {
            const plan = list.find((one) => one.host === host);
            const order = plan?.status === 'planned' ? plan.changes : [];
            const places = changes.map((change) => order.indexOf(change));
            expect(places).toEqual([...places].sort((a, b) => a - b));
          }
        }
      }),
    );
  });

  it('what peers see is in a common batch, and so is every reload beside it', () => {
    each(({ kind, members }, all) => {
      if (kind !== 'one' || !all.some((batch) => batch.kind === 'together')) return;
      const [member] = members;
      if (member?.changes.some(({ action, unit }) => action === 'start' && unit === 'keepalived') === true) return;
      expect(member?.changes.some(({ peerVisible, task }) => peerVisible !== undefined || task === RELOAD.task)).toBe(
        false,
      );
    });
  });

  it('of two neighbours that go alone the second one holds no fewer VIPs', () => {
    each((batch, all) => {
      const next = all[all.indexOf(batch) + 1];
      if (batch.kind !== 'one' || next?.kind !== 'one') return;
      expect(next.members[0]?.holds.length).toBeGreaterThanOrEqual(batch.members[0]?.holds.length ?? 0);
    });
  });

  it('asking again and finding the same changes nothing', () => {
    fc.assert(
      fc.property(hosts, (list) => {
        const held = new Map(list.map((host) => [host.host, host.status === 'planned' ? host.holds : []]));
        for (const { batches } of planRollout(FLEET, planOf(...list)).clusters)
          expect(reorder(batches, held)).toEqual(batches);
      }),
    );
  });
});
