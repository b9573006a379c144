import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeepalivedConfig, VrrpInstance } from '../../../src/keepalived/config.ts';
import { stepBetween } from '../../../src/keepalived/intermediate-config.ts';
import { parseKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { routersOf } from '../../../src/keepalived/routers.ts';
import { movedVips, peerVisibleChanges } from '../../../src/keepalived/visible.ts';

const one = (name: string, vrid: number, ...lasts: readonly number[]): VrrpInstance => ({
  name,
  interface: 'eth0',
  virtual_router_id: vrid,
  priority: 100,
  advert_int: 1,
  nopreempt: false,
  auth_pass: 'hunter22',
  virtual_ipaddress: lasts.map((last) => ({ address: `10.0.0.${last}`, prefix: 24, family: 4 })),
  track_script: [],
});
const conf = (...instances: readonly VrrpInstance[]): KeepalivedConfig => ({
  router_id: 'lb1',
  global_defs: [],
  vrrp_scripts: [],
  vrrp_instances: instances,
});
const between = (before: KeepalivedConfig, after: KeepalivedConfig): string | undefined =>
  stepBetween(renderKeepalivedConf(before), after);
const names = (text: string | undefined): readonly string[] =>
  routersOf(parseKeepalivedConf(text ?? '')).map(({ name, vips }) => `${name} ${[...vips.keys()].join(' ')}`);

describe('what has to run for one reload before the new keepalived.conf', () => {
  it('is nothing where no VIP moves between instances', () => {
    expect(between(conf(one('A', 1, 1), one('B', 2, 2)), conf(one('A', 1, 1, 3), one('C', 3, 4)))).toBeUndefined();
  });

  it('is nothing where the VIP goes to an instance further down', () => {
    expect(between(conf(one('A', 1, 1, 3), one('B', 2, 2)), conf(one('A', 1, 1), one('B', 2, 2, 3)))).toBeUndefined();
  });

  it('is the running file with its instances in another order, where the VIP goes up', () => {
    const before = renderKeepalivedConf(conf(one('A', 1, 1), one('B', 2, 2, 3), one('C', 3, 4)));
    const step = stepBetween(before, conf(one('A', 1, 1, 3), one('B', 2, 2), one('C', 3, 4)));
    expect(names(step)).toEqual(['B 10.0.0.2 10.0.0.3', 'A 10.0.0.1', 'C 10.0.0.4']);
    expect(step?.split('\n').sort()).toEqual(before.split('\n').sort());
  });

  it('counts an instance that goes as one that gives: keepalived 2.1 and older take one after the other', () => {
    expect(names(between(conf(one('A', 1, 1), one('B', 2, 2)), conf(one('A', 1, 1, 2))))).toEqual([
      'B 10.0.0.2',
      'A 10.0.0.1',
    ]);
  });

  it('is nothing where the VIP goes to a new instance, which is elected first', () => {
    expect(
      between(conf(one('A', 1, 1), one('B', 2, 2, 3)), conf(one('C', 3, 3), one('A', 1, 1), one('B', 2, 2))),
    ).toBeUndefined();
  });

  it('is the new one without what would be lost, where two instances exchange VIPs', () => {
    const step = between(conf(one('A', 1, 1, 5), one('B', 2, 2, 6)), conf(one('A', 1, 2, 5), one('B', 2, 1, 6)));
    expect(names(step)).toEqual(['A 10.0.0.5', 'B 10.0.0.1 10.0.0.6']);
  });

  it('leaves an instance out whole that would have no VIP', () => {
    expect(names(between(conf(one('A', 1, 1), one('B', 2, 2)), conf(one('A', 1, 2), one('B', 2, 1))))).toEqual([
      'B 10.0.0.1',
    ]);
  });

  it('keeps every line of the file, comments too, whatever stands between the instances', () => {
    const own = `# Written by haprov; and changed by hand since
! edge
vrrp_instance A
{ interface eth0
  virtual_router_id 1 # first
  virtual_ipaddress { 10.0.0.1
  } }
# second
vrrp_instance B {
  interface eth0
  virtual_router_id 2
  virtual_ipaddress {
    10.0.0.2
    10.0.0.3
  }
}
virtual_server 10.0.0.1 80 {
}`;
    const step = stepBetween(own, conf(one('A', 1, 1, 3), one('B', 2, 2)));
    expect(step?.split('\n').sort()).toEqual(own.split('\n').sort());
    expect(names(step)).toEqual(['B 10.0.0.2 10.0.0.3', 'A 10.0.0.1']);
    expect(parseKeepalivedConf(step ?? '').at(-1)?.keyword).toBe('virtual_server');
  });

  it('is the new one without the VIP where somebody else wrote the file: keepalived may complain about that one', () => {
    const own = renderKeepalivedConf(conf(one('A', 1, 1), one('B', 2, 2, 3))).replace(/^.*\n/, '');
    expect(names(stepBetween(own, conf(one('A', 1, 1, 3), one('B', 2, 2))))).toEqual(['A 10.0.0.1', 'B 10.0.0.2']);
  });

  it('is the new one without the VIP where two instances share a line, so that none is cut in two', () => {
    const own = `# Written by haprov
vrrp_instance A {
 interface eth0
 virtual_router_id 1
 virtual_ipaddress {
  10.0.0.1
 }
} vrrp_instance B {
 interface eth0
 virtual_router_id 2
 virtual_ipaddress {
  10.0.0.2
  10.0.0.3
 }
}`;
    const step = stepBetween(own, conf(one('A', 1, 1, 3), one('B', 2, 2)));
    expect(names(step)).toEqual(['A 10.0.0.1', 'B 10.0.0.2']);
  });
});

/** The VIPs that each instance of a set of four has, drawn from ten; none has a VIP that another one has. */
const shared = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 10, maxLength: 10 }).map((owners) => {
  const list = [0, 1, 2, 3].map((owner) => owners.flatMap((who, last) => (who === owner ? [last + 1] : [])));
  return conf(
    ...list.flatMap((lasts, owner) => (lasts.length === 0 ? [] : [one(`VI_${owner}`, 50 + owner, ...lasts)])),
  );
});

