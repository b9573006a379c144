import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeepalivedConfig, VrrpInstance, VrrpScript } from '../../../src/keepalived/config.ts';
import { UnsafeValueError } from '../../../src/keepalived/guard.ts';
import { parseKeepalivedConf, type Statement } from '../../../src/keepalived/parse.ts';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { GOLDEN } from '../../fixtures/keepalived/configurations.ts';

const script: VrrpScript = { name: 'chk', script: '/c', interval: 2, timeout: 1, weight: 0, fall: 2, rise: 2 };
const instance: VrrpInstance = {
  name: 'VI_1',
  interface: 'eth0',
  virtual_router_id: 51,
  priority: 100,
  advert_int: 1,
  nopreempt: false,
  virtual_ipaddress: [{ address: '10.0.0.1', prefix: 24, family: 4 }],
  track_script: ['chk'],
};
const config = (more: Partial<VrrpInstance> = {}, rest: Partial<KeepalivedConfig> = {}): KeepalivedConfig => ({
  router_id: 'lb1',
  global_defs: [],
  vrrp_scripts: [script],
  vrrp_instances: [{ ...instance, ...more }],
  ...rest,
});
const lines = (text: string): string[] => text.split('\n').map((line) => line.trim());

describe('renderKeepalivedConf', () => {
  it.each(GOLDEN)('writes $file as it stands', ({ file, config: golden }) => {
    const expected = readFileSync(new URL(`../../fixtures/keepalived/${file}`, import.meta.url), 'utf8');
    expect(renderKeepalivedConf(golden)).toBe(expected);
  });

  it('never writes state MASTER, which would undo nopreempt', () => {
    for (const golden of GOLDEN) expect(renderKeepalivedConf(golden.config)).not.toMatch(/state MASTER/);
  });

  it('lets a line of global_defs replace its default', () => {
    const text = renderKeepalivedConf(config({}, { global_defs: ['vrrp_garp_master_refresh 10'] }));
    expect(lines(text).filter((line) => line.startsWith('vrrp_garp_master_refresh'))).toEqual([
      'vrrp_garp_master_refresh 10',
    ]);
  });

  it.each([
    'script_user nobody',
    'router_id other',
    'enable_script_security',
    'include /etc/x',
    'a {',
    'a # b',
    'a\nb',
  ])('refuses %j in global_defs', (line) => {
    expect(() => renderKeepalivedConf(config({}, { global_defs: [line] }))).toThrow(UnsafeValueError);
  });

  it('leaves out what keepalived would complain of as void', () => {
    const void3 = renderKeepalivedConf(config({ version: 3, auth_pass: 'abc', nopreempt: true, preempt_delay: 5 }));
    expect(void3).not.toMatch(/auth|preempt_delay/);
  });

  it.each<[string, Partial<VrrpInstance>]>([
    ['no address', { virtual_ipaddress: [] }],
    ['unicast without peers', { unicast: { src_ip: '10.0.0.2', peers: [] } }],
    ['an address of the wrong family', { virtual_ipaddress: [{ address: '10.0.0.1', prefix: 64, family: 6 }] }],
    ['a zone id', { virtual_ipaddress: [{ address: 'fe80::1%eth0', prefix: 64, family: 6 }] }],
    ['a prefix over 32', { virtual_ipaddress: [{ address: '10.0.0.1', prefix: 33, family: 4 }] }],
    ['a label with IPv6', { virtual_ipaddress: [{ address: 'fe80::1', prefix: 64, family: 6, label: 'eth0:1' }] }],
    [
      'a long label',
      { virtual_ipaddress: [{ address: '10.0.0.1', prefix: 24, family: 4, label: 'eth0:123456789ab' }] },
    ],
    ['priority 255', { priority: 255 }],
    ['a priority that is no number', { priority: Number.NaN }],
    ['virtual_router_id 0', { virtual_router_id: 0 }],
    ['half a second in version 2', { advert_int: 0.5 }],
    ['version 2 with IPv6', { version: 2, virtual_ipaddress: [{ address: 'fe80::1', prefix: 64, family: 6 }] }],
    ['nine characters of password', { auth_pass: 'secret123' }],
    ['an instance called include', { name: 'include' }],
    ['a tracked script called include', { track_script: ['include'] }],
    ['an interface called include', { interface: 'include' }],
    ['a relative notify', { notify: 'notify.sh' }],
  ])('refuses %s', (_, more) => {
    expect(() => renderKeepalivedConf(config(more))).toThrow(UnsafeValueError);
  });

  it('refuses a line that keepalived would drop as too long', () => {
    const long = `/c ${'a'.repeat(1000)}`;
    expect(() => renderKeepalivedConf(config({}, { vrrp_scripts: [{ ...script, script: long }] }))).toThrow(
      UnsafeValueError,
    );
  });

  it('does not repeat a refused password in its error', () => {
    try {
      renderKeepalivedConf(config({ auth_pass: 'hunter#2' }));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UnsafeValueError);
      expect(`${error instanceof UnsafeValueError ? JSON.stringify([error.message, error.facts]) : ''}`).not.toContain(
        'hunter',
      );
    }
  });
});

