import { describe, expect, it } from 'vitest';
import { inventoryJsonSchema } from '../../../src/inventory/schema/inventory.ts';
import { GOOD, lines, read, rules, withCluster, withInstance } from './support.ts';

/** The first problem without file and rule. */
const first = (text: string): string => (lines(text)[0] ?? '').replace(/^\S+ /, '').replace(/ \[[^\]]*\]$/, '');

describe('the shape of an inventory', () => {
  it.each([
    [withInstance('virtual_router_id: 0'), 'error: virtual_router_id must be a whole number from 1 to 255, not 0'],
    [withInstance('virtual_router_id: 256'), 'error: virtual_router_id must be a whole number from 1 to 255, not 256'],
    [
      withInstance('virtual_router_id: "51"'),
      "error: virtual_router_id must be a whole number from 1 to 255, not '51'; write it without quotes",
    ],
    [
      withInstance('priority: { lb1: 255, lb2: 1 }'),
      'error: priority of lb1 must be a whole number from 1 to 254, not 255',
    ],
    [withInstance('priority: 0'), 'error: priority must be a whole number from 1 to 254, not 0'],
    [withInstance('advert_int: .nan'), 'error: advert_int must be a number from 0.01 to 255, not NaN'],
    [withInstance('advert_int: 1e309'), 'error: advert_int must be a number from 0.01 to 255, not Infinity'],
    [
      withInstance('nopreempt: yes'),
      "error: nopreempt must be true or false, or a map of host names, not 'yes'; write true",
    ],
    [
      withInstance('interface: eth0:1'),
      "error: interface must be an interface, and eth0:1 is a label, not an interface: write interface: eth0, and `label eth0:1` after the VIP, not 'eth0:1'",
    ],
    [
      withInstance('virtual_ipaddress: [192.168.1.100/24 label eth0:1234567890ab]'),
      "error: virtual_ipaddress must have a label of at most 15 characters (keepalived removes the VIP when it is longer), not '192.168.1.100/24 label eth0:1234567890ab'",
    ],
    [
      withInstance('virtual_ipaddress: [192.168.1.300/24]'),
      "error: virtual_ipaddress must be an IP address with its prefix, as 192.168.1.100/24, not '192.168.1.300/24'",
    ],
    [
      withInstance('virtual_ipaddress: [192.168.1.100/33]'),
      "error: virtual_ipaddress must have a prefix from 1 to 32 after the /, not '192.168.1.100/33'",
    ],
    [
      withInstance('virtual_ipaddress: ["fe80::1/64 label eth0:1"]'),
      "error: virtual_ipaddress must have no label: IPv6 addresses cannot carry one, not 'fe80::1/64 label eth0:1'",
    ],
    [withInstance('virtual_ipaddress: []'), 'error: virtual_ipaddress must have at least one address, not a list'],
    [withInstance('virtual_routerid: 51'), "error: unknown key 'virtual_routerid'; did you mean 'virtual_router_id'?"],
    [
      withInstance('track_script: { check_nginx: { weight: -300 } }'),
      'error: weight must be a whole number from -253 to 253, not -300',
    ],
    [
      withInstance('track_script: { check_nginx: null }'),
      'error: check check_nginx must be a map such as { interval: 2, timeout: 1 }, or {} for the defaults, not nothing',
    ],
    [
      withCluster('service: ngnix'),
      "error: unknown service 'ngnix'; did you mean 'nginx'? A systemd unit of that name is { unit: ngnix }",
    ],
    [
      withCluster('hosts: { lb1: 192.168.1, lb2: 192.168.1.11 }'),
      "error: host lb1 must be a host name or an IP address, without user or port, not '192.168.1'",
    ],
    [
      withCluster('hosts: { lb1: { adress: 192.168.1.10 }, lb2: 192.168.1.11 }'),
      'error: address is missing: it must be a host name or an IP address',
    ],
    [`forks: 0\n${GOOD}`, 'error: forks must be a whole number from 1 to 1000, not 0'],
    [`forks: 1001\n${GOOD}`, 'error: forks must be a whole number from 1 to 1000, not 1001'],
    [
      `ssh: { port: 022 }\n${GOOD}`,
      'error: a number that begins with 0 could be meant as octal; write it without the 0, or in quotes where it is a text',
    ],
    [
      `ssh: { host_key_checking: no }\n${GOOD}`,
      "error: host_key_checking must be one of strict, accept-new, off, not 'no'",
    ],
    [
      `ssh: { proxy_jump: [a, "b c"] }\n${GOOD}`,
      "error: proxy_jump must name a host or an IP address, as [USER@]HOST[:PORT], not 'b c'",
    ],
  ])('case %#', (text, message) => {
    expect(first(text)).toBe(message);
  });

  it('all problems come at once, those of the shape with those of the whole', () => {
    const text = withInstance(
      '{ virtual_routerid: 1, virtual_router_id: 300, advert_int: x, auth_pass: 123456789a, priority: { lb1: 90, lb2: 90 }, track_script: { check_nginx: { timeout: 5 } } }',
    );
    expect(
      read(`forks: many\n${text}`)
        .problems.map(({ rule }) => rule)
        .sort(),
    ).toEqual(['auth-length', 'check-timeout', 'priority-equal', 'range', 'type', 'type', 'unknown-key']);
  });

  it('a wrong value is not reported a second time by what depends on it', () => {
    expect(
      lines(withInstance('{ priority: { lb1: x, lb2: 90 }, track_script: { check_nginx: { weight: -5 } } }')).length,
    ).toBe(1);
    expect(lines(withInstance('track_script: { check_nginx: { interval: x, timeout: 4 } }')).length).toBe(1);
  });

  it.each(['[a]', '1', '{ hosts: {} }'])(
    'the key __proto__ is refused whatever is in it, and misleads no other check: %s',
    (value) => {
      const text = `${GOOD.replace('virtual_ipaddress:', 'x:')}  __proto__: ${value}\n`;
      expect(rules(read(text).problems)).toEqual(['missing-key', 'unknown-key', 'name']);
    },
  );

  it('problems come in the order of the file', () => {
    const positions = read(withInstance('{ zzz: 1, aaa: 2, virtual_router_id: 0 }')).problems.map(({ line }) => line);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });
});

describe('the schema for editors', () => {
  it('is JSON Schema draft 7, knows every key of the contract and explains it', () => {
    const schema = JSON.stringify(inventoryJsonSchema());
    expect(schema).toContain('http://json-schema.org/draft-07/schema#');
    for (const key of [
      'forks',
      'proxy_jump',
      'host_key_checking',
      'virtual_router_id',
      'nopreempt',
      'unicast',
      'track_script',
      'slack_webhook',
      'firewall',
      'global_defs',
      'playbook',
      'state',
      'preempt_delay',
      'version',
    ]) {
      expect(schema).toContain(`"${key}":{`);
    }
    expect(schema).toContain('"additionalProperties":false');
    expect(schema).toContain('The healthy host with the highest priority holds the VIP');
    expect(schema).not.toContain('"default"');
  });
});
