import { type Form, GLOBAL_FORMS } from './global-forms.ts';

/** A keyword of global_defs. The inventory takes whole lines of them; what it means to keepalived stays keepalived's. */
export interface GlobalKeyword {
  /** haprov writes it itself, so that the scripts run as they were checked; no line of the user's may. */
  readonly own?: true;
  /** haprov writes this line, unless a line of the user's replaces it. */
  readonly line?: string;
  /** The first release that has it; absent: every one that haprov supports. */
  readonly since?: string;
  /** What may stand after it; absent: any plain words. */
  readonly form?: Form;
  /** It would undo what haprov relies on: why. */
  readonly refused?: string;
}

const ELSEWHERE = { refused: 'keepalived would write its files elsewhere than haprov looks for them' };
const IPTABLES = {
  refused: 'distributions build keepalived without iptables; write nftables, which use_vmac takes by itself',
};
const NAMESPACE = { refused: 'keepalived would run in a network namespace that haprov does not look into' };

/** The first release that has them, where that is later than 2.0.19: by release. */
const SINCE: Readonly<Record<string, string>> = {
  '2.1.0':
    'bfd_rlimit_rttime checker_rlimit_rttime max_auto_priority min_auto_priority_delay reload_repeat reload_time_file shutdown_script shutdown_script_timeout startup_script startup_script_timeout vrrp_rlimit_rttime',
  '2.2.0':
    'checker_process_name disable_local_igmp lvs_flush_on_stop reload_check_config reload_file tmp_config_directory vmac_addr_prefix vmac_prefix',
  '2.2.2': 'nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark',
  '2.2.3': 'config_save_dir vrrp_down_timer_adverts vrrp_garp_extra_if',
  '2.2.5': 'fifo_write_vrrp_states_on_reload',
  '2.2.8': 'json_version v3_checksum_as_v2',
  '2.3.0': 'dbus_no_interface_name snmp_rs_stats_update_interval snmp_vs_stats_update_interval use_symlink_paths',
  '2.3.2': 'iproute_etc_dir iproute_usr_dir',
  '2.3.3': 'json_dump_file state_dump_file stats_dump_file vrrp_owner_ignore_adverts',
};

const sinceOf = new Map(
  Object.entries(SINCE).flatMap(([release, words]) => words.split(' ').map((word) => [word, release] as const)),
);

/** Words that haprov only passes on: keepalived.conf(5) of 2.3.4. */
const PASSED = Object.entries(GLOBAL_FORMS).map(([word, form]): readonly [string, GlobalKeyword] => {
  const since = sinceOf.get(word);
  return [word, { form, ...(since === undefined ? {} : { since }) }];
});

const OWN_LINES = {
  vrrp_skip_check_adv_addr: 'vrrp_skip_check_adv_addr',
  vrrp_garp_master_refresh: 'vrrp_garp_master_refresh 60',
} as const;

function formOf(word: string): { readonly form?: Form } {
  const form = GLOBAL_FORMS[word];
  return form === undefined ? {} : { form };
}

/** Keywords of global_defs, by their names, in the order in which haprov writes them. */
export const GLOBAL_DEFS: ReadonlyMap<string, GlobalKeyword> = new Map<string, GlobalKeyword>([
  ['router_id', { own: true }],
  ['script_user', { own: true, line: 'script_user root' }],
  ['enable_script_security', { own: true, line: 'enable_script_security' }],
  // Lets the VIP list change while both hosts run.
  ['vrrp_skip_check_adv_addr', { line: OWN_LINES.vrrp_skip_check_adv_addr, ...formOf('vrrp_skip_check_adv_addr') }],
  // Gratuitous ARP every minute mends switches that learned the VIP at the wrong port.
  ['vrrp_garp_master_refresh', { line: OWN_LINES.vrrp_garp_master_refresh, ...formOf('vrrp_garp_master_refresh') }],
  ['vrrp_version', { refused: 'write version: 3 in the instance, so that haprov can check its times' }],
  ['net_namespace', NAMESPACE],
  ['net_namespace_ipvs', NAMESPACE],
  ['child_wait_time', { refused: 'no keepalived of a distribution is built with it' }],
  ['vrrp_iptables', IPTABLES],
  ['vrrp_ipsets', IPTABLES],
  ['vrrp_vmac_garp_intvl', { refused: 'the word is vrrp_garp_extra_if' }],
  ['vrrp_strict', { refused: 'vrrp_strict makes keepalived drop all traffic to the VIP' }],
  ['namespace_with_ipsets', NAMESPACE],
  ['include_check', { refused: 'haprov checks and shows all of the configuration' }],
  ['linkbeat_use_polling', { refused: 'it is deprecated; write keepalived: { linkbeat_interfaces: [eth0] }' }],
  ['instance', ELSEWHERE],
  ['data_use_instance', ELSEWHERE],
  ['use_pid_dir', ELSEWHERE],
  ...PASSED.filter(([word]) => !(word in OWN_LINES)),
  ...['script_security_check', 'vrrp_delay_after_boot'].map((word) => [word, { since: '2.4.0' }] as const),
]);

/** Keywords that a line of the inventory may have. */
export const PASSED_ON: readonly string[] = [...GLOBAL_DEFS].flatMap(([word, { own, refused }]) =>
  own === true || refused !== undefined ? [] : [word],
);
