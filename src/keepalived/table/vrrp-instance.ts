import { z } from 'zod';
import { flag as flagSchema } from '../fields.ts';
import type { Table } from '../keyword.ts';
import { addresses, excludedAddresses } from '../kinds/addresses.ts';
import { password } from '../kinds/password.ts';
import { familyFlag, fixed, interval, link, opposite, path, version, whole } from '../kinds/plain.ts';
import { trackedBfd, trackedFiles, trackedInterfaces, trackedProcesses } from '../kinds/tracked.ts';
import { tracks } from '../kinds/tracks.ts';
import { unicast } from '../kinds/unicast.ts';
import { bareLines, duration } from '../kinds/words.ts';
import { SIMPLE_KEYWORDS } from './vrrp-instance-simple.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from './vrrp-track.ts';

/** Keywords of a vrrp_instance, in the order of the documents. Sources: keepalived.conf(5), vrrp_parser.c, and the lab. */
export const VRRP_INSTANCE = {
  virtual_router_id: {
    kind: whole(1, 255),
    doc: 'The number of this instance on its network: 1 to 255, the same on all its hosts',
    needed: { guess: 1 },
    peers: 'anew',
    identity: 'wire',
    dump: { title: 'Virtual Router ID', as: 'vrid' },
    place: 21,
  },
  interface: {
    kind: link,
    doc: 'Interface that carries the VIP: one name, or a map of host names',
    needed: { guess: 'eth0' },
    perHost: 'every',
    global: 'default_interface',
    peers: 'anew',
    identity: 'wire',
    dump: { title: 'Interface', as: 'interface' },
    place: 20,
  },
  priority: {
    kind: whole(1, 254),
    doc: 'The healthy host with the highest priority holds the VIP: 1 to 254, as { lb1: 150, lb2: 100 }. Default: by the order of the hosts, 150, 140, 130 …',
    default: 100,
    byOrder: (place, count) => Math.max(1, 150 - place * Math.min(10, Math.floor(149 / Math.max(1, count - 1)))),
    perHost: 'every',
    dump: { title: 'Priority', as: 'priority' },
    proof: 'the base of the effective priority',
    place: 22,
  },
  virtual_ipaddress: {
    kind: addresses,
    doc: 'The VIPs: ADDRESS/PREFIX, keepalived’s own words after it (dev, label, scope …) or { address, dev }. All IPv4 or all IPv6. `[20-40]` is a range',
    needed: { guess: [] },
    peers: 'notice',
    dump: { title: 'Virtual IP', as: 'addresses' },
    place: 80,
  },
  auth_pass: {
    kind: password,
    doc: 'Password of VRRP version 2: letters and digits, of which the first 8 count; travels in clear text',
    peers: 'notice',
    // Version 3 has none, and keepalived rejects the block.
    idle: (_, frame) => frame.version === 3,
    place: 70,
  },
  advert_int: {
    kind: interval,
    doc: 'Seconds between adverts. Default {default}. Failover takes about 3.6 of them',
    default: 1,
    peers: 'notice',
    dump: { title: 'Advert interval', as: 'intervalSeconds' },
    proof: 'the interval of adverts',
    place: 24,
  },
  nopreempt: {
    kind: opposite,
    doc: 'true: a host that comes back leaves the VIP where it is. Default {default}',
    default: false,
    perHost: 'some',
    dump: { title: 'Preempt', as: 'preempts', compared: false },
    proof: 'whether the host lets a living master of lower priority be',
    place: 10,
  },
  preempt_delay: {
    kind: duration(0, 1000, 6),
    doc: 'Seconds that a host with a higher priority waits before it takes over',
    // keepalived rejects it beside nopreempt.
    idle: ({ nopreempt }) => nopreempt === true,
    dump: { title: 'Preempt delay', as: 'preemptDelaySeconds', compared: false },
    proof: 'a delay of failback, and of failover by weight',
    place: 10,
  },
  version: {
    kind: version,
    doc: 'VRRP version. Default 2; IPv6 is always 3',
    implied: ({ virtual_ipaddress: vips }) => (Array.isArray(vips) && vips[0]?.family === 6 ? 3 : undefined),
    global: 'vrrp_version',
    peers: 'notice',
    dump: { title: 'VRRP Version', as: 'version', compared: false },
    proof: 'how the skew is computed',
    place: 23,
  },
  unicast: {
    kind: unicast,
    doc: 'true: adverts go to the other hosts’ addresses, not to multicast. Or a map of host names to source addresses',
    perHost: 'every',
    peers: 'anew',
    identity: 'way',
    dump: { title: 'Unicast Peer', as: 'peers', compared: false },
    place: 60,
  },
  track_script: {
    kind: tracks,
    doc: 'Checks that decide whether a host may hold the VIP. Default: the service’s own check, weight 0',
    derived: 'the service’s own check',
    dump: { title: 'Tracked scripts', as: 'tracks', compared: false },
    proof: 'the checks that can fail, and their weights',
    place: 90,
  },
  state: {
    kind: fixed(
      'state BACKUP',
      z.string({ error: 'must be MASTER or BACKUP, or a map of host names' }),
      'MASTER or BACKUP',
    ),
    doc: 'Does nothing here: priority alone decides who holds the VIP',
    perHost: 'some',
    deprecated: true,
    place: 0,
  },
  preempt: {
    kind: fixed(undefined, flagSchema(), 'true or false'),
    doc: 'Does nothing: it is keepalived’s default. The opposite is nopreempt: true',
    perHost: 'some',
    deprecated: true,
  },
  virtual_ipaddress_excluded: {
    kind: excludedAddresses,
    doc: 'Addresses that move with the VIPs and are not in the adverts: any number, both families',
    place: 81,
  },
  track_interface: {
    kind: trackedInterfaces,
    doc: 'Interfaces whose loss gives the VIP up, or changes the priority by a weight',
    proof: 'what can fail, and its weight',
    place: 91,
  },
  track_process: {
    kind: trackedProcesses(VRRP_TRACK_PROCESS),
    doc: 'Processes that have to run: keepalived looks by itself, without a script',
    since: '2.0.11',
    proof: 'what can fail, and its weight',
    place: 92,
  },
  track_file: {
    kind: trackedFiles(TRACK_FILE),
    doc: 'Files on the host that hold a number, which times the weight (1) is added to the priority; with weight 0 any but 0 gives the VIP up',
    since: '2.1.0',
    proof: 'what can fail, and its weight',
    place: 93,
  },
  track_bfd: {
    kind: trackedBfd,
    doc: 'BFD sessions of a fragment whose loss gives the VIP up',
    proof: 'what can fail, and its weight',
    place: 94,
  },
  native_ipv6: {
    kind: familyFlag,
    inventory: false,
    peers: 'anew',
    identity: 'wire',
    place: 22,
  },
  ...SIMPLE_KEYWORDS,
  notify: { kind: path, inventory: false, place: 99 },
  extra: {
    kind: bareLines,
    doc: 'Lines of keepalived’s own that haprov has no key for: tested on the host, and not in the proof',
    place: 97,
  },
} as const satisfies Table;
