import { describe, expect, it } from 'vitest';
import { GOOD, pointedAt, read, withCluster, withInstance, withSecond } from './support.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly rule: string;
  readonly severity?: 'warning';
  /** What the position points at. */
  readonly at: string;
  readonly says: RegExp;
}

const OTHER = 'hosts: { a: 192.168.1.20, b: 192.168.1.21 }';
const instance = (name: string, id: number, vip: string): string =>
  `vrrp_instances: { ${name}: { virtual_router_id: ${id}, interface: eth0, priority: { a: 150, b: 100 }, virtual_ipaddress: [${vip}] } }`;

const CASES: readonly Case[] = [
  {
    name: 'a weight too small to move the VIP',
    text: withInstance('track_script: { check_nginx: { weight: -5 } }'),
    rule: 'weight-too-small',
    at: '-5',
    says: /lb1 fails to 100-5=95, lb2 stands at 90: the VIP stays on lb1; the weight must be below -10, or 0/,
  },
  {
    name: 'a weight that makes the two equal',
    text: withInstance('track_script: { check_nginx: { weight: -10 } }'),
    rule: 'weight-too-small',
    at: '-10',
    says: /100-10=90/,
  },
  {
    name: 'a positive weight that is too small',
    text: withInstance('track_script: { check_nginx: { weight: 5 } }'),
    rule: 'weight-positive',
    at: '5',
    says: /the VIP stays on lb1; the weight must be above 10, or 0/,
  },
  {
    name: 'one of two checks with a weight too small',
    text: withInstance(
      'track_script: { check_nginx: { weight: -30 }, check_app: { url: "http://127.0.0.1/", weight: -4 } }',
    ),
    rule: 'weight-too-small',
    at: '-4',
    says: /below -10/,
  },
  {
    name: 'a weight together with nopreempt',
    text: withInstance('{ nopreempt: { lb2: true }, track_script: { check_nginx: { weight: -20 } } }'),
    rule: 'nopreempt-weight',
    at: 'true',
    says: /100-20=80.*nopreempt.*weight: 0/,
  },
  {
    name: 'equal priorities in a map',
    text: withInstance('priority: { lb1: 100, lb2: 100 }'),
    rule: 'priority-equal',
    at: '100',
    says: /lb1 and lb2 have the same priority 100/,
  },
  {
    name: 'one priority for all hosts',
    text: withInstance('priority: 100'),
    rule: 'priority-equal',
    at: '100',
    says: /priority: \{ lb1: 150, lb2: 100 \}/,
  },
  {
    name: 'one priority for all',
    text: withInstance('priority: 100'),
    rule: 'priority-equal',
    at: '100',
    says: /same priority 100/,
  },
  {
    name: 'a priority map that leaves out a host',
    text: withInstance('priority: { lb1: 100 }'),
    rule: 'missing-host',
    at: 'priority:',
    says: /no value for lb2/,
  },
  {
    name: 'a priority map that names a stranger',
    text: withInstance('priority: { lb1: 100, lb2: 90, bl2: 3 }'),
    rule: 'unknown-host',
    at: 'bl2:',
    says: /no host of web/,
  },
  {
    name: 'a virtual_router_id twice on one interface',
    text: withCluster(
      'vrrp_instances: { A: { virtual_router_id: 5, interface: eth0, priority: { lb1: 2, lb2: 1 }, virtual_ipaddress: [192.168.1.5/24] }, B: { virtual_router_id: 5, interface: eth0, priority: { lb1: 2, lb2: 1 }, virtual_ipaddress: [192.168.1.6/24] } }',
    ),
    rule: 'vrid-twice',
    at: '5',
    says: /taken by web\/A on the same network/,
  },
  {
    name: 'a virtual_router_id of two clusters on one network',
    text: withSecond(`{ ${OTHER}, ${instance('VI_2', 51, '192.168.1.200/24')} }`),
    rule: 'vrid-twice',
    at: '51',
    says: /taken by web\/VI_1 on the same network/,
  },
  {
    name: 'a virtual_router_id of two clusters whose networks nobody can tell',
    text: withSecond(
      `{ hosts: { a: a.example, b: b.example }, ${instance('VI_2', 51, '10.0.0.9')} }`,
      GOOD.replace('100/24', '100'),
    ),
    rule: 'vrid-twice',
    severity: 'warning',
    at: '51',
    says: /if the two share a network/,
  },
  {
    name: 'a VIP that two clusters claim',
    text: withSecond(`{ ${OTHER}, ${instance('VI_2', 52, '192.168.1.100/24')} }`),
    rule: 'vip-twice',
    at: '192.168.1.100/24',
    says: /by web\/VI_1 too/,
  },
  {
    name: 'a VIP twice in one list',
    text: withInstance('virtual_ipaddress: [192.168.1.100/24, 192.168.1.100/32]'),
    rule: 'vip-twice',
    at: '192.168.1.100/32',
    says: /twice in this list/,
  },
  {
    name: 'a VIP that is a host’s address',
    text: withInstance('virtual_ipaddress: [192.168.1.11/24]'),
    rule: 'vip-is-host',
    at: '192.168.1.11/24',
    says: /address of lb2 itself/,
  },
  {
    name: 'a VIP off the hosts’ network',
    severity: 'warning',
    text: withInstance('virtual_ipaddress: [10.0.0.100/24]'),
    rule: 'vip-subnet',
    at: '10.0.0.100/24',
    says: /not on the network that haprov reaches lb1 over \(192\.168\.1\.10\).*10\.0\.0\.100\/24 dev INTERFACE/,
  },
  {
    name: 'a VIP that is the network’s address',
    text: withInstance('virtual_ipaddress: [192.168.1.0/24]'),
    rule: 'vip-address',
    at: '192.168.1.0/24',
    says: /network's own address/,
  },
  {
    name: 'a VIP that is the broadcast address',
    text: withInstance('virtual_ipaddress: [192.168.1.255/24]'),
    rule: 'vip-address',
    at: '192.168.1.255/24',
    says: /broadcast address/,
  },
  {
    name: 'a multicast VIP',
    text: withInstance('virtual_ipaddress: [224.0.0.18]'),
    rule: 'vip-address',
    at: '224.0.0.18',
    says: /multicast/,
  },
  {
    name: 'both families in one instance',
    text: withInstance('virtual_ipaddress: [192.168.1.100/24, "2001:db8::1/64"]'),
    rule: 'vip-family',
    at: '2001:db8::1/64',
    says: /one address family/,
  },
  {
    name: 'a VIP off the network of its unicast source',
    text: withInstance('virtual_ipaddress: [10.0.0.100/24]\nunicast: { lb1: 192.168.1.10, lb2: 192.168.1.11 }'),
    rule: 'vip-subnet',
    at: '10.0.0.100/24',
    says: /not on the network of lb1 \(192\.168\.1\.10\).*10\.0\.0\.100\/32/,
  },
  {
    name: 'a nine-character auth_pass',
    text: withInstance('auth_pass: secret123'),
    severity: 'warning',
    rule: 'auth-length',
    at: 'secret123',
    says: /9 characters, limit 8/,
  },
  {
    name: 'an auth_pass that keepalived cuts',
    text: withInstance('auth_pass: "pa#ss!x"'),
    rule: 'auth-characters',
    at: 'pa#ss!x',
    says: /letters and digits only/,
  },
  {
    name: 'an auth_pass in VRRP version 3',
    text: withInstance('{ auth_pass: abc, version: 3 }'),
    rule: 'auth-version',
    at: 'abc',
    says: /version 3 has no passwords/,
  },
  {
    name: 'a check that outlasts its interval',
    text: withInstance('track_script: { check_nginx: { interval: 2, timeout: 5 } }'),
    rule: 'check-timeout',
    at: '5',
    says: /5 s but starts every 2 s/,
  },
  {
    name: 'a check as long as its interval',
    text: withInstance('track_script: { check_nginx: { interval: 1 } }'),
    rule: 'check-timeout',
    at: '1',
    says: /interval: 2 and timeout: 1/,
  },
  {
    name: 'unicast without a peer',
    text: withCluster('{ hosts: { lb1: 192.168.1.10 } }', withInstance('{ unicast: true, priority: 100 }')),
    rule: 'unicast-no-peer',
    at: 'true',
    says: /no peer/,
  },
  {
    name: 'unicast to a host that is only a name',
    text: withCluster('{ hosts: { lb1: 192.168.1.10, lb2: lb2.example.com } }', withInstance('unicast: true')),
    rule: 'unicast-address',
    at: 'true',
    says: /lb2\.example\.com is a name/,
  },
  {
    name: 'unicast by the wrong family',
    text: withInstance('unicast: { lb1: "2001:db8::1", lb2: 192.168.1.11 }'),
    rule: 'unicast-address',
    at: '2001:db8::1',
    says: /IPv6/,
  },
  {
    name: 'nopreempt with state MASTER',
    text: withInstance('{ state: { lb1: MASTER, lb2: BACKUP }, nopreempt: true }'),
    rule: 'nopreempt-master',
    at: 'MASTER',
    says: /keepalived drops nopreempt/,
  },
  {
    name: 'state alone',
    text: withInstance('state: BACKUP'),
    rule: 'state-ignored',
    severity: 'warning',
    at: 'state:',
    says: /does nothing here/,
  },
  {
    name: 'a state that keepalived does not know',
    text: withInstance('state: Master'),
    rule: 'state-unknown',
    at: 'Master',
    says: /MASTER is the word/,
  },
  {
    name: 'preempt: true',
    text: withInstance('preempt: true'),
    rule: 'preempt-default',
    severity: 'warning',
    at: 'preempt:',
    says: /is the default/,
  },
  {
    name: 'preempt: false',
    text: withInstance('preempt: false'),
    rule: 'preempt-false',
    at: 'preempt:',
    says: /nopreempt: true/,
  },
  {
    name: 'preempt and nopreempt',
    text: withInstance('{ preempt: true, nopreempt: true }'),
    rule: 'preempt-nopreempt',
    at: 'preempt:',
    says: /nopreempt wins/,
  },
  {
    name: 'preempt_delay with nopreempt',
    text: withInstance('{ preempt_delay: 5, nopreempt: true }'),
    rule: 'preempt-delay',
    at: '5',
    says: /keepalived rejects/,
  },
  {
    name: 'preempt_delay with a weight',
    text: withInstance('{ preempt_delay: 5, track_script: { check_nginx: { weight: -20 } } }'),
    rule: 'preempt-delay',
    severity: 'warning',
    at: '5',
    says: /delays the failover/,
  },
  {
    name: 'log_level in keepalived',
    text: withCluster('keepalived: { log_level: 7 }'),
    rule: 'log-level',
    at: 'log_level:',
    says: /log_detail: true/,
  },
  {
    name: 'log_level in an instance',
    text: withInstance('log_level: 7'),
    rule: 'log-level',
    at: 'log_level:',
    says: /log_detail: true/,
  },
  {
    name: 'log_level in global_defs',
    text: withCluster('keepalived: { global_defs: [log_level 7] }'),
    rule: 'log-level',
    at: 'log_level 7',
    says: /log_detail: true/,
  },
  {
    name: 'vrrp_strict',
    text: withCluster('keepalived: { global_defs: [vrrp_strict] }'),
    rule: 'vrrp-strict',
    at: 'vrrp_strict',
    says: /drop all traffic to the VIP/,
  },
  {
    name: 'a misspelt global keyword',
    text: withCluster('keepalived: { global_defs: [vrrp_garp_master_refesh 60] }'),
    rule: 'global-defs',
    at: 'vrrp_garp',
    says: /did you mean 'vrrp_garp_master_refresh'/,
  },
  {
    name: 'a global keyword that haprov writes',
    text: withCluster('keepalived: { global_defs: [router_id x] }'),
    rule: 'global-defs',
    severity: 'warning',
    at: 'router_id x',
    says: /haprov writes router_id itself/,
  },
  {
    name: 'include in global_defs',
    text: withCluster('keepalived: { global_defs: [include /etc/shadow] }'),
    rule: 'global-defs',
    at: 'include',
    says: /refused/,
  },
  {
    name: 'a machine in two clusters',
    text: withSecond(`{ hosts: { a: 192.168.1.10, b: 192.168.1.21 }, ${instance('VI_2', 52, '192.168.1.200/24')} }`),
    rule: 'host-twice',
    at: '192.168.1.10',
    says: /one keepalived\.conf; put both clusters' vrrp_instances into one cluster/,
  },
  {
    name: 'a machine twice in a cluster',
    text: withCluster('hosts: { lb1: 192.168.1.10, lb2: 192.168.1.10 }'),
    rule: 'host-twice',
    at: '192.168.1.10',
    says: /same machine as lb1/,
  },
  {
    name: 'one host alone',
    text: withCluster('hosts: { lb1: 192.168.1.10 }', withInstance('priority: 100')),
    rule: 'one-host',
    severity: 'warning',
    at: 'hosts:',
    says: /nobody takes the VIP/,
  },
  {
    name: 'no hosts',
    text: withCluster('hosts: {}', withInstance('priority: 100')),
    rule: 'no-hosts',
    at: 'hosts:',
    says: /at least two/,
  },
  {
    name: 'no instances',
    text: withCluster('vrrp_instances: {}'),
    rule: 'no-instances',
    at: 'vrrp_instances:',
    says: /no VIP/,
  },
  { name: 'no clusters', text: 'clusters: {}', rule: 'no-clusters', at: 'clusters:', says: /at least one/ },
  {
    name: 'no service',
    text: GOOD.replace('    service: nginx\n', ''),
    rule: 'no-service',
    severity: 'warning',
    at: 'web:',
    says: /service: nginx, haproxy or none/,
  },
  {
    name: 'a check that asks nothing',
    text: withInstance('track_script: { check_app: {} }', GOOD.replace('nginx', 'none')),
    rule: 'check-probe',
    at: 'check_app:',
    says: /url:.*socket:.*script:/,
  },
  {
    name: 'a check that asks two things',
    text: withInstance('track_script: { check_app: { url: "http://127.0.0.1/", socket: /run/x.sock } }'),
    rule: 'check-probe',
    at: 'check_app:',
    says: /url and socket/,
  },
  {
    name: 'a check that asks another machine',
    text: withInstance('track_script: { check_nginx: { url: "http://192.168.1.100/" } }'),
    rule: 'check-remote',
    severity: 'warning',
    at: 'http',
    says: /ask 127\.0\.0\.1/,
  },
  {
    name: 'a check of a page that stock nginx does not have',
    text: withInstance('track_script: { check_nginx: { url: "http://127.0.0.1/health" } }'),
    rule: 'health-location',
    severity: 'warning',
    at: 'http',
    says: /404/,
  },
  {
    name: 'no check on a service',
    text: withInstance('track_script: {}'),
    rule: 'no-check',
    severity: 'warning',
    at: 'track_script:',
    says: /nginx is dead/,
  },
  {
    name: 'half a second in version 2',
    text: withInstance('advert_int: 0.5'),
    rule: 'advert-int',
    at: '0.5',
    says: /version: 3/,
  },
  {
    name: 'a slow advert in version 3',
    text: withInstance('{ advert_int: 60, version: 3 }'),
    rule: 'advert-int',
    at: '60',
    says: /40\.95/,
  },
  {
    name: 'version 2 for IPv6',
    text: withInstance('{ version: 2, virtual_ipaddress: ["fe80::1/64"] }'),
    rule: 'version',
    at: '2',
    says: /always VRRP version 3/,
  },
  {
    name: 'a password in clear text',
    text: `ssh: { password: hunter2 }\n${GOOD}`,
    rule: 'secret-literal',
    severity: 'warning',
    at: 'hunter2',
    says: /env: SSH_PASSWORD/,
  },
  {
    name: 'a webhook that is no URL',
    text: withCluster('notify: { slack_webhook: "https://x/$(id)" }'),
    rule: 'webhook',
    at: 'https',
    says: /must be an http or https URL/,
  },
];

