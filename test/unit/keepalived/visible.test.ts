import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeepalivedConfig, VirtualAddress, VrrpInstance } from '../../../src/keepalived/config.ts';
import { parseKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { cannotCompare, movedVips, peerVisibleChanges, recreatedInstances } from '../../../src/keepalived/visible.ts';
import { GOLDEN } from '../../fixtures/keepalived/configurations.ts';

const v4 = (last: number, prefix = 24): VirtualAddress => ({ address: `10.0.0.${last}`, prefix, family: 4 });
const v6 = (last: number): VirtualAddress => ({ address: `2001:db8::${last}`, prefix: 64, family: 6 });
const instance: VrrpInstance = {
  name: 'VI_1',
  interface: 'eth0',
  virtual_router_id: 51,
  priority: 100,
  advert_int: 1,
  nopreempt: false,
  auth_pass: 'secret12',
  virtual_ipaddress: [v4(1), v4(2)],
  track_script: [],
};
const second: VrrpInstance = { ...instance, name: 'VI_2', virtual_router_id: 52, virtual_ipaddress: [v4(9)] };
const unicast = { src_ip: '10.0.1.1', peers: ['10.0.1.2', '10.0.1.3'] };
const conf = (...instances: readonly VrrpInstance[]): KeepalivedConfig => ({
  router_id: 'lb1',
  global_defs: [],
  vrrp_scripts: [],
  vrrp_instances: instances,
});
const running = (...instances: readonly VrrpInstance[]) =>
  parseKeepalivedConf(renderKeepalivedConf(conf(...instances)));
const seen = (before: readonly VrrpInstance[], after: readonly VrrpInstance[]): readonly string[] =>
  peerVisibleChanges(running(...before), conf(...after)).map(
    ({ instance: name, key, detail, anew }) => `${name} ${key} ${detail}${anew === true ? ' (anew)' : ''}`,
  );
const from = (text: string): readonly string[] =>
  peerVisibleChanges(parseKeepalivedConf(text), conf(instance)).map(({ key, detail }) => `${key} ${detail}`);

describe('what peers notice of a new keepalived.conf', () => {
  it.each<[string, Partial<VrrpInstance>, readonly string[]]>([
    ['a VIP more', { virtual_ipaddress: [v4(1), v4(2), v4(3)] }, ['VI_1 virtual_ipaddress + 10.0.0.3/24']],
    ['a VIP less', { virtual_ipaddress: [v4(2)] }, ['VI_1 virtual_ipaddress - 10.0.0.1/24']],
    [
      'another VIP',
      { virtual_ipaddress: [v4(1), v4(5)] },
      ['VI_1 virtual_ipaddress + 10.0.0.5/24', 'VI_1 virtual_ipaddress - 10.0.0.2/24'],
    ],
    ['another password, without showing it', { auth_pass: 'hunter22' }, ['VI_1 auth_pass changes']],
    ['no password any more', { auth_pass: undefined as never }, ['VI_1 auth_type PASS -> none']],
    ['another interval', { advert_int: 2 }, ['VI_1 advert_int 1 -> 2']],
    ['another version', { version: 3 }, ['VI_1 version 2 -> 3']],
    ['another virtual_router_id', { virtual_router_id: 60 }, ['VI_1 virtual_router_id 51 -> 60 (anew)']],
    ['another interface', { interface: 'eth1' }, ['VI_1 interface eth0 -> eth1 (anew)']],
    ['unicast', { unicast }, ['VI_1 unicast_peer multicast -> unicast (anew)']],
  ])('%s', (_, change, expected) => {
    expect(seen([instance], [{ ...instance, ...change }])).toEqual(expected);
  });

  it.each<[string, Partial<VrrpInstance>]>([
    ['priority', { priority: 7 }],
    ['nopreempt', { nopreempt: true }],
    ['preempt_delay', { preempt_delay: 9 }],
    ['checks', { track_script: ['chk'] }],
    ['notify', { notify: '/usr/libexec/notify' }],
    ['a prefix', { virtual_ipaddress: [v4(1, 32), v4(2, 16)] }],
    ['a label', { virtual_ipaddress: [{ ...v4(1), label: 'eth0:1' }, v4(2)] }],
    ['the order of VIPs', { virtual_ipaddress: [v4(2), v4(1)] }],
    ['its own name', { name: 'WEB' }],
    ['an address that is excluded from adverts', { virtual_ipaddress: [v4(1), v4(2), v6(1)] }],
    ['what is the default', { version: 2 }],
  ])('is not %s', (_, change) => {
    expect(seen([instance], [{ ...instance, ...change }])).toEqual([]);
  });

  it('of unicast is each peer, and the source, whose change makes the instance anew', () => {
    const before = { ...instance, unicast };
    const after = { ...instance, unicast: { src_ip: '10.0.1.1', peers: ['10.0.1.2', '10.0.1.4'] } };
    expect(seen([before], [after])).toEqual(['VI_1 unicast_peer + 10.0.1.4', 'VI_1 unicast_peer - 10.0.1.3']);
    expect(seen([before], [{ ...instance, unicast: { ...unicast, src_ip: '10.0.1.9' } }])).toEqual([
      'VI_1 unicast_src_ip 10.0.1.1 -> 10.0.1.9 (anew)',
    ]);
    expect(seen([before], [instance])).toEqual(['VI_1 unicast_peer unicast -> multicast (anew)']);
  });

  it('is nothing of a password that version 3 does not send', () => {
    const three = { ...instance, version: 3 } as const;
    expect(seen([three], [{ ...three, auth_pass: 'hunter22' }])).toEqual([]);
  });

  it('is nothing of a new instance, nor of one that goes', () => {
    expect(seen([instance], [instance, second])).toEqual([]);
    expect(seen([instance, second], [instance])).toEqual([]);
  });

  it('is a renamed instance with another virtual_router_id: it is not a new one', () => {
    expect(seen([instance], [{ ...instance, name: 'WEB', virtual_router_id: 60 }])).toEqual([
      'WEB virtual_router_id 51 -> 60 (anew)',
    ]);
  });

  it('goes by virtual_router_id where two instances exchange their names', () => {
    expect(
      seen(
        [instance, second],
        [
          { ...second, name: 'VI_1' },
          { ...instance, name: 'VI_2' },
        ],
      ),
    ).toEqual([]);
  });

  it('is a VIP that goes to another instance, in both lists', () => {
    const after = [
      { ...instance, virtual_ipaddress: [v4(1)] },
      { ...second, virtual_ipaddress: [v4(2), v4(9)] },
    ];
    expect(seen([instance, second], after)).toEqual([
      'VI_1 virtual_ipaddress - 10.0.0.2/24',
      'VI_2 virtual_ipaddress + 10.0.0.2/24',
    ]);
  });

  it('is a VIP that goes to a new instance: that one has to be elected first', () => {
    const after = [
      { ...instance, virtual_ipaddress: [v4(1)] },
      { ...second, virtual_ipaddress: [v4(2)] },
    ];
    expect(seen([instance], after)).toEqual([
      'VI_1 virtual_ipaddress - 10.0.0.2/24',
      'VI_2 virtual_ipaddress + 10.0.0.2/24, from VI_1 (anew)',
    ]);
  });

  it('is an address that goes from one instance to another, though neither advertises it', () => {
    const before = [{ ...instance, virtual_ipaddress: [v4(1), v6(1)] }, second];
    const after = [
      { ...instance, virtual_ipaddress: [v4(1)] },
      { ...second, virtual_ipaddress: [v4(9), v6(1)] },
    ];
    expect(seen(before, after)).toEqual(['VI_2 virtual_ipaddress_excluded + 2001:db8::1/64, from VI_1']);
  });

  it('is nothing at all of a golden file that is written again', () => {
    for (const { config } of GOLDEN) {
      expect(peerVisibleChanges(parseKeepalivedConf(renderKeepalivedConf(config)), config)).toEqual([]);
    }
  });
});

describe('a file that somebody else wrote', () => {
  const own = `vrrp_instance web
{
  state MASTER
  interface eth0   # the outer one
  virtual_router_id 051
  priority 150
  authentication
  {
    auth_type PASS
    auth_pass secret12345
  }
  virtual_ipaddress {
    10.0.0.2/24 brd 10.0.0.255 dev eth0 label eth0:2
    10.0.0.1
  }
}`;

  it('agrees where it means the same: another name, order, form, and what keepalived cuts off', () => {
    expect(from(own)).toEqual([]);
  });

  it('is read with the defaults of its global_defs', () => {
    expect(from(`global_defs {\n vrrp_version 3\n}\n${own}`)).toEqual(['version 3 -> 2']);
    expect(from(`global_defs {\n default_interface eth0\n}\n${own.replace(/interface eth0.*/, '')}`)).toEqual([]);
    expect(from(`global_defs {\n vrrp_mcast_group4 224.0.0.99\n}\n${own}`)).toEqual([
      'vrrp_mcast_group4 224.0.0.99 -> 224.0.0.18',
    ]);
  });

  it('with an interface of its own for the VIP is another instance', () => {
    // Peers go on hearing it: measured on 2.2.7, where the backup stays one. The holder's VIP goes to it meanwhile.
    const running = own.replace('priority', 'use_vmac\npriority');
    expect(from(running)).toEqual([]);
    expect(recreatedInstances(parseKeepalivedConf(running), parseKeepalivedConf(own))).toEqual([
      { instance: 'web', key: 'use_vmac' },
    ]);
    expect(recreatedInstances(parseKeepalivedConf(own), parseKeepalivedConf(own))).toEqual([]);
  });

  it('with unicast words and no peers sends by multicast', () => {
    expect(from(own.replace('priority', 'unicast_src_ip 10.0.0.7\npriority'))).toEqual([]);
  });

  it.each([
    ['include /etc/keepalived/conf.d/*.conf', 'it includes other files'],
    ['$VIP=10.0.0.1', 'it has definitions ($)'],
    ['@lb1 vrrp_instance x {\n}', 'it has conditions (@)'],
    ['vrrp_instance x {\n virtual_ipaddress {\n 10.1.0.~SEQ(1, 9)\n }\n}', 'it has sequences or built-in definitions'],
  ])('that says %j may run anything', (line, why) => {
    expect(from(`${line}\n${own}`)).toEqual([
      `vrrp_instance cannot be compared with the file that stands there: ${why}`,
    ]);
  });

  it('that cannot be read is visible in every instance', () => {
    expect(cannotCompare(conf(instance, second), 'line 3: this brace is never closed')).toEqual([
      expect.objectContaining({ instance: 'VI_1', key: 'vrrp_instance' }),
      expect.objectContaining({ instance: 'VI_2', key: 'vrrp_instance' }),
    ]);
  });
});

describe('VIPs that move between instances', () => {
  it('are named with both, and where these stand in the running file', () => {
    const after = conf({ ...instance, virtual_ipaddress: [v4(1)] }, { ...second, virtual_ipaddress: [v4(2), v4(9)] });
    expect(movedVips(running(instance, second), after)).toEqual([
      { vip: '10.0.0.2', from: 'VI_1', to: 'VI_2', place: { from: 0, to: 1 } },
    ]);
  });

  it('are none where an instance has another name only', () => {
    expect(movedVips(running(instance, second), conf({ ...instance, name: 'A' }, { ...second, name: 'B' }))).toEqual(
      [],
    );
  });

  it('have no place to go to yet where the instance begins anew', () => {
    const after = conf({ ...instance, virtual_ipaddress: [v4(1)] }, { ...second, virtual_ipaddress: [v4(2)] });
    expect(movedVips(running(instance), after)).toMatchObject([{ place: { from: 0, to: undefined } }]);
  });
});

const vips = fc
  .uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 5 })
  .map((list) => list.map((n) => v4(n)));