const EVIL = [
  '\n',
  '\r',
  '{',
  '}',
  '"',
  "'",
  '#',
  '!',
  '$',
  '@',
  '~',
  '\\',
  '`',
  ';',
  '\t',
  ' ',
  '\0',
  '\u00a0',
  '\u2028',
  'é',
];
const evil = fc
  .tuple(fc.string({ maxLength: 4 }), fc.constantFrom(...EVIL), fc.string({ maxLength: 4 }))
  .map((parts) => parts.join(''));
const anything = fc.oneof(
  evil,
  fc.string({ maxLength: 12 }),
  fc.constantFrom('include', 'includem', '}', 'eth0', 'abc'),
);

const FIELDS: Record<string, (value: string) => KeepalivedConfig> = {
  router_id: (value) => config({}, { router_id: value }),
  'vrrp_script name': (value) => config({}, { vrrp_scripts: [{ ...script, name: value }] }),
  'script path': (value) => config({}, { vrrp_scripts: [{ ...script, script: `/${value}` }] }),
  'script argument': (value) => config({}, { vrrp_scripts: [{ ...script, script: `/c ${value}` }] }),
  'vrrp_instance name': (value) => config({ name: value }),
  interface: (value) => config({ interface: value }),
  auth_pass: (value) => config({ auth_pass: value }),
  label: (value) => config({ virtual_ipaddress: [{ address: '10.0.0.1', prefix: 24, family: 4, label: value }] }),
  virtual_ipaddress: (value) => config({ virtual_ipaddress: [{ address: value, prefix: 24, family: 4 }] }),
  unicast_src_ip: (value) => config({ unicast: { src_ip: value, peers: ['10.0.0.3'] } }),
  unicast_peer: (value) => config({ unicast: { src_ip: '10.0.0.2', peers: [value] } }),
  track_script: (value) => config({ track_script: [value] }),
  notify: (value) => config({ notify: `/${value}` }),
  'global_defs argument': (value) => config({}, { global_defs: [`max_auto_priority ${value}`] }),
};

/** The tree without its values: what a value must never change. */
function shape(statements: readonly Statement[]): unknown {
  return statements.map(({ keyword, children }) => [
    children === undefined ? '' : keyword,
    children && shape(children),
  ]);
}

describe('no value becomes a directive', () => {
  it.each(Object.entries(FIELDS))('%s', (_, put) => {
    fc.assert(
      fc.property(anything, (value) => {
        let text: string;
        try {
          text = renderKeepalivedConf(put(value));
        } catch (error) {
          expect(error).toBeInstanceOf(UnsafeValueError);
          return;
        }
        const plain = renderKeepalivedConf(put(benign(put)));
        expect(text.split('\n')).toHaveLength(plain.split('\n').length);
        expect(shape(parseKeepalivedConf(text))).toEqual(shape(parseKeepalivedConf(plain)));
        expect(text).not.toMatch(/^\s*include/m);
      }),
      { numRuns: 400 },
    );
  });

  it('is refused in every field, whatever the dangerous character', () => {
    for (const put of Object.values(FIELDS)) {
      for (const char of EVIL.filter((one) => one !== ' ')) {
        expect(() => renderKeepalivedConf(put(`${char}x`))).toThrow(UnsafeValueError);
        expect(() => renderKeepalivedConf(put(`a${char}x`))).toThrow(UnsafeValueError);
      }
    }
  });
});

