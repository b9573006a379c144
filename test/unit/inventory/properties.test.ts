import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Inventory } from '../../../src/inventory/model.ts';
import { proveInventory } from '../../../src/inventory/proof.ts';
import { isName } from '../../../src/keepalived/names.ts';
import { read } from './support.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../inventory');
const TEXTS = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(EXAMPLES, name), 'utf8'));

/** Reads a text and holds what must be true of every answer. */
function readSoundly(text: string): Inventory | undefined {
  const { inventory, draft, problems } = read(text);
  const fileLines = text.replace(/^\ufeff/, '').split('\n');
  for (const { line, column, message, rule } of problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(fileLines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((fileLines[line - 1] ?? '').length + 1);
    expect(message).not.toMatch(/[\p{Cc}\p{Cs}]|undefined|\[object/u);
    expect(rule).toMatch(/^[a-z0-9-]+$/);
  }
  expect(inventory === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  if (draft !== undefined) proveInventory(draft);
  return inventory;
}

/** What of an inventory ends in keepalived.conf or in a script. */
function written(inventory: Inventory): string[] {
  return inventory.clusters.flatMap((cluster) => [
    cluster.name,
    ...cluster.keepalived.global_defs.flatMap((line) => line.split(' ')),
    ...cluster.hosts.map((host) => host.name),
    ...cluster.vrrp_instances.flatMap((instance) => [
      instance.name,
      ...Object.values(instance.interface),
      ...instance.virtual_ipaddress.flatMap(({ address, label }) => [address, label ?? 'x']),
      ...Object.values(instance.unicast ?? {}).flatMap(({ src_ip, peers }) => [src_ip, ...peers]),
      ...(instance.auth_pass?.resolved === true ? [instance.auth_pass.reveal()] : []),
      ...instance.track_script.flatMap(({ name, probe }) => [
        name,
        probe.kind === 'nginx' ? probe.url : probe.kind === 'haproxy' ? probe.socket : 'x',
      ]),
    ]),
  ]);
}

/** What ends in a connection's arguments. */
function dialled(inventory: Inventory): string[] {
  return inventory.clusters.flatMap(({ hosts }) =>
    hosts.flatMap(({ address, ssh }) => [address, ssh.user, ...ssh.proxy_jump.flatMap((hop) => [hop.user, hop.host])]),
  );
}

const PLAIN = /^[A-Za-z0-9_.:/@+%?=[\]-]+$/;
const hostile = fc.oneof(
  fc.constantFrom(
    'a\nb',
    '}',
    '{',
    'include',
    'include /etc/passwd',
    '$HOME',
    '$(id)',
    '`id`',
    '!',
    '#',
    '@x',
    '"',
    "'",
    '\\',
    '~SEQ(1)',
    'a b',
    ';',
    '&',
    '|',
    '\u202e',
    '',
    '-x',
    '..',
    '__proto__',
    'constructor',
    'toString',
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

describe('for any input', () => {
  it('the parser answers arbitrary text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void readSoundly(text)),
      { numRuns: 300 },
    );
  });

  it('the parser answers text of YAML’s own characters', () => {
    const soup = fc.array(
      fc.constantFrom(
        ': ',
        '- ',
        '\n',
        '  ',
        '[',
        ']',
        '{',
        '}',
        '&a ',
        '*a',
        '<<',
        '"',
        "'",
        '|',
        '>',
        '#',
        '!',
        '!!str ',
        '? ',
        '---\n',
        '...',
        '%YAML 1.1\n',
        'clusters',
        'hosts',
        'a',
        '1',
        ',',
        '\t',
        '\r',
        '~',
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(soup, (parts) => void readSoundly(parts.join(''))),
      { numRuns: 1000 },
    );
  });

  it('the parser answers good inventories in which something was cut, doubled or put in', () => {
    const edit = fc.record({
      at: fc.nat(),
      length: fc.nat({ max: 30 }),
      text: fc.oneof(
        fc.constant(''),
        hostile,
        fc.constantFrom('null', '[]', '{}', '-1', '1e309', '.nan', 'true', '*pair', '\n'),
      ),
    });
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
        readSoundly(
          edits.reduce((now, { at, length, text: insert }) => {
            const start = at % (now.length + 1);
            return now.slice(0, start) + insert + now.slice(start + length);
          }, text),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('the parser answers any values in the places of the contract', () => {
    const any = fc.oneof(
      hostile,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(hostile, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('lb1', 'lb2', 'env', 'x'), hostile, { maxKeys: 2 }),
    );
    const keys = [
      'virtual_router_id',
      'interface',
      'priority',
      'virtual_ipaddress',
      'auth_pass',
      'advert_int',
      'nopreempt',
      'unicast',
      'track_script',
      'state',
      'preempt',
      'version',
      'preempt_delay',
    ];
    const instance = fc.dictionary(fc.constantFrom(...keys), any);
    const cluster = fc.dictionary(
      fc.constantFrom('service', 'hosts', 'notify', 'firewall', 'keepalived', 'playbook', 'ssh', 'become'),
      any,
    );
    fc.assert(
      fc.property(cluster, instance, any, (own, inner, other) => {
        readSoundly(
          stringify({
            forks: other,
            clusters: {
              web: {
                hosts: { lb1: '10.0.0.1', lb2: '10.0.0.2' },
                ...own,
                vrrp_instances: {
                  V: { virtual_router_id: 1, interface: 'eth0', virtual_ipaddress: ['10.0.0.9/24'], ...inner },
                },
              },
              other,
            },
          }),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('no accepted value can become a directive, an option or a command', () => {
    const value = fc.oneof(hostile, fc.constantFrom('lb1', 'eth0', 'http://127.0.0.1/', '10.0.0.7', 'abc'));
    let accepted = 0;
    fc.assert(
      fc.property(fc.nat({ max: 11 }), value, (place, evil) => {
        const put = (index: number, usual: string): string => (index === place ? evil : usual);
        const [a, b] = [put(0, 'lb1'), 'lb2'];
        const inventory = readSoundly(
          stringify({
            ssh: { user: put(1, 'ada'), proxy_jump: [put(2, 'bastion')] },
            clusters: {
              [put(3, 'web')]: {
                service: 'none',
                hosts: { [a]: put(4, '10.0.0.1'), [b]: '10.0.0.2' },
                keepalived: { global_defs: [put(5, 'vrrp_garp_master_refresh 60')] },
                vrrp_instances: {
                  [put(6, 'V')]: {
                    virtual_router_id: 1,
                    interface: put(7, 'eth0'),
                    priority: { [a]: 2, [b]: 1 },
                    virtual_ipaddress: [`10.0.0.9/24 label ${put(8, 'eth0:1')}`],
                    auth_pass: put(9, 'abc'),
                    track_script: { [put(10, 'check')]: { url: put(11, 'http://127.0.0.1/') } },
                  },
                },
              },
            },
          }),
        );
        if (inventory === undefined) return;
        accepted += 1;
        for (const text of written(inventory)) {
          expect(text).toMatch(PLAIN);
          expect(text).not.toMatch(/^(-|include[a-z]*$)/i);
        }
        for (const text of dialled(inventory)) expect(text).toMatch(/^[A-Za-z0-9_:][A-Za-z0-9_.:+@-]*$/);
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it('names are plain', () => {
    fc.assert(fc.property(hostile, (text) => !isName(text) || /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text)));
  });
});
