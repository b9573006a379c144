import { describe, expect, it } from 'vitest';
import { proveInventory } from '../../../src/inventory/proof.ts';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { keepalivedConfigOf } from '../../../src/tasks/keepalived-config.ts';
import { good, lines, read, rules, withCluster, withInstance } from './support.ts';

const GATEWAY = `clusters:
  gateway:
    service: none
    hosts: { gw1: 10.20.0.11, gw2: 10.20.0.12 }
    vrrp_instances:
      OUTSIDE:
        virtual_router_id: 61
        interface: eth0
        virtual_ipaddress: [203.0.113.5/24]
      INSIDE:
        virtual_router_id: 62
        interface: eth1
        virtual_ipaddress: [10.20.0.1/24]
`;
const TIED = `${GATEWAY}    vrrp_sync_groups: { GW: [OUTSIDE, INSIDE] }\n`;

function textOf(inventory: string, host = 0): string {
  const [cluster] = good(inventory).clusters;
  const one = cluster?.hosts[host];
  if (cluster === undefined || one === undefined) throw new Error('a cluster with hosts');
  return renderKeepalivedConf(keepalivedConfigOf(cluster, one));
}

const rowsOf = (inventory: string) =>
  proveInventory(good(inventory)).flatMap(({ instance, rows }) =>
    rows.map(({ scenario, holder, why }) => `${instance}: ${scenario}: ${holder} (${why})`),
  );

describe('priorities that nobody wrote', () => {
  it('are 150, 140, 130 by the order of the hosts', () => {
    const text = GATEWAY.replace('gw2: 10.20.0.12', 'gw2: 10.20.0.12, gw3: 10.20.0.13');
    expect(good(text).clusters[0]?.vrrp_instances[0]?.priority).toEqual({ gw1: 150, gw2: 140, gw3: 130 });
  });
});

describe('a sync group', () => {
  it('is written with its members', () => {
    expect(textOf(TIED)).toContain('vrrp_sync_group GW {\n    group {\n        OUTSIDE\n        INSIDE\n    }\n}\n');
  });

  it('takes both addresses where one interface goes down', () => {
    expect(rowsOf(TIED)).toContain('INSIDE: eth0 down on gw1: gw2 (GW: OUTSIDE gives up)');
    expect(rowsOf(TIED)).toContain('OUTSIDE: eth1 down on gw1: gw2 (GW: INSIDE gives up)');
  });

  it('is named where two instances on the same hosts split without one', () => {
    expect(rowsOf(GATEWAY)).toContain('OUTSIDE: eth0 down on gw1: gw2 (INSIDE stays on gw1: no sync group)');
    expect(rules(read(GATEWAY).problems)).toContain('sync-untied');
    expect(rules(read(TIED).problems)).not.toContain('sync-untied');
  });

  it.each([
    ['an unknown member', 'GW: [OUTSIDE, INSIDES]', /names 'INSIDES'.*did you mean 'INSIDE'/],
    ['one member', 'GW: [OUTSIDE]', /one instance/],
    ['a member of two', 'A: [OUTSIDE, INSIDE]\n      B: [INSIDE, OUTSIDE]', /in A already/],
  ])('with %s is an error', (_, groups, message) => {
    expect(lines(`${GATEWAY}    vrrp_sync_groups:\n      ${groups}\n`).join('\n')).toMatch(message);
  });

  it('does not take weights that keepalived would drop', () => {
    const text = TIED.replace(
      'virtual_ipaddress: [203',
      'track_interface: { eth2: { weight: -60 } }\n        virtual_ipaddress: [203',
    );
    expect(lines(text).join('\n')).toMatch(/drops the weight of eth2 in a sync group/);
  });
});

