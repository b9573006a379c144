import { type Keyword, wantedOf } from './keyword.ts';

/** Values that say more than a default or the end of a range would. */
const EXAMPLES: Readonly<Record<string, string>> = {
  virtual_router_id: '51',
  interface: '{ lb1: ens3, lb2: eth0 }',
  priority: '{ lb1: 150, lb2: 100 }',
  virtual_ipaddress: '[192.0.2.10/24]',
  virtual_ipaddress_excluded: "['203.0.113.[20-40]/32']",
  virtual_routes: '[default via 203.0.113.1 dev eth0 src 203.0.113.5]',
  virtual_rules: '[from 203.0.113.5/32 table 200 priority 200]',
  auth_pass: '{ env: VRRP_AUTH_PASS }',
  advert_int: '1',
  nopreempt: 'true',
  preempt_delay: '60',
  unicast: 'true',
  track_script: '{ check_nginx: { interval: 2, timeout: 1, fall: 2, rise: 2 } }',
  track_interface: '{ eth0: {}, bond1: { weight: -30 } }',
  track_process: '{ dockerd: { process: dockerd, delay: 5 } }',
  track_file: '{ drain: { file: /run/keepalived/drain, weight: 1 } }',
  track_bfd: '[upstream]',
  use_vmac: 'true',
  group: '[OUTSIDE, INSIDE]',
  weight: '0',
  interval: '2',
  timeout: '1',
  fall: '2',
  rise: '2',
  user: 'nobody',
  process: 'dockerd',
  file: '/run/keepalived/drain',
};

/** A line of the inventory with this key. */
export function exampleOf(word: string, row: Keyword): string {
  return `${word}: ${EXAMPLES[word] ?? exampleValue(row)}`;
}

function exampleValue(row: Keyword): string {
  const { says } = row.kind;
  if (/\btrue\b/.test(says)) return 'true';
  const value = wantedOf(row);
  if (value !== undefined && value !== false) return String(value);
  const written = /such as (.+)$/.exec(says)?.[1];
  return written ?? /\d+(?:\.\d+)?/.exec(says)?.[0] ?? `<${says}>`;
}