/** keepalived's own way through a reload (2.1.5, clear_diff_vrrp), for what one host as the master of all holds after it. */
function reload(held: ReadonlySet<string>, before: string, after: string): ReadonlySet<string> {
  const now = new Set(held);
  const next = routersOf(parseKeepalivedConf(after));
  for (const old of routersOf(parseKeepalivedConf(before))) {
    const same = next.find((router) => router.wire === old.wire);
    for (const vip of old.vips.keys()) if (same?.vips.has(vip) !== true) now.delete(vip);
    for (const vip of same?.vips.keys() ?? []) if (!old.vips.has(vip) && !now.has(vip)) now.add(vip);
  }
  return now;
}

describe('whatever moves where', () => {
  it('no VIP of an instance that stays is lost', () => {
    fc.assert(
      fc.property(shared, shared, (before, after) => {
        const [old, fresh] = [renderKeepalivedConf(before), renderKeepalivedConf(after)];
        const all = new Set(routersOf(parseKeepalivedConf(old)).flatMap(({ vips }) => [...vips.keys()]));
        const step = stepBetween(old, after);
        const middle = step === undefined ? all : reload(all, old, step);
        const held = reload(middle, step ?? old, fresh);
        // An instance that is new on the way has to be elected; what it has is not lost.
        const lives = (text: string, id: string): boolean =>
          routersOf(parseKeepalivedConf(text)).some(({ wire }) => wire === id);
        const stay = routersOf(parseKeepalivedConf(fresh)).filter(
          ({ wire: id }) => lives(old, id) && lives(step ?? old, id),
        );
        for (const { vips } of stay) for (const vip of vips.keys()) expect(held).toContain(vip);
      }),
      { numRuns: 300 },
    );
  });

  it('an order that was found is one that peers do not notice', () => {
    fc.assert(
      fc.property(shared, shared, (before, after) => {
        const old = renderKeepalivedConf(before);
        const step = stepBetween(old, after);
        if (step === undefined) return;
        const statements = parseKeepalivedConf(step);
        if (step.length !== old.length) return;
        expect(peerVisibleChanges(parseKeepalivedConf(old), statements)).toEqual([]);
        expect(movedVips(parseKeepalivedConf(old), statements)).toEqual([]);
      }),
    );
  });
});
