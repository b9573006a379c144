import { ipFamily } from '../names.ts';

/** What stands after a keyword of global_defs, checked word by word before keepalived sees it. */
export interface Form {
  /** Completes "must have ... after it". */
  readonly says: string;
  readonly takes: (args: readonly string[]) => boolean;
}

/** keepalived counts microseconds in 32 bits. */
const LONGEST = 4294;
const MOST = 4_294_967_295;

const none: Form = { says: 'nothing', takes: (args) => args.length === 0 };
const bool: Form = {
  says: 'nothing, true or false',
  takes: (args) => args.length === 0 || (args.length === 1 && /^(true|false|yes|no|on|off)$/.test(args[0] ?? '')),
};

function one(says: string, is: (word: string) => boolean): Form {
  return { says, takes: (args) => args.length === 1 && is(args[0] ?? '') };
}

function number(min: number, max: number): Form {
  return one(`a whole number from ${min} to ${max}`, (word) => {
    return /^-?\d{1,10}$/.test(word) && Number(word) >= min && Number(word) <= max;
  });
}

function seconds(min: number, max: number, decimals: number): Form {
  const shape = new RegExp(`^\\d{1,7}(\\.\\d{1,${decimals}})?$`);
  return one(`seconds from ${min} to ${max}, with at most ${decimals} decimals`, (word) => {
    return shape.test(word) && Number(word) >= min && Number(word) <= max;
  });
}

function shape(says: string, pattern: RegExp): Form {
  return { says, takes: (args) => pattern.test(args.join(' ')) };
}

