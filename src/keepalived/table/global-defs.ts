/** A keyword of global_defs. The inventory takes whole lines of them; what it means to keepalived stays keepalived's. */
export interface GlobalKeyword {
  /** haprov writes it itself, so that the scripts run as they were checked; no line of the user's may. */
  readonly own?: true;
  /** haprov writes this line, unless a line of the user's replaces it. */
  readonly line?: string;
  /** It would undo what haprov relies on: why. */
  readonly refused?: string;
}

const ELSEWHERE = { refused: 'keepalived would write its files elsewhere than haprov looks for them' };
const NAMESPACE = { refused: 'keepalived would run in a network namespace that haprov does not look into' };

/** Words that haprov only passes on: keepalived.conf(5) of 2.2.7, and what later releases added. */
const PASSED =
  `bfd_cpu_affinity bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rttime bfd_rt_priority checker_cpu_affinity
  checker_log_all_failures checker_no_swap checker_priority checker_process_name checker_rlimit_rttime
  checker_rt_priority child_wait_time config_save_dir dbus_service_name default_interface disable_local_igmp
  dynamic_interfaces enable_dbus enable_snmp_checker enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2
  enable_snmp_rfcv3 enable_snmp_vrrp enable_traps fifo_write_vrrp_states_on_reload log_unknown_vrids lvs_flush
  lvs_flush_on_stop lvs_notify_fifo lvs_notify_fifo_script lvs_sync_daemon lvs_timeouts max_auto_priority
  min_auto_priority_delay nftables nftables_counters nftables_ifindex nftables_ipvs nftables_ipvs_priority
  nftables_ipvs_start_fwmark nftables_priority no_email_faults notification_email_from notify_fifo notify_fifo_script
  process_monitor_rcv_bufs process_monitor_rcv_bufs_force process_name process_names random_seed reload_check_config
  reload_file reload_repeat reload_time_file script_security_check shutdown_script shutdown_script_timeout smtp_alert
  smtp_alert_checker smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server snmp_socket startup_script
  startup_script_timeout state_dump_file tmp_config_directory umask use_symlink_paths vrrp_check_unicast_src
  vrrp_cpu_affinity vrrp_delay_after_boot vrrp_down_timer_adverts vrrp_garp_extra_if vrrp_garp_interval
  vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_master_delay vrrp_garp_master_refresh_repeat
  vrrp_garp_master_repeat vrrp_gna_interval vrrp_higher_prio_send_advert vrrp_ipsets
  vrrp_iptables vrrp_lower_prio_no_advert vrrp_mcast_group4 vrrp_mcast_group6 vrrp_min_garp
  vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
  vrrp_netlink_monitor_rcv_bufs_force vrrp_no_swap vrrp_notify_fifo vrrp_notify_fifo_script
  vrrp_notify_priority_changes vrrp_owner_ignore_adverts vrrp_priority vrrp_process_name vrrp_rlimit_rttime
  vrrp_rt_priority vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy vrrp_startup_delay`.split(/\s+/);

/** Keywords of global_defs, by their names, in the order in which haprov writes them. */
export const GLOBAL_DEFS: ReadonlyMap<string, GlobalKeyword> = new Map<string, GlobalKeyword>([
  ['router_id', { own: true }],
  ['script_user', { own: true, line: 'script_user root' }],
  ['enable_script_security', { own: true, line: 'enable_script_security' }],
  // Lets the VIP list change while both hosts run.
  ['vrrp_skip_check_adv_addr', { line: 'vrrp_skip_check_adv_addr' }],
  // Gratuitous ARP every minute mends switches that learned the VIP at the wrong port.
  ['vrrp_garp_master_refresh', { line: 'vrrp_garp_master_refresh 60' }],
  ['vrrp_version', { refused: 'write version: 3 in the instance, so that haprov can check its times' }],
  ['net_namespace', NAMESPACE],
  ['net_namespace_ipvs', NAMESPACE],
  ['instance', ELSEWHERE],
  ['data_use_instance', ELSEWHERE],
  ['use_pid_dir', ELSEWHERE],
  ...PASSED.map((word) => [word, {}] as const),
]);

/** Keywords that a line of the inventory may have. */
export const PASSED_ON: readonly string[] = [...GLOBAL_DEFS].flatMap(([word, { own, refused }]) =>
  own === true || refused !== undefined ? [] : [word],
);
