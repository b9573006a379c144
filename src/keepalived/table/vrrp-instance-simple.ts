import type { Table } from '../keyword.ts';
import { link, said, whole } from '../kinds/plain.ts';
import { routes, rules } from '../kinds/routes.ts';
import { duration, flagOrWords, ownAddress, toggle, words } from '../kinds/words.ts';
import { INTERFACE } from '../names.ts';

const NAME = `(?!include)${INTERFACE.source.slice(1, -1)}`;

const VMAC = flagOrWords('a name for the interface', new RegExp(`^${NAME}$`));
const IPVLAN = flagOrWords(
  'a name for the interface, an address and bridge, private or vepa after it where wanted',
  new RegExp(`^${NAME}(?: [0-9A-Fa-f.:]+(?:/\\d{1,3})?)?(?: (?:bridge|private|vepa))?$`),
);
const EXTRA_IF = words('seconds from 0 to 86400, `all` before them where wanted', /^(?:all )?\d{1,5}$/);
/** keepalived counts microseconds in 32 bits. */
const LONGEST = 4294;

/**
 * Keywords of a vrrp_instance that take a plain value each, and that no other part of haprov asks about. Sources:
 * keepalived.conf(5) and vrrp_parser.c of 2.3.4; `since` from the sources of 2.0.0 to 2.3.4.
 */
