import { keysWhere, type Table } from '../keepalived/keyword.ts';
import { nearestWord } from '../keepalived/nearest.ts';
import { BLOCKS } from '../keepalived/table/blocks.ts';
import { PASSED_ON } from '../keepalived/table/global-defs.ts';
import { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../keepalived/table/vrrp-script.ts';
import { VRRP_SYNC_GROUP } from '../keepalived/table/vrrp-sync-group.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from '../keepalived/table/vrrp-track.ts';

/** Words from tutorials and from keepalived.conf that are no keys here, and what to write instead. */
const ANSWERS: Readonly<Record<string, { readonly rule: string; readonly message: string }>> = {
  log_level: {
    rule: 'log-level',
    message:
      "keepalived has no keyword 'log_level' and rejects the file; for a detailed log write keepalived: { log_detail: true }",
  },
  auth_type: {
    rule: 'unknown-key',
    message: "'auth_type' is not needed: with auth_pass haprov writes auth_type PASS; take this line out",
  },
  authentication: {
    rule: 'unknown-key',
    message: "'authentication' is no key here; write auth_pass: { env: NAME } in the instance itself",
  },
  script_user: {
    rule: 'unknown-key',
    message:
      "'script_user' is not needed: haprov writes script_user root and enable_script_security; take this line out",
  },
  enable_script_security: {
    rule: 'unknown-key',
    message: "'enable_script_security' is not needed: haprov always writes it; take this line out",
  },
  router_id: {
    rule: 'unknown-key',
    message: "'router_id' is not needed: haprov writes the host's name; take this line out",
  },
  vrrp_strict: {
    rule: 'vrrp-strict',
    message: 'vrrp_strict makes keepalived drop all traffic to the VIP, and forbids unicast and auth_pass; take it out',
  },
  vrrp_script: {
    rule: 'unknown-key',
    message:
      "'vrrp_script' is no key here; write the check into the instance's track_script: { check_nginx: { interval: 2 } }",
  },
  unicast_src_ip: {
    rule: 'unknown-key',
    message:
      "'unicast_src_ip' is no key here; unicast: true takes the hosts' addresses, unicast: { lb1: 10.0.0.1, … } takes others",
  },
  unicast_peer: {
    rule: 'unknown-key',
    message: "'unicast_peer' is no key here; unicast: true makes every other host of the cluster a peer",
  },
};

/** Words for checks and for notify that people bring along from other tools, and the key of the same meaning. */
const MEANT: Readonly<Record<string, string>> = {
  http: "a check of a page is url: 'http://127.0.0.1/health'",
  https: "a check of a page is url: 'https://127.0.0.1:6443/livez', with ca: or insecure: true",
  http_get: "a check of a page is url: 'http://127.0.0.1/health'",
  status_code: 'the statuses of a url are expect: [200, 401]',
  status_codes: 'the statuses of a url are expect: [200, 401]',
  cafile: 'the CA certificates of a url are ca: /PATH/ON/THE/HOST',
  ca_file: 'the CA certificates of a url are ca: /PATH/ON/THE/HOST',
  cacert: 'the CA certificates of a url are ca: /PATH/ON/THE/HOST',
  skip_verify: 'a url whose certificate may be any has insecure: true',
  verify: 'a url whose certificate may be any has insecure: true',
  tcp_check: 'a check of a port is tcp: 127.0.0.1:5432',
  connect_port: 'a check of a port is tcp: 127.0.0.1:5432',
  exec: 'a program with arguments is command: [/usr/local/bin/alive, --quick]',
  cmd: 'a program with arguments is command: [/usr/local/bin/alive, --quick]',
  args: 'a program with arguments is command: [/usr/local/bin/alive, --quick]',
  docker: 'a program in a container is container: NAME',
  podman: 'a program in a container is container: NAME',
  slack: 'Slack is slack_webhook: { env: SLACK_WEBHOOK_URL }',
  teams: 'Teams is webhooks: { teams: { url: { env: TEAMS_URL }, format: teams } }',
  webhook: 'webhooks have names: webhooks: { ops: { url: { env: WEBHOOK_URL }, format: slack } }',
  mail: 'mail is email: { to: [ops@example.com], server: 127.0.0.1 }',
  smtp: 'mail is email: { to: [ops@example.com], server: 127.0.0.1 }',
};

const FRAGMENT = (what: string): string =>
  `haprov does not model ${what}, and keeps it: write the blocks into a file as keepalived has them, and name it in the cluster: keepalived: { fragments: [./lvs.conf] }`;
const NOTIFY =
  'write notify: { script: ./on-change.sh } for every change, or notify: { master: ./promote.sh } for one state';

/** Words of keepalived's other blocks: where they belong. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'virtual_server',
      'virtual_servers',
      'virtual_server_group',
      'real_server',
      'real_servers',
      'SSL',
      'lb_algo',
      'lb_kind',
      'lvs_sched',
      'lvs_method',
      'persistence_timeout',
      'sorry_server',
    ].map((word) => [word, FRAGMENT('LVS')]),
  ),
  ...Object.fromEntries(
    ['bfd_instance', 'bfd_instances'].map((word) => [
      word,
      `${FRAGMENT('BFD')}; an instance looks at it by track_bfd: [NAME]`,
    ]),
  ),
  ...Object.fromEntries(['garp_group', 'track_group'].map((word) => [word, FRAGMENT(word)])),
  global_defs: 'global_defs stands in the cluster under keepalived: { global_defs: [vrrp_garp_master_refresh 60] }',
  vrrp_track_process:
    'the block is written by track_process in the instance: track_process: { dockerd: { process: dockerd, delay: 5 } }',
  vrrp_track_file:
    'the block is written by track_file in the instance: track_file: { drain: { file: /run/keepalived/drain, weight: 0 } }',
  vrrp_sync_group: 'write vrrp_sync_groups: { NAME: [INSTANCE, INSTANCE] } in the cluster',
  sync_group: 'write vrrp_sync_groups: { NAME: [INSTANCE, INSTANCE] } in the cluster',
  group: 'write vrrp_sync_groups: { NAME: [INSTANCE, INSTANCE] } in the cluster',
  vrrp_instance: 'write vrrp_instances: { VI_1: { … } } in the cluster',
  notify: NOTIFY,
  notify_script: NOTIFY,
  no_accept: 'no_accept drops all packets to the VIP by a firewall rule of keepalived’s; take it out',
  strict_mode: 'strict_mode drops all traffic to the VIP, and forbids unicast and auth_pass; take it out',
  garp_interval: 'write keepalived: { global_defs: [vrrp_garp_interval 0.001] } in the cluster',
  gna_interval: 'write keepalived: { global_defs: [vrrp_gna_interval 0.001] } in the cluster',
  native_ipv6: 'native_ipv6 is not needed: an IPv6 address as the first VIP makes the instance IPv6; take it out',
  lvs_sync_daemon_interface: 'write keepalived: { global_defs: [lvs_sync_daemon eth0 VI_1] } in the cluster',
  no_virtual_ipaddress: 'an instance needs a VIP here: write virtual_ipaddress',
  linkbeat_use_polling: 'write keepalived: { linkbeat_interfaces: [eth0 MII] } in the cluster',
  debug: 'debug does nothing since keepalived 2; for a detailed log write keepalived: { log_detail: true }',
  vmac_garp_intvl: 'the word is garp_extra_if',
  thread_timer_expired: 'the word is timer_expired_backup',
  owner_ignore_adverts: 'owner_ignore_adverts is about priority 255, which haprov does not have; take it out',
  auth_hmac: 'auth_hmac is in no released keepalived that haprov supports; write auth_pass: { env: NAME }',
  vip: 'write virtual_ipaddress: [192.0.2.10/24]',
  vips: 'write virtual_ipaddress: [192.0.2.10/24]',
  virtual_ip: 'write virtual_ipaddress: [192.0.2.10/24]',
  vrid: 'write virtual_router_id',
  router: 'write virtual_router_id',
};

/** The block of keepalived.conf that a word belongs to, and where that is in the inventory. */
const PLACES: readonly (readonly [readonly string[], string])[] = [
  [Object.keys(VRRP_SCRIPT), 'a check, under track_script: { NAME: { … } }'],
  [Object.keys(VRRP_TRACK_PROCESS), 'a process, under track_process: { NAME: { … } }'],
  [Object.keys(TRACK_FILE), 'a file, under track_file: { NAME: { … } }'],
  [inInventory(VRRP_INSTANCE), 'an instance, under vrrp_instances: { NAME: { … } }'],
  [inInventory(VRRP_SYNC_GROUP), 'a sync group, under vrrp_sync_groups: { NAME: { … } }'],
  [PASSED_ON, 'keepalived: { global_defs: [WORD …] } of the cluster'],
  [Object.keys(BLOCKS), 'keepalived: { WORD: [ … ] } of the cluster'],
  [['drop', 'fragments', 'global_defs', 'log_detail'], 'keepalived: { … } of the cluster'],
  [['service', 'hosts', 'vrrp_instances', 'vrrp_sync_groups', 'firewall', 'playbook'], 'a cluster'],
];

/** All words that have a place. */
const VOCABULARY: readonly string[] = [...Object.keys(ELSEWHERE), ...PLACES.flatMap(([words]) => words)].filter(
  (word) => word.length > 4,
);

function inInventory(table: Table): readonly string[] {
  return keysWhere(table, ({ inventory }) => inventory !== false);
}

/** Where a word of keepalived's, or of the inventory's, belongs. */
function placeOf(key: string): string | undefined {
  const own = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined;
  if (own !== undefined) return own;
  const place = PLACES.find(([words]) => words.includes(key))?.[1];
  return place === undefined ? undefined : `it belongs to ${place.replace('WORD', key)}`;
}

/** What to say of a key that the inventory does not know. */
export function unknownKey(key: string, known: readonly string[]): { rule: string; message: string } {
  const answer = Object.hasOwn(ANSWERS, key) ? ANSWERS[key] : undefined;
  if (answer !== undefined) return answer;
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key] : undefined;
  if (meant !== undefined) return { rule: 'unknown-key', message: `unknown key '${key}'; ${meant}` };
  const shown = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  const place = placeOf(key);
  if (place !== undefined) return { rule: 'unknown-key', message: `'${shown}' is no key here: ${place}` };
  const near = nearestWord(key, known);
  const other = near ?? nearestWord(key, VOCABULARY);
  const where = near === undefined && other !== undefined ? placeOf(other) : undefined;
  const hint =
    near !== undefined
      ? `did you mean '${near}'?`
      : other !== undefined
        ? `did you mean keepalived’s '${other}'?${where === undefined ? '' : ` (${where})`}`
        : `known are ${known.join(', ')}`;
  return { rule: 'unknown-key', message: `unknown key '${shown}'; ${hint}` };
}

export { nearestWord as nearest } from '../keepalived/nearest.ts';