/** A value that the field accepts. */
function benign(put: (value: string) => KeepalivedConfig): string {
  for (const value of ['abc', '10.0.0.9']) {
    try {
      renderKeepalivedConf(put(value));
      return value;
    } catch {}
  }
  throw new Error('no value fits this field');
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/).filter((value) => !/^include/i.test(value));
const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
const scripts = fc.uniqueArray(
  fc.record({
    name,
    script: fc
      .tuple(
        name,
        fc.array(
          fc.stringMatching(/^[A-Za-z0-9:/.?=&_-]{1,20}$/).filter((w) => !/^include/i.test(w)),
          { maxLength: 3 },
        ),
      )
      .map(([path, args]) => [`/opt/${path}`, ...args].join(' ')),
    interval: fc.integer({ min: 1, max: 60 }),
    timeout: fc.integer({ min: 1, max: 60 }),
    weight: fc.integer({ min: -253, max: 253 }),
    fall: fc.integer({ min: 1, max: 10 }),
    rise: fc.integer({ min: 1, max: 10 }),
  }),
  { maxLength: 3, selector: (one) => one.name },
);
const instances = fc.array(
  fc.record({
    name,
    interface: name,
    virtual_router_id: fc.integer({ min: 1, max: 255 }),
    priority: fc.integer({ min: 1, max: 254 }),
    advert_int: fc.integer({ min: 1, max: 40 }),
    nopreempt: fc.boolean(),
    auth_pass: fc.stringMatching(/^[A-Za-z0-9]{1,8}$/).filter((value) => !/^include/i.test(value)),
    virtual_ipaddress: fc.array(
      fc.record({ address: ipv4, prefix: fc.integer({ min: 1, max: 32 }), family: fc.constant<4>(4) }),
      { minLength: 1, maxLength: 4 },
    ),
    track_script: fc.array(name, { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
);

describe('what was rendered reads back', () => {
  it('value for value', () => {
    fc.assert(
      fc.property(scripts, instances, (vrrp_scripts, vrrp_instances) => {
        const [defs, ...blocks] = parseKeepalivedConf(
          renderKeepalivedConf({ router_id: 'lb1', global_defs: [], vrrp_scripts, vrrp_instances }),
        );
        expect(defs?.keyword).toBe('global_defs');
        const get = (block: Statement | undefined, keyword: string): Statement | undefined =>
          block?.children?.find((child) => child.keyword === keyword);
        const one = (block: Statement | undefined, keyword: string): string | undefined => get(block, keyword)?.args[0];
        vrrp_scripts.forEach((expected, index) => {
          const block = blocks[index];
          expect([block?.keyword, block?.args]).toEqual(['vrrp_script', [expected.name]]);
          expect(one(block, 'script')).toBe(expected.script);
          for (const key of ['interval', 'timeout', 'weight', 'fall', 'rise'] as const) {
            expect(one(block, key)).toBe(String(expected[key]));
          }
        });
        vrrp_instances.forEach((expected, index) => {
          const block = blocks[vrrp_scripts.length + index];
          expect([block?.keyword, block?.args]).toEqual(['vrrp_instance', [expected.name]]);
          for (const key of ['interface', 'virtual_router_id', 'priority', 'advert_int'] as const) {
            expect(one(block, key)).toBe(String(expected[key]));
          }
          expect(get(block, 'nopreempt') !== undefined).toBe(expected.nopreempt);
          expect(one(get(block, 'authentication'), 'auth_pass')).toBe(expected.auth_pass);
          expect(get(block, 'virtual_ipaddress')?.children?.map(({ keyword, args }) => [keyword, ...args])).toEqual(
            expected.virtual_ipaddress.map((vip) => [`${vip.address}/${vip.prefix}`, 'dev', expected.interface]),
          );
          expect(get(block, 'track_script')?.children?.map(({ keyword }) => keyword)).toEqual(expected.track_script);
        });
        expect(blocks).toHaveLength(vrrp_scripts.length + vrrp_instances.length);
      }),
    );
  });
});
