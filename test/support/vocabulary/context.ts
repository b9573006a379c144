import type { Random } from './random.ts';

/** Interfaces of the host that the inventories are for. */
export const LINKS = ['eth0', 'eth1', 'eth2', 'bond0.57'] as const;

/** What is decided about an instance before its keywords are. */
export interface Setting {
  readonly random: Random;
  readonly name: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly link: string;
  /** The instance is in a sync group, where weights other than 0 do not count. */
  readonly grouped: boolean;
  /** Its sync group tells scripts of changes of priority, and so does each member. */
  readonly groupNotifies: boolean;
  readonly unicast: boolean;
  readonly vmac: boolean;
  /** VIPs on other interfaces have a virtual MAC there, too. */
  readonly ownMacs: boolean;
  readonly nopreempt: boolean;
}

/** A value, or a map of host names whose first host has it. */
export function spread<T>({ random }: Pick<Setting, 'random'>, value: T, other: T): unknown {
  return random.chance(0.3) ? { h1: value, h2: other } : value;
}

/** The value that the first host has. */
export function ofFirst(written: unknown): unknown {
  return typeof written === 'object' && written !== null && 'h1' in written ? written.h1 : written;
}

/** An address of the instance's network, which no other instance has. */
export function addressIn({ family, vrid }: Pick<Setting, 'family' | 'vrid'>, last: number): string {
  return family === 4 ? `10.${vrid}.0.${last}` : `2001:db8:${vrid.toString(16)}::${last.toString(16)}`;
}
