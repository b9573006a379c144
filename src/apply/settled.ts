import { setTimeout as sleep } from 'node:timers/promises';
import { HaprovError } from '../errors.ts';
import { addressSubject, holds } from '../facts/address.ts';
import { createReader } from '../facts/reader.ts';
import type { MemberMove } from '../plan/rollout.ts';
import type { Session } from '../transport/session.ts';

const POLL_MS = 100;
/** A reload returns before the configuration is read: until then the host still has the address by the old one. */
const NOTICED_MS = 1500;

/**
 * Waits until a host has its VIPs again after its virtual_router_id changed: keepalived takes the old router down, a
 * backup holds the address under the old number, and the new router elects itself after a master-down interval.
 */
export async function waitForOwn(
  { host, holds: vips }: MemberMove,
  asking: ReadonlyMap<string, Session>,
  electionMs: number,
): Promise<void> {
  const session = asking.get(host);
  if (session === undefined || vips.length === 0) return;
  const began = Date.now();
  let lost = false;
  while (Date.now() - began < electionMs) {
    const addresses = await createReader(session).ask(addressSubject, 'addresses');
    const has = vips.every((vip) => holds(addresses, vip));
    lost ||= !has;
    if (has && (lost || Date.now() - began > NOTICED_MS)) return;
    await sleep(POLL_MS);
  }
  throw new HaprovError(`${host} does not hold ${vips.join(', ')} under its new virtual_router_id`, {
    host,
    action: 'reload keepalived',
    next: 'Look at: journalctl -u keepalived -n 50',
  });
}