function startsWith(text: string): RegExp {
  return new RegExp(`^${text.replace(/[$()*+.?[\]^{|}]/g, '\\$&')}`);
}

describe('what only the whole inventory shows', () => {
  it.each(CASES)('$name is reported where it stands', ({ text, rule, severity, at, says }) => {
    const { problems, inventory } = read(text);
    const problem = problems.find((one) => one.rule === rule);
    expect(problem?.message).toMatch(says);
    expect(problem?.severity).toBe(severity ?? 'error');
    expect(problem === undefined ? '' : pointedAt(text, problem).replace(/^['"]/, '')).toMatch(startsWith(at));
    expect(inventory === undefined).toBe(problems.some((one) => one.severity === 'error'));
  });
});

describe('what is fine', () => {
  it.each([
    ['the good inventory', GOOD],
    ['nopreempt with weight 0', withInstance('nopreempt: true')],
    ['a weight that is large enough', withInstance('track_script: { check_nginx: { weight: -11 } }')],
    [
      'the same virtual_router_id on networks of their own',
      withSecond(`{ hosts: { a: 10.0.0.1, b: 10.0.0.2 }, ${instance('V', 51, '10.0.0.9/24')} }`),
    ],
    [
      'the same virtual_router_id for IPv4 and IPv6',
      withCluster(
        'vrrp_instances: { A: { virtual_router_id: 5, interface: eth0, priority: { lb1: 2, lb2: 1 }, virtual_ipaddress: [192.168.1.5/24] }, B: { virtual_router_id: 5, interface: eth0, priority: { lb1: 2, lb2: 1 }, virtual_ipaddress: ["fe80::1/64"] } }',
      ),
    ],
    ['a VIP of /32 beside hosts of another network', withInstance('virtual_ipaddress: [10.0.0.100]')],
    [
      'a VIP on the network of the unicast addresses',
      withInstance('{ virtual_ipaddress: [10.0.0.100/24], unicast: { lb1: 10.0.0.1, lb2: 10.0.0.2 } }'),
    ],
    [
      'a site with the same addresses behind another jump host',
      withSecond(
        '{ ssh: { proxy_jump: [other.example] }, vrrp_instances: { V: { virtual_router_id: 51, interface: eth0, priority: { lb1: 2, lb2: 1 }, virtual_ipaddress: [192.168.1.99/24] } } }',
      ),
    ],
    ['keepalived’s own form of a VIP', withInstance('virtual_ipaddress: [192.168.1.100/24 dev eth0 label eth0:1]')],
  ])('%s has no problems', (_name, text) => {
    expect(read(text).problems).toEqual([]);
  });
});
