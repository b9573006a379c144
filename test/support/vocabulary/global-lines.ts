/** What keepalived's dump has to say of a line of global_defs. */
export interface GlobalLine {
  /** A line of the dump's `Global definitions`; absent: it has none. */
  readonly shows?: string;
  /** What instances that say nothing of their own then have, by the title of their line. */
  readonly instances?: readonly (readonly [title: string, is: string])[];
}

/** Lines of global_defs that the random inventories choose from. */
export const GLOBAL_LINES: Readonly<Record<string, GlobalLine>> = {
  'vrrp_garp_master_delay 9': {
    shows: 'Gratuitous ARP delay = 9',
    instances: [
      ['Gratuitous ARP delay', '9'],
      ['Gratuitous ARP lower priority delay', '9'],
    ],
  },
  'vrrp_garp_master_repeat 8': {
    shows: 'Gratuitous ARP repeat = 8',
    instances: [
      ['Gratuitous ARP repeat', '8'],
      ['Gratuitous ARP lower priority repeat', '8'],
    ],
  },
  'vrrp_garp_master_refresh 17': {
    shows: 'Gratuitous ARP refresh timer = 17',
    instances: [['Gratuitous ARP refresh', '17']],
  },
  'vrrp_garp_master_refresh_repeat 4': {
    shows: 'Gratuitous ARP refresh repeat = 4',
    instances: [['Gratuitous ARP refresh repeat', '4']],
  },
  'vrrp_higher_prio_send_advert true': {
    shows: 'Send advert after receive higher priority advert = true',
    instances: [['Send advert after receive higher priority advert', 'true']],
  },
  vrrp_lower_prio_no_advert: {
    shows: 'Send advert after receive lower priority advert = false',
    instances: [['Send advert after receive lower priority advert', 'false']],
  },
  'vrrp_down_timer_adverts 5': { shows: 'Num adverts before down = 5', instances: [['Down timer adverts', '5']] },
  'vrrp_garp_interval 0.001': { shows: 'Gratuitous ARP interval = 0.001000' },
  'vrrp_gna_interval 0.25': { shows: 'Gratuitous NA interval = 0.250000' },
  vrrp_check_unicast_src: { shows: 'VRRP check unicast_src = true' },
  vrrp_notify_priority_changes: {
    shows: 'VRRP notify priority changes = true',
    instances: [['Notify priority changes', 'true']],
  },
  'vrrp_priority -5': { shows: 'VRRP process priority = -5' },
  vrrp_no_swap: { shows: "VRRP don't swap = true" },
  'vrrp_rlimit_rttime 10001': { shows: 'VRRP realtime limit = 10001' },
  'vrrp_startup_delay 3.5': { shows: 'vrrp_startup_delay = 3.5' },
  'max_auto_priority -1': { shows: 'Max auto priority = Disabled' },
  'min_auto_priority_delay 2000000': { shows: 'Min auto priority delay = 2000000 usecs' },
  'smtp_connect_timeout 31': { shows: 'Smtp server connection timeout = 31' },
  'smtp_helo_name lb.example.com': { shows: 'Smtp HELO name = lb.example.com' },
  no_email_faults: {},
  dynamic_interfaces: { shows: 'Dynamic interfaces = true' },
  'default_interface eth1': {},
  disable_local_igmp: { shows: 'Disable local IGMP = yes' },
  fifo_write_vrrp_states_on_reload: { shows: 'FIFO write vrrp states on reload = true' },
  'nftables ha': { shows: 'nftables table name = ha' },
  'nftables_priority 5': {},
  nftables_counters: { shows: 'nftables with counters' },
  process_names: {},
  'umask 0077': { shows: 'umask = 077' },
  'vrrp_rx_bufs_policy MTU': { shows: 'rx_bufs_policy = MTU' },
  'vrrp_rx_bufs_multiplier 5': { shows: 'rx_bufs_multiples = 5' },
  'vrrp_netlink_cmd_rcv_bufs 90000': { shows: 'vrrp_netlink_cmd_rcv_bufs = 90000' },
  'random_seed 5': {},
  reload_check_config: { shows: 'Test config before reload, log to /dev/null' },
  'startup_script_timeout 20': {},
  'vrrp_mcast_group4 224.0.0.55': {
    shows: 'VRRP IPv4 mcast group = 224.0.0.55',
    instances: [['Multicast address', '224.0.0.55']],
  },
  'vrrp_mcast_group6 ff02::55': {
    shows: 'VRRP IPv6 mcast group = ff02::55',
    instances: [['Multicast address', 'ff02::55']],
  },
};