export const SIMPLE_KEYWORDS = {
  use_vmac: {
    kind: VMAC,
    doc: 'true: the VIP has a MAC address of its own, which moves with it, on an interface such as vrrp.51. Or its name',
    peers: 'heard',
    identity: 'way',
    place: 22,
    perHost: 'some',
  },
  use_ipvlan: {
    kind: IPVLAN,
    doc: 'true: the VIP is on an ipvlan interface of its own. Or its name',
    since: '2.0.17',
    peers: 'heard',
    identity: 'way',
    place: 22,
    perHost: 'some',
  },
  vmac_xmit_base: {
    kind: said,
    doc: 'true: with use_vmac, adverts still go out from the interface below',
    peers: 'heard',
    place: 23,
  },
  use_vmac_addr: {
    kind: said,
    doc: 'true: VIPs on other interfaces get a virtual MAC there, too',
    since: '2.2.0',
    place: 23,
  },
  dont_track_primary: {
    kind: said,
    doc: 'true: the VIP stays when the interface of VRRP goes down',
    proof: 'whether the loss of the interface counts',
    place: 30,
  },
  track_src_ip: {
    kind: said,
    doc: 'true: without the source address of its adverts the host gives the VIP up',
    place: 30,
  },
  mcast_src_ip: {
    kind: ownAddress,
    doc: 'Source address of multicast adverts. Default: the interface’s own',
    perHost: 'some',
    place: 31,
  },
  mcast_dst_ip: {
    kind: ownAddress,
    doc: 'Multicast group in place of 224.0.0.18 or ff02::12',
    since: '2.2.5',
    peers: 'notice',
    place: 31,
  },
  unicast_ttl: { kind: whole(0, 255), doc: 'TTL of unicast adverts', since: '2.1.0', place: 61 },
  check_unicast_src: {
    kind: said,
    doc: 'true: adverts of hosts that are no peers are dropped',
    since: '2.1.0',
    place: 61,
  },
  unicast_fault_no_peer: {
    kind: said,
    doc: 'true: without peers it is in FAULT, and does not go back to multicast',
    since: '2.2.5',
    place: 61,
  },
  old_unicast_checksum: {
    kind: flagOrWords('never', /^never$/),
    doc: 'true: the checksum of keepalived before 1.3.7, for old peers',
    peers: 'notice',
    place: 61,
  },
  v3_checksum_as_v2: {
    kind: toggle,
    doc: 'true: the checksum of version 3 without the pseudo header, as some vendors have it',
    since: '2.2.8',
    peers: 'notice',
    place: 61,
  },
  down_timer_adverts: {
    kind: whole(1, 100),
    doc: 'Adverts that are missed until the holder counts as gone. Default 3',
    since: '2.2.3',
    global: 'vrrp_down_timer_adverts',
    proof: 'when a crash is noticed',
    place: 25,
  },
  timer_expired_backup: {
    kind: flagOrWords('the highest priority of the others, from 1 to 254', /^(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4])$/),
    doc: 'true: after a pause of the whole host it waits once more before it takes the VIP. Needs nopreempt',
    since: '2.2.8',
    place: 25,
  },
  skip_check_adv_addr: {
    kind: toggle,
    doc: 'true: the addresses in an advert of the same holder are not compared again',
    place: 40,
  },
  lower_prio_no_advert: { kind: toggle, doc: 'true: no advert is sent in answer to one of lower priority', place: 40 },
  higher_prio_send_advert: { kind: toggle, doc: 'true: one advert more is sent before a holder gives way', place: 40 },
  owner_ignore_adverts: {
    kind: toggle,
    doc: 'Only for priority 255, which haprov does not have',
    since: '2.3.3',
    inventory: false,
    place: 40,
  },
  accept: {
    kind: said,
    doc: 'true: packets to the VIP are taken, keepalived’s default without strict mode',
    place: 40,
  },
  no_accept: {
    kind: said,
    doc: 'true: packets to the VIP are dropped by a firewall rule of keepalived’s',
    inventory: false,
    place: 40,
  },
  strict_mode: { kind: toggle, doc: 'Strict mode drops all traffic to the VIP', inventory: false, place: 40 },
  garp_master_delay: {
    kind: whole(0, LONGEST),
    doc: 'Seconds between the first and the second round of gratuitous ARP. Default 5',
    place: 41,
  },
  garp_master_repeat: { kind: whole(1, 4_294_967_295), doc: 'Gratuitous ARP packets of a round. Default 5', place: 41 },
  garp_master_refresh: {
    kind: whole(0, 4_294_967_295),
    doc: 'Seconds between rounds while the host holds the VIP. Default 60',
    place: 41,
  },
  garp_master_refresh_repeat: { kind: whole(1, 4_294_967_295), doc: 'Packets of such a round. Default 1', place: 41 },
  garp_lower_prio_delay: {
    kind: whole(0, LONGEST),
    doc: 'Seconds between the first and the second round after an advert of lower priority',
    place: 41,
  },
  garp_lower_prio_repeat: {
    kind: whole(0, 2_147_483_647),
    doc: 'Packets of a round after an advert of lower priority',
    place: 41,
  },
  garp_extra_if: {
    kind: EXTRA_IF,
    doc: 'Seconds between gratuitous ARP on the interface below a virtual MAC',
    since: '2.2.3',
    place: 41,
  },
  kernel_rx_buf_size: { kind: whole(0, 4_294_967_295), doc: 'Receive buffer of the socket in bytes', place: 42 },
  vrf: { kind: link, doc: 'The VRF that unicast adverts go through', since: '2.2.5', perHost: 'some', place: 42 },
  promote_secondaries: {
    kind: said,
    doc: 'true: sets the sysctl of the interface, so that removing one address keeps the others',
    // keepalived sets it there by itself, and rejects the word.
    idle: ({ use_vmac, use_ipvlan }) => [use_vmac, use_ipvlan].some((own) => own !== undefined && own !== false),
    place: 42,
  },
  linkbeat_use_polling: {
    kind: said,
    doc: 'true: the link is polled by MII or ethtool, for old drivers',
    inventory: false,
    place: 42,
  },
  virtual_routes: {
    kind: routes,
    doc: 'Routes that come and go with the VIP, in keepalived’s own words',
    perHost: 'some',
    place: 82,
  },
  virtual_rules: { kind: rules, doc: 'Routing rules that come and go with the VIP', perHost: 'some', place: 83 },
  no_virtual_ipaddress: { kind: said, doc: 'An instance without a VIP', since: '2.2.8', inventory: false, place: 84 },
  smtp_alert: {
    kind: toggle,
    doc: 'true: a mail at each change of state, by keepalived’s own mailer: keepalived.global_defs names who gets it',
    place: 98,
  },
  notify_priority_changes: {
    kind: toggle,
    doc: 'true: scripts are called for a change of priority, too',
    since: '2.0.16',
    place: 98,
  },
  notify_master: { kind: words('a command', /^.+$/), inventory: false, place: 99 },
  notify_backup: { kind: words('a command', /^.+$/), inventory: false, place: 99 },
  notify_fault: { kind: words('a command', /^.+$/), inventory: false, place: 99 },
  notify_stop: { kind: words('a command', /^.+$/), inventory: false, place: 99 },
  notify_deleted: { kind: flagOrWords('a command', /^.+$/), since: '2.1.0', inventory: false, place: 99 },
  notify_master_rx_lower_pri: { kind: words('a command', /^.+$/), since: '2.0.6', inventory: false, place: 99 },
  debug: { kind: whole(0, 4), doc: 'Nothing since keepalived 2: it is read and not used', inventory: false },
  lvs_sync_daemon_interface: { kind: link, doc: 'Deprecated: lvs_sync_daemon of global_defs', inventory: false },
  thread_timer_expired: { kind: flagOrWords('a priority', /^\d+$/), since: '2.3.2', inventory: false },
  vmac_garp_intvl: { kind: EXTRA_IF, since: '2.2.0', inventory: false },
} as const satisfies Table;

/** Seconds of a track_process, for the blocks of both tables. */
export const PROCESS_DELAY = duration(0.000001, 3600, 6);