describe('an address', () => {
  it('keeps keepalived’s own words, and has an interface of its own for each host', () => {
    const text = withInstance(
      'virtual_ipaddress: ["192.168.1.100/24 brd 192.168.1.255 scope global noprefixroute", { address: 10.9.0.5/24, dev: { lb1: eth2, lb2: ens5 } }]',
    );
    expect(textOf(text)).toContain('192.168.1.100/24 dev eth0 brd 192.168.1.255 scope global noprefixroute');
    expect(textOf(text)).toContain('10.9.0.5/24 dev eth2');
    expect(textOf(text, 1)).toContain('10.9.0.5/24 dev ens5');
  });

  it('may be a range, out of the adverts', () => {
    const text = textOf(withInstance("virtual_ipaddress_excluded: ['192.168.1.[20-22]/32']"));
    expect(text.match(/192\.168\.1\.2\d\/32/g)).toEqual(['192.168.1.20/32', '192.168.1.21/32', '192.168.1.22/32']);
  });

  it('has no dev beside a virtual MAC', () => {
    expect(textOf(withInstance('use_vmac: true'))).toContain('        192.168.1.100/24\n');
  });

  it.each([
    ['dev eth0:1', /eth0:1 is a label, not an interface/],
    ['scope everywhere', /a scope such as global/],
    ['lable eth0:1', /keepalived’s own words/],
  ])('with %s is answered', (words, message) => {
    expect(lines(withInstance(`virtual_ipaddress: [192.168.1.100/24 ${words}]`)).join('\n')).toMatch(message);
  });
});

describe('what an instance tracks', () => {
  it('is written beside it, without its own interface', () => {
    const text = textOf(
      withInstance(
        'track_interface: [eth0, eth1]\ntrack_process: { dockerd: { delay: 5 } }\ntrack_file: { drain: { file: /run/x/drain, weight: 0 } }',
      ),
    );
    expect(text).toContain('    track_interface {\n        eth1\n    }\n');
    expect(text).toContain('vrrp_track_process dockerd {\n    process dockerd\n    delay 5\n}\n');
    expect(text).toContain('track_file drain {\n    file /run/x/drain\n}\n');
    expect(text).toContain('        drain weight 0\n');
  });

  it('is proved: a weight that is too small leaves the VIP', () => {
    const text = withInstance('track_interface: { eth1: { weight: -5 } }');
    expect(lines(text).join('\n')).toMatch(/the VIP stays on lb1; the weight must be below -10/);
  });

  it('says what the number in a file means', () => {
    const text = withInstance('track_file: { drain: { file: /run/x/drain } }');
    expect(lines(text).join('\n')).toMatch(/-254 or less gives the VIP up.*haprov maintenance lb1/);
  });
});

describe('routes and rules', () => {
  it('follow the VIP, untracked where they have no interface', () => {
    const text = textOf(
      withInstance(
        'virtual_routes: [default via 192.168.1.1]\nvirtual_rules: [from 192.168.1.100/32 table 200 priority 200]',
      ),
    );
    expect(text).toContain('        default via 192.168.1.1 no_track\n');
    expect(text).toContain('        from 192.168.1.100/32 table 200 priority 200\n');
  });

  it.each([
    ['virtual_rules: [from 192.168.1.100/32 table 200]', /priority 200/],
    ['virtual_rules: [from 192.168.1.100/32 table 200 pref 200]', /did you mean 'preference'/],
    ['virtual_rules: [from 192.168.1.100/32 table 200 priority 200 proto 5]', /did you mean 'protocol'/],
    ['virtual_rules: [from 192.168.1.100/32 table 200 priority 200 sport 80]', /a range such as 80-80 after sport/],
    ['virtual_rules: [from 192.168.1.100/32 table 200 unreachable priority 200]', /one thing that is to be done/],
    ['virtual_rules: [from 10.0.0.0/8 blackhole priority 9 suppress_prefixlength 0]', /with a table only/],
    ['virtual_routes: [default via 192.168.1.1 dev eth0 expires 500]', /no expires: that is for IPv6/],
    ['virtual_routes: ["default via fe80::1 dev eth0 src 192.168.1.100"]', /addresses of one family/],
    ['virtual_routes: [default via 192.168.1.1 dev eth0 weight 5]', /'weight' is none/],
    ['virtual_routes: [default dev eth0 lock]', /'lock' is none/],
    ['virtual_routes: [default vai 192.168.1.1]', /did you mean 'via'/],
  ])('%s is answered', (extra, message) => {
    expect(lines(withInstance(extra)).join('\n')).toMatch(message);
  });
});

