import ipaddr from 'ipaddr.js';
import type { VrrpPhase } from '../../facts/keepalived/vrrp-state.ts';

/** Something that a member was seen to be, from then on. Milliseconds of this machine's clock. */
export type MemberEvent =
  | { readonly at: number; readonly kind: 'address'; readonly address: string; readonly on: boolean }
  /** null: keepalived does not run. */
  | { readonly at: number; readonly kind: 'state'; readonly instance: string; readonly state: VrrpPhase | null }
  /** It could not be watched from here on, until its next event. */
  | { readonly at: number; readonly kind: 'lost' };

const PHASES: readonly VrrpPhase[] = ['INIT', 'BACKUP', 'MASTER', 'FAULT', 'STOP'];

/** What a line of MEMBER_SCRIPT tells. `offset`: milliseconds that the host's clock is ahead; `now`: for what is so already. */
export function readMemberLine(
  line: string,
  instances: readonly string[],
  offset: number,
  now: number,
): readonly MemberEvent[] {
  if (line.startsWith('s ')) return readSample(line, instances, offset);
  const address = readAddressLine(line);
  if (address === undefined) return [];
  return [
    {
      kind: 'address',
      address: address.address,
      on: address.on,
      at: address.time === undefined ? now : Math.round(address.time - offset),
    },
  ];
}

function readSample(line: string, instances: readonly string[], offset: number): readonly MemberEvent[] {
  const [, time = '', ...words] = line.split(' ');
  const at = Math.round(Number(time) / 1e6 - offset);
  if (words[0] === '?') return [];
  return instances.flatMap((instance): MemberEvent[] => {
    if (words[0] === 'none') return [{ at, kind: 'state', instance, state: null }];
    const found = words.find((word) => word.startsWith(`${instance}=`))?.slice(instance.length + 1);
    const state = PHASES.find((phase) => phase === found);
    return state === undefined ? [] : [{ at, kind: 'state', instance, state }];
  });
}

/**
 * A line of `ip -ts -o monitor address`, in UTC, or of `ip -o address show`, which has no time. Milliseconds since 1970.
 * Undefined for a line that tells of no address.
 */
export function readAddressLine(
  line: string,
): { readonly address: string; readonly on: boolean; readonly time: number | undefined } | undefined {
  const found = /^(?:\[([\dT:.-]+)\] ?)?(Deleted )?\d+: \S+\s+inet6? ([^\s/]+)/.exec(line);
  if (found === null) return undefined;
  const [, time, deleted, text = ''] = found;
  if (!ipaddr.isValid(text)) return undefined;
  return {
    address: ipaddr.parse(text).toString(),
    on: deleted === undefined,
    time: time === undefined ? undefined : Date.parse(`${time}Z`),
  };
}
