import type { Rules } from './rule.ts';

/** Rules of lint: instances. */
export const INSTANCES_RULES: Rules = {
  'state-ignored': { finds: '`state` does nothing', write: 'take it out' },
  'state-unknown': { finds: 'a `state` other than MASTER and BACKUP', write: 'take it out' },
  'preempt-default': { finds: '`preempt: true` is the default', write: 'take it out' },
  'preempt-false': { finds: '`preempt: false` does not exist', write: '`nopreempt: true`' },
  'preempt-nopreempt': { finds: 'both on one host', write: 'one of them' },
  'preempt-delay': {
    finds: '`preempt_delay` beside `nopreempt`, or delaying a failover by weight',
    write: 'take it out, or `weight: 0`',
  },
  'advert-int': {
    finds: 'fractions in version 2, more than 40.95 s in version 3',
    write: 'whole seconds, or `version: 3`',
  },
  version: { finds: 'version 2 with IPv6', write: 'take it out' },
  'auth-length': { finds: 'more than 8 characters, of which the first 8 alone count', write: 'at most 8' },
  'auth-characters': { finds: "a character that keepalived's parser cuts at", write: 'letters and digits' },
  'auth-version': { finds: 'a password in version 3', write: 'take it out' },
  'vrid-twice': {
    finds: 'one virtual_router_id twice on one network; a warning where prefixes do not tell',
    write: 'another number',
  },
  'unicast-no-peer': { finds: 'unicast in a cluster of one host', write: 'a second host' },
  'unicast-address': {
    finds: "a host without an address of the VIPs' family, or two with the same",
    write: '`unicast: { lb1: ADDRESS, lb2: ADDRESS }`',
  },
  'vip-family': { finds: 'IPv4 and IPv6 in one instance', write: 'one instance for each' },
  'vip-address': {
    finds: "the network's, broadcast, loopback or multicast address",
    write: 'an address of the network',
  },
  'vip-subnet': {
    finds: 'a VIP outside the network of its unicast source (E), or of the address that haprov connects to (W)',
    write: '`dev INTERFACE` after the VIP; `/32` where it is routed to the hosts',
  },
  'vip-many': {
    finds: 'more than 89 IPv6 addresses in the adverts',
    write: 'all but the first under `virtual_ipaddress_excluded`',
  },
  'sync-untied': {
    finds: 'instances on the same hosts in the same order, on other interfaces, with nothing that ties them',
    write: '`vrrp_sync_groups`, where they belong on one host',
  },
  'sync-member': {
    finds: 'a sync group names an instance that there is not, or that is named already',
    write: 'its right name, in one group',
  },
  'sync-alone': { finds: 'a sync group of one instance', write: 'a second one, or no group' },
  'sync-weight': {
    finds: 'a weight in a sync group, which keepalived drops',
    write: '`weight: 0`, or `sync_group_tracking_weight: true`',
  },
  'sync-track': { finds: 'the group and a member track the same thing', write: 'one of the two' },
  'sync-priority': {
    finds: 'members of a group that would have different holders',
    write: 'the same priorities and `nopreempt`',
  },
  'track-file': { finds: 'what the number in a tracked file means', write: '`weight: 0`, or the number that it says' },
  'track-own': { finds: 'the interface of VRRP with a weight', write: 'take it out' },
  'track-twice': { finds: 'one name for two different processes or files', write: 'two names' },
  'track-quorum': { finds: '`quorum_max` below `quorum`', write: 'a larger one' },
  'track-bfd': { finds: 'a BFD session that no fragment brings', write: '`keepalived: { fragments: [./bfd.conf] }`' },
  'smtp-alert': { finds: '`smtp_alert` with nobody to send to', write: '`notification_email` and `smtp_server`' },
  'keyword-pair': { finds: 'keys that mean nothing beside each other', write: 'what the message says' },
  fragment: { finds: 'a fragment with blocks that haprov writes itself', write: "the inventory's own keys" },
  'vip-twice': { finds: 'a VIP that is claimed twice', write: 'another address' },
  'vip-is-host': { finds: "a VIP that is a host's own address", write: 'a free address' },
};
