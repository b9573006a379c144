import { HaprovError } from '../../errors.ts';
import { addressSubject, holds } from '../../facts/network/address.ts';
import { createReader } from '../../facts/reader/reader.ts';
import type { BatchMember } from '../../plan/waves/plan-rollout.ts';
import type { Session } from '../../transport/session.ts';
import { CLOCK, type Clock } from './clock.ts';

const POLL_MS = 100;
/** What was begun on the peers is brought to its end. */
const NEVER = new AbortController().signal;
/** A reload returns before the configuration is read: until then the host still has the address by the old one. */
const NOTICED_MS = 1500;

/**
 * Waits until a host has these VIPs after keepalived made their instance anew (another VRID): it elects itself
 * after a master-down interval, while the old master still serves under the old number.
 */
export async function awaitVips(
  { host, holds: held }: BatchMember,
  vips: readonly string[],
  asking: ReadonlyMap<string, Session>,
  electionMs: number,
  clock: Clock = CLOCK,
): Promise<void> {
  const session = asking.get(host);
  if (session === undefined || vips.length === 0) return;
  const began = clock.now();
  let lost = !vips.every((vip) => held.includes(vip));
  while (clock.now() - began < electionMs) {
    const addresses = await createReader(session).ask(addressSubject, 'addresses');
    const has = vips.every((vip) => holds(addresses, vip));
    lost ||= !has;
    if (has && (lost || clock.now() - began > NOTICED_MS)) return;
    await clock.sleep(POLL_MS, NEVER);
  }
  throw new HaprovError(`${host} does not take ${vips.join(', ')} under the new configuration`, {
    host,
    action: 'reload keepalived',
    next: 'Look at: journalctl -u keepalived -n 50',
  });
}