const PATH = '/[A-Za-z0-9_.:,=+%/-]*[A-Za-z0-9_-]';
const WORD = '[A-Za-z0-9_.:-]+';
const path = shape('an absolute path', new RegExp(`^${PATH}$`));
const word = shape('one word', new RegExp(`^${WORD}$`));
const processName = shape('a name of at most 15 characters', /^[A-Za-z0-9_.-]{1,15}$/);
const maybeWord = shape('one word, or nothing', new RegExp(`^(${WORD})?$`));
const fifo = shape(
  'an absolute path, a user and a group after it where wanted',
  new RegExp(`^${PATH}( ${WORD}){0,2}$`),
);
const mail = one('a mail address', (text) => /^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$/.test(text));
const server = shape(
  'a host and a port after it where wanted',
  /^([A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)( \d{1,5})?$/,
);
const link = shape('an interface', /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/);
const cpus = shape('numbers of CPUs', /^\d{1,3}( \d{1,3})*$/);
const nice = number(-20, 19);
const realtime = number(1, 99);
const large = number(0, MOST);

/** By keyword, without those that haprov writes or refuses: keepalived.conf(5) and global_parser.c of 2.3.4. */
export const GLOBAL_FORMS: Readonly<Record<string, Form>> = {
  ...many('bfd_no_swap checker_no_swap vrrp_no_swap', none),
  ...many('bfd_priority checker_priority vrrp_priority', nice),
  ...many('bfd_rt_priority checker_rt_priority vrrp_rt_priority', realtime),
  ...many('bfd_rlimit_rttime checker_rlimit_rttime vrrp_rlimit_rttime', number(1, MOST)),
  ...many('bfd_cpu_affinity checker_cpu_affinity vrrp_cpu_affinity', cpus),
  ...many('bfd_process_name checker_process_name vrrp_process_name process_name lvs_process_name', processName),
  ...many('config_save_dir reload_file reload_time_file state_dump_file stats_dump_file json_dump_file', path),
  ...many('tmp_config_directory iproute_usr_dir iproute_etc_dir', path),
  ...many('lvs_notify_fifo notify_fifo vrrp_notify_fifo', fifo),
  ...many('lvs_notify_fifo_script notify_fifo_script vrrp_notify_fifo_script', fifo),
  ...many('startup_script shutdown_script', fifo),
  ...many('startup_script_timeout shutdown_script_timeout', number(1, 1000)),
  ...many('enable_dbus enable_snmp_checker enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2', none),
  ...many('enable_snmp_rfcv3 enable_snmp_vrrp enable_traps fifo_write_vrrp_states_on_reload lvs_flush', none),
  ...many('log_unknown_vrids no_email_faults nftables_counters nftables_ifindex process_names', none),
  ...many('disable_local_igmp reload_repeat vrrp_check_unicast_src dbus_no_interface_name', none),
  ...many('checker_log_all_failures smtp_alert smtp_alert_checker smtp_alert_vrrp use_symlink_paths', bool),
  ...many('vrrp_skip_check_adv_addr vrrp_higher_prio_send_advert vrrp_lower_prio_no_advert vrrp_min_garp', bool),
  ...many('vrrp_notify_priority_changes vrrp_owner_ignore_adverts v3_checksum_as_v2', bool),
  ...many('process_monitor_rcv_bufs_force vrrp_netlink_cmd_rcv_bufs_force', bool),
  ...many('vrrp_netlink_monitor_rcv_bufs_force lvs_netlink_cmd_rcv_bufs_force', bool),
  ...many('lvs_netlink_monitor_rcv_bufs_force rs_init_notifies no_checker_emails', bool),
  ...many('process_monitor_rcv_bufs vrrp_netlink_cmd_rcv_bufs vrrp_netlink_monitor_rcv_bufs', large),
  ...many('lvs_netlink_cmd_rcv_bufs lvs_netlink_monitor_rcv_bufs random_seed', large),
  ...many('vrrp_garp_master_delay vrrp_garp_lower_prio_delay', number(0, LONGEST)),
  ...many('vrrp_garp_master_refresh', large),
  ...many('vrrp_garp_master_repeat vrrp_garp_master_refresh_repeat', number(1, MOST)),
  ...many('vrrp_garp_lower_prio_repeat', number(0, 2_147_483_647)),
  ...many('vrrp_garp_interval vrrp_gna_interval', seconds(0, LONGEST, 6)),
  ...many('vrrp_garp_extra_if', shape('seconds, all before them where wanted', /^(all )?\d{1,5}$/)),
  ...many('snmp_vs_stats_update_interval snmp_rs_stats_update_interval', seconds(0.001, 30, 3)),
  dbus_service_name: word,
  default_interface: link,
  dynamic_interfaces: shape('allow_if_changes, or nothing', /^(allow_if_changes)?$/),
  json_version: number(1, 2),
  lvs_flush_on_stop: shape('VS, or nothing', /^(VS)?$/),
  lvs_sync_daemon: shape(
    'an interface, an instance and options',
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14} [A-Za-z0-9_.-]+( (id|maxlen|port|ttl|group) [0-9A-Fa-f.:]+)*$/,
  ),
  lvs_timeouts: shape(
    'tcp, tcpfin and udp with seconds',
    /^((tcp|tcpfin|udp) \d{1,6})( (tcp|tcpfin|udp) \d{1,6}){0,2}$/,
  ),
  max_auto_priority: number(-1, 99),
  min_auto_priority_delay: number(1, 10_000_000),
  nftables: maybeWord,
  nftables_ipvs: maybeWord,
  nftables_ipvs_priority: number(-2_147_483_648, 2_147_483_647),
  nftables_ipvs_start_fwmark: number(1, MOST),
  nftables_priority: number(-2_147_483_648, 2_147_483_647),
  notification_email: {
    says: 'mail addresses in braces, as { ops@example.com }',
    takes: (args) =>
      args.length >= 3 &&
      args[0] === '{' &&
      args.at(-1) === '}' &&
      args.slice(1, -1).every((text) => mail.takes([text])),
  },
  notification_email_from: mail,
  reload_check_config: shape('an absolute path, or nothing', new RegExp(`^(${PATH})?$`)),
  smtp_connect_timeout: number(1, LONGEST),
  smtp_helo_name: word,
  smtp_server: server,
  snmp_socket: shape('an address such as udp:127.0.0.1:705', /^[A-Za-z0-9_.:/-]+$/),
  umask: shape('an octal number such as 0027', /^0[0-7]{1,4}$/),
  vmac_prefix: shape('a name of at most 10 characters', /^[A-Za-z][A-Za-z0-9_-]{0,9}$/),
  vmac_addr_prefix: shape('a name of at most 10 characters', /^[A-Za-z][A-Za-z0-9_-]{0,9}$/),
  vrrp_down_timer_adverts: number(1, 100),
  vrrp_mcast_group4: one('an IPv4 multicast address', (text) => ipFamily(text) === 4 && /^(22[4-9]|23\d)\./.test(text)),
  vrrp_mcast_group6: one('a link-local IPv6 multicast address', (text) => ipFamily(text) === 6 && /^ff.2:/i.test(text)),
  vrrp_rx_bufs_multiplier: number(1, 1000),
  vrrp_rx_bufs_policy: shape('MTU, ADVERT or a number', /^(MTU|ADVERT|[1-9]\d{0,6})$/),
  vrrp_startup_delay: seconds(0.001, LONGEST, 6),
};

function many(keywords: string, form: Form): Record<string, Form> {
  return Object.fromEntries(keywords.split(' ').map((keyword) => [keyword, form]));
}
