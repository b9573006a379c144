import type { Change } from '../../changes/change.ts';

/** Changes of one host that are activated in one batch. */
export interface BatchMember {
  /** Host id. */
  readonly host: string;
  readonly changes: readonly Change[];
  /** VIPs that it holds as far as is known. */
  readonly holds: readonly string[];
}

/**
 * One step of a cluster's rollout, from arming to confirmation.
 * one: a member alone, the others serve. together: what peers notice, on all members inside one master-down interval, the
 * master first: keepalived is reloaded, by a change of its own or without one. start: a cluster that serves nothing yet,
 * all members at once.
 */
export interface Batch {
  readonly kind: 'one' | 'together' | 'start';
  /** In the order of activation. */
  readonly members: readonly BatchMember[];
  /**
   * For together: keepalived makes an instance anew (another VRID or interface, unicast instead of multicast,
   * a new instance that takes a VIP from an old one). The first member is a backup then, which the others wait for until it
   * holds `recreatedVips`; they follow at once, the master first. The VIP answers throughout; with the master first, or all at
   * once, it would not for 0.4 s, or for a master-down interval (measured on 2.2.7).
   */
  readonly recreatesInstance?: true;
  /** With recreatesInstance: the VIPs that the first member has to hold before the others follow. */
  readonly recreatedVips?: readonly string[];
}

/** What is asked afresh before each batch: the VIPs that each host holds, by host id; a host that is missing was not asked. */
export type Holdings = ReadonlyMap<string, readonly string[]>;