const arbitrary = fc.record({
  interface: fc.constantFrom('eth0', 'eth1'),
  priority: fc.integer({ min: 1, max: 254 }),
  advert_int: fc.integer({ min: 1, max: 40 }),
  nopreempt: fc.boolean(),
  auth_pass: fc.stringMatching(/^[A-Za-z0-9]{1,8}$/),
  virtual_ipaddress: vips,
  track_script: fc.constant([]),
});
const several = fc
  .array(arbitrary, { minLength: 1, maxLength: 4 })
  .map((list) =>
    list.map((one, index): VrrpInstance => ({ ...one, name: `VI_${index}`, virtual_router_id: 50 + index })),
  );

/** One field at a time that peers notice, each with a value that differs. */
const MUTATIONS: Readonly<Record<string, (one: VrrpInstance) => Partial<VrrpInstance>>> = {
  virtual_ipaddress: (one) => ({ virtual_ipaddress: [...one.virtual_ipaddress, { ...v4(1), address: '10.9.9.9' }] }),
  virtual_router_id: (one) => ({ virtual_router_id: one.virtual_router_id + 100 }),
  interface: () => ({ interface: 'eth7' }),
  advert_int: (one) => ({ advert_int: one.advert_int + 1 }),
  auth_pass: (one) => ({ auth_pass: one.auth_pass === 'x' ? 'y' : 'x' }),
  version: () => ({ version: 3 }),
  unicast_peer: () => ({ unicast }),
};

describe('whatever the configuration', () => {
  it('the same one, written and read, has nothing that peers notice', () => {
    fc.assert(
      fc.property(several, (instances) => {
        expect(seen(instances, instances)).toEqual([]);
        expect(movedVips(running(...instances), conf(...instances))).toEqual([]);
      }),
    );
  });

  it('each changed field of each instance is found, and named alone', () => {
    fc.assert(
      fc.property(several, fc.constantFrom(...Object.keys(MUTATIONS)), fc.nat(), (instances, key, which) => {
        const at = which % instances.length;
        const after = instances.map((one, index) => (index === at ? { ...one, ...MUTATIONS[key]?.(one) } : one));
        const found = peerVisibleChanges(running(...instances), conf(...after));
        expect(found.map(({ instance: name, key: word }) => `${name} ${word}`)).toEqual([`VI_${at} ${key}`]);
      }),
    );
  });
});