describe('words of keepalived in the wrong place', () => {
  it.each([
    ['virtual_server: {}', /fragments: \[\.\/lvs\.conf\]/],
    ['advert_int: 1', /an instance, under vrrp_instances/],
    ['vrrp_garp_master_repeat: 2', /global_defs: \[vrrp_garp_master_repeat/],
  ])('in a cluster: %s', (extra, message) => {
    expect(lines(withCluster(extra)).join('\n')).toMatch(message);
  });

  it.each([
    ['fall: 3', /a check, under track_script/],
    ['vrrp_track_process: {}', /track_process: \{/],
    ['sync_group: GW', /vrrp_sync_groups/],
  ])('in an instance: %s', (extra, message) => {
    expect(lines(withInstance(extra)).join('\n')).toMatch(message);
  });
});

describe('what keepalived would refuse', () => {
  it.each([
    ['version: 3\nadvert_int: 0.125', /at most two decimals/],
    ['use_vmac: true\nunicast: true', /vmac_xmit_base/],
    ['use_ipvlan: true', /an IPv4 address of its own/],
    ['unicast_ttl: 5', /goes with unicast only/],
    ['track_script: { check_nginx: { interval: 5000 } }', /from 1 to 4294/],
    [`virtual_ipaddress: ['2001:db8::[1-95]/64']`, /room for 89 IPv6 addresses/],
  ])('is an error: %s', (extra, message) => {
    expect(lines(withInstance(extra)).join('\n')).toMatch(message);
  });

  it.each([
    'vrrp_garp_master_refresh soon',
    'vrrp_mcast_group4 10.0.0.1',
    'process_name averylongnameindeed',
    'vrrp_iptables',
  ])('is an error in global_defs: %s', (line) => {
    expect(rules(read(withCluster(`keepalived: { global_defs: [${line}] }`)).problems)).toContain('global-defs');
  });
});

describe('mail', () => {
  it('needs somebody who gets it', () => {
    expect(rules(read(withInstance('smtp_alert: true')).problems)).toContain('smtp-alert');
  });

  it('is written as keepalived has it', () => {
    const text = withCluster(
      "keepalived: { global_defs: ['notification_email { ops@example.com }', smtp_server 192.0.2.25 25] }",
      withInstance('smtp_alert: true'),
    );
    expect(textOf(text)).toContain('    notification_email {\n        ops@example.com\n    }\n');
    expect(textOf(text)).toContain('    smtp_alert\n');
  });
});

describe('equal priorities', () => {
  it('are a warning where nobody preempts and nothing weighs, else an error', () => {
    const severity = (extra: string) =>
      read(withInstance(`priority: 100\n${extra}`)).problems.find(({ rule }) => rule === 'priority-equal')?.severity;
    expect(severity('nopreempt: true')).toBe('warning');
    expect(severity('nopreempt: false')).toBe('error');
  });
});

describe('a password of more than 8 characters', () => {
  it('is cut to the 8 that VRRP has room for, which lint says', () => {
    const text = withInstance('auth_pass: abcdefghijabcdefghijabcdefghijabcdefghij');
    const problem = read(text).problems.find(({ rule }) => rule === 'auth-length');
    expect(problem?.severity).toBe('warning');
    expect(problem?.message).toMatch(/has 40 characters.*first 8 alone/);
    expect(textOf(text)).toContain('auth_pass abcdefgh\n');
  });
});
