import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Member, proveDegradedFailover, proveFailover, type WeightedCheck } from '../../../src/vrrp/failover.ts';
import { healthyOf, standing } from '../../../src/vrrp/priority.ts';

const member = (host: string, priority: number, nopreempt = false): Member => {
  return { host, priority, preempts: !nopreempt, preemptDelaySeconds: 0 };
};
const nginx = (weight: number): WeightedCheck => ({ name: 'check_nginx', weight });

describe('proveFailover', () => {
  it('refutes the widespread tutorial: weight -20 and nopreempt on the backup', () => {
    expect(proveFailover([member('lb1', 100), member('lb2', 90, true)], [nginx(-20)])).toEqual([
      {
        host: 'lb1',
        failing: ['check_nginx'],
        kind: 'nopreempt-weight',
        weight: -20,
        base: 100,
        healthy: 100,
        effective: 80,
        rival: { host: 'lb2', priority: 90, preempts: false },
        down: [],
      },
    ]);
  });

  it('names the bound that a negative weight must be below', () => {
    const [finding, ...more] = proveFailover([member('lb1', 100), member('lb2', 90)], [nginx(-5)]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      host: 'lb1',
      kind: 'weight-too-small',
      effective: 95,
      rival: { host: 'lb2', priority: 90 },
      needed: { below: -10 },
    });
  });

  it('does not count an equal priority as a takeover', () => {
    const members = [member('lb1', 100), member('lb2', 90)];
    expect(proveFailover(members, [nginx(-10)])).toHaveLength(1);
    expect(proveFailover(members, [nginx(-11)])).toEqual([]);
  });

  it('finds that the lower host keeps the VIP when the higher one came back with nopreempt', () => {
    const findings = proveFailover([member('lb1', 100, true), member('lb2', 90, false)], [nginx(-20)]);
    expect(findings).toMatchObject([{ host: 'lb2', kind: 'nopreempt-weight', effective: 70, rival: { host: 'lb1' } }]);
  });

  it('tells both hosts of a pair on which both have nopreempt', () => {
    const findings = proveFailover([member('lb1', 100, true), member('lb2', 90, true)], [nginx(-20)]);
    expect(findings.map(({ host, kind }) => [host, kind])).toEqual([
      ['lb1', 'nopreempt-weight'],
      ['lb2', 'nopreempt-weight'],
    ]);
  });

  it('accepts weight 0 with and without nopreempt', () => {
    expect(proveFailover([member('lb1', 100, true), member('lb2', 90, true)], [nginx(0)])).toEqual([]);
    expect(proveFailover([member('lb1', 100), member('lb2', 90)], [nginx(0)])).toEqual([]);
  });

  it('names the bound that a positive weight must be above', () => {
    const members = [member('lb1', 100), member('lb2', 90)];
    expect(proveFailover(members, [nginx(5)])).toMatchObject([
      { kind: 'weight-positive', healthy: 105, effective: 100, rival: { priority: 95 }, needed: { above: 10 } },
    ]);
    expect(proveFailover(members, [nginx(11)])).toEqual([]);
  });

  it('tells each check whose failure alone leaves the VIP, though together they would move it', () => {
    const checks = [
      { name: 'a', weight: -6 },
      { name: 'b', weight: -6 },
    ];
    const findings = proveFailover([member('lb1', 100), member('lb2', 90)], checks);
    expect(findings.map(({ failing }) => failing)).toEqual([['a'], ['b']]);
  });

  it('gives no bound where priority 1 can be outranked by nobody', () => {
    const [finding] = proveFailover([member('lb1', 5), member('lb2', 1)], [nginx(-100)]);
    expect(finding).toMatchObject({ host: 'lb1', effective: 1 });
    expect(finding).not.toHaveProperty('needed');
  });

  it('has nothing to say of a host without peers', () => {
    expect(proveFailover([member('lb1', 100)], [nginx(-5)])).toEqual([]);
  });

  it('is content with three hosts when the next one takes over', () => {
    const members = [member('lb1', 100), member('lb2', 90), member('lb3', 60)];
    expect(proveFailover(members, [nginx(-20)])).toEqual([]);
    expect(proveDegradedFailover(members, [nginx(-20)])).toMatchObject([
      { host: 'lb1', down: ['lb2'], rival: { host: 'lb3', priority: 60 }, effective: 80, needed: { below: -40 } },
      { host: 'lb2', down: ['lb1'], rival: { host: 'lb3', priority: 60 }, effective: 70, needed: { below: -30 } },
    ]);
  });
});

const hosts = fc
  .array(
    fc.record({
      priority: fc.integer({ min: 1, max: 254 }),
      preempts: fc.boolean(),
      preemptDelaySeconds: fc.constant(0),
    }),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  .map((list) => list.map((value, index) => ({ host: `lb${index + 1}`, ...value })));
const someChecks = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: -253, max: 253 }), fc.integer({ min: -30, max: 30 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((weights) => weights.map((weight, index) => ({ name: `check_${index}`, weight })));

function subsets(names: readonly string[]): string[][] {
  return names.reduce<string[][]>((sets, name) => sets.concat(sets.map((set) => [...set, name])), [[]]).slice(1);
}

/** keepalived's rule, word for word, for one holder and one set of failing checks. */
function moves(
  holder: Member,
  peers: readonly Member[],
  checks: readonly WeightedCheck[],
  failing: readonly string[],
): boolean {
  const own = standing(holder.priority, checks, failing);
  if (own === 'fault') return peers.length > 0;
  return peers.some((peer) => peer.preempts && healthyOf(peer, checks) > own);
}

describe('the proof and the exhaustive search agree', () => {
  it('on every host as holder and every non-empty set of failing checks', () => {
    fc.assert(
      fc.property(hosts, someChecks, (members, checks) => {
        const findings = proveFailover(members, checks);
        for (const holder of members) {
          const peers = members.filter((other) => other !== holder);
          const told = findings.filter(({ host }) => host === holder.host).map(({ failing }) => failing[0]);
          for (const failing of subsets(checks.map(({ name }) => name))) {
            const stays = !moves(holder, peers, checks, failing);
            if (stays) expect(failing.every((name) => told.includes(name))).toBe(true);
            if (failing.length === 1) expect(told.includes(failing[0])).toBe(stays);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('on the bound: the next weight past it moves the VIP, the bound itself does not', () => {
    fc.assert(
      fc.property(hosts, someChecks, (members, checks) => {
        for (const { host, failing, needed, rival } of proveFailover(members, checks)) {
          const holder = members.find((member) => member.host === host);
          const peer = members.find((member) => member.host === rival.host);
          if (needed === undefined || holder === undefined || peer === undefined) continue;
          const withWeight = (weight: number): WeightedCheck[] =>
            checks.map((check) => (check.name === failing[0] ? { ...check, weight } : check));
          const bound = 'below' in needed ? needed.below : needed.above;
          const past = 'below' in needed ? bound - 1 : bound + 1;
          expect(moves(holder, [peer], withWeight(past), failing)).toBe(true);
          if (bound !== 0) expect(moves(holder, [peer], withWeight(bound), failing)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('on the hosts that have to be down: without them the VIP stays, with any one of them it moves', () => {
    fc.assert(
      fc.property(hosts, someChecks, (members, checks) => {
        for (const { host, failing, down } of proveDegradedFailover(members, checks)) {
          const holder = members.find((member) => member.host === host);
          if (holder === undefined) throw new Error('a finding names a host that is not a member');
          const up = members.filter((member) => member.host !== host && !down.includes(member.host));
          expect(up.length).toBeGreaterThan(0);
          expect(moves(holder, up, checks, failing)).toBe(false);
          for (const back of down) {
            const peers = members.filter((member) => up.includes(member) || member.host === back);
            expect(moves(holder, peers, checks, failing)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a weight that differs by host', () => {
  const check = { name: 'dns', weight: 0, weights: { p1: 30, p2: 20, p3: 10 } };
  const members = ['p1', 'p2', 'p3'].map((host, index) => ({
    host,
    priority: 120 - index * 10,
    preempts: true,
    preemptDelaySeconds: 0,
  }));

  it('is what each host adds to its priority', () => {
    expect(members.map((member) => healthyOf(member, [check]))).toEqual([150, 130, 110]);
  });

  it('is what the holder loses: the VIP moves where that is enough, and stays where it is not', () => {
    expect(proveFailover(members, [check])).toEqual([]);
    const small = { ...check, weights: { p1: 1, p2: 1, p3: 1 } };
    expect(proveFailover(members, [small])).toMatchObject([
      { host: 'p1', weight: 1, rival: { host: 'p2', priority: 111 }, needed: { above: 10 } },
    ]);
  });
});
