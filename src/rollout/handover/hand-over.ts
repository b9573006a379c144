import { swap } from '../../changes/kind.ts';
import { stepOf } from '../../changes/steps.ts';
import type { UnitChange } from '../../changes/unit.ts';
import { HaprovError } from '../../errors.ts';
import { holds } from '../../facts/network/address.ts';
import { runVerb } from '../../host/client.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import { formatRange, masterDown, type Range, stopOutage } from '../../vrrp/timing.ts';
import { virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { Emit } from '../events.ts';
import { CLOCK, type Clock } from '../gates/clock.ts';
import { journalOf } from '../gates/evidence.ts';
import { askMembers } from '../gates/members.ts';
import { type HeldInstance, heldBy } from './backups.ts';
import { silentBackups } from './backups-serve.ts';

/** A host could not hand its VIPs over. Its keepalived runs as before, unless the message says otherwise. */
export class HandoverError extends HaprovError {
  override readonly name = 'HandoverError';
}

export interface HandoverOptions {
  readonly cluster: Cluster;
  /** Host id. */
  readonly host: string;
  /** What changes the host goes through this one, which is fenced. */
  readonly session: Session;
  /** All members that can be asked, this host among them, by host id. */
  readonly sessions: ReadonlyMap<string, Session>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}
type Timed = HandoverOptions & { readonly clock: Clock };

/** Milliseconds for a peer that is in mid-transition to become a backup. */
const TAKER_MS = 3000;
const POLL_MS = 100;
const MARGIN_MS = 2000;
const STOP_MS = 120_000;
const STOP: UnitChange = { kind: 'unit', target: 'keepalived', before: 'running', after: 'stopped' };
const ACTION = 'hand the VIP over';

/**
 * Moves the VIPs of a host to the others before it is disturbed: stops its keepalived, which tells them with priority 0,
 * and waits until each VIP is with exactly one other member. Gives what starts keepalived again and waits until it runs.
 * A host that holds none is left as it is. Throws HandoverError: nothing is stopped where no member stands by for each
 * VIP, and where nobody takes over in time, or anything else goes wrong, keepalived is started again.
 */
export async function handOver(options: HandoverOptions): Promise<() => Promise<void>> {
  const timed: Timed = { clock: CLOCK, ...options };
  const { cluster, host, session, sessions, emit, clock } = timed;
  const held = await findBackups(timed);
  if (held.length === 0) return async () => undefined;
  const started = clock.now();
  const backups = [...new Set(held.map(({ backups: [likely] }) => likely?.host ?? ''))];
  emit({ event: 'waiting', host, reason: expectation(held, backups) });
  try {
    const holders = await moveAway(held, timed);
    const seconds = ((clock.now() - started) / 1000).toFixed(1);
    for (const [vip, holder] of holders) {
      const detail = `${holder} holds ${vip} after ${seconds} s`;
      emit({ event: 'gate', cluster: cluster.name, host: holder, gate: `takes ${vip}`, ok: true, detail });
    }
    return () => startAgain(session);
  } catch (error) {
    const end = await startAgain(session).then(
      () => 'keepalived was started again',
      (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
    );
    if (!(error instanceof HandoverError)) throw error;
    const message = `${error.message}; ${end}`;
    emit({ event: 'gate', cluster: cluster.name, host, gate: 'handover', ok: false, detail: message });
    const evidence = await journalOf(cluster, [host, ...backups], sessions);
    throw new HandoverError(message, { ...error.facts, evidence });
  }
}

/** What the host holds, with those that stand by. Empty where it does not matter; HandoverError where nobody does. */
async function findBackups(timed: Timed): Promise<readonly HeldInstance[]> {
  const { cluster, host, sessions, signal, clock } = timed;
  const deadline = clock.now() + TAKER_MS;
  const everyone = cluster.hosts.map(({ id }) => id);
  for (;;) {
    const views = await askMembers(cluster, sessions, everyone, signal);
    const own = views.find((view) => view.host === host);
    if (own === undefined) throw new Error(`no session to ${host}`);
    // One that does not run has nothing to hand over: what it left behind is taken away by its next start.
    if (['inactive', 'failed'].includes(own.daemons?.keepalived.active ?? '')) return [];
    const held = heldBy(cluster, host, views);
    const alone = held.find(({ backups }) => backups.length === 0);
    if (alone === undefined) {
      await refuseSilent(await silentBackups({ cluster, host, held, views, sessions, signal }), timed);
      return held;
    }
    if (clock.now() >= deadline) {
      const others = everyone.filter((id) => id !== host);
      const why = others.map((id) => alone.reasons.get(id) ?? `${id} cannot be asked`).join(', ') || 'it has no peer';
      throw new HandoverError(`no member stands by to take ${alone.vips.join(', ')} from ${host}: ${why}`, {
        host,
        action: ACTION,
        next: 'Nothing was stopped. Bring the other member into order first: haprov plan shows what it lacks.',
      });
    }
    await clock.sleep(POLL_MS, signal);
  }
}

async function refuseSilent(reasons: readonly string[], { cluster, host, emit }: Timed): Promise<void> {
  if (reasons.length === 0) return;
  const message = `the VIPs of ${host} would be silent elsewhere: ${reasons.join(', ')}`;
  emit({ event: 'gate', cluster: cluster.name, host, gate: 'handover', ok: false, detail: message });
  throw new HandoverError(message, {
    host,
    action: ACTION,
    next: 'Nothing was stopped. Bring the service and the firewall of the other member into order first.',
  });
}

/** Stops keepalived and looks who takes its VIPs, meanwhile. Gives the new holder of each VIP. */
async function moveAway(held: readonly HeldInstance[], timed: Timed): Promise<ReadonlyMap<string, string>> {
  const { cluster, host, session, sessions, signal, clock } = timed;
  const deadline = clock.now() + Math.max(...held.map(patience));
  const vips = held.flatMap((one) => one.vips);
  let failure: Error | undefined;
  const stopped = stop(session, signal).catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  for (;;) {
    const views = await askMembers(cluster, sessions, [], signal);
    const holders = vips.map((vip) => views.filter(({ addresses }) => holds(addresses, vip)).map((view) => view.host));
    const settled = holders.every(([one, ...more]) => one !== undefined && one !== host && more.length === 0);
    if (settled) await stopped;
    if (failure !== undefined) throw failure;
    if (settled) return new Map(vips.map((vip, index) => [vip, holders[index]?.[0] ?? '']));
    if (clock.now() >= deadline) {
      const bad = Math.max(
        0,
        holders.findIndex((list) => list.length !== 1 || list[0] === host),
      );
      throw notTaken(vips[bad] ?? '', holders[bad] ?? [], host);
    }
    await clock.sleep(POLL_MS, signal);
  }
}

function notTaken(vip: string, holders: readonly string[], host: string): HandoverError {
  const [first, ...more] = holders;
  const what =
    first === undefined
      ? `nobody took ${vip}`
      : `${holders.join(' and ')} ${more.length > 0 ? 'hold' : 'still holds'} ${vip}`;
  return new HandoverError(`${what} after keepalived on ${host} was stopped`, {
    host,
    action: ACTION,
    next: 'Do the members hear each other? VRRP is IP protocol 112: tcpdump -ni any proto 112',
  });
}

/** "waiting for lb2 to take 192.168.1.100 (about 0.61s without an answer)". */
function expectation(held: readonly HeldInstance[], backups: readonly string[]): string {
  const vips = held.flatMap((one) => one.vips).join(', ');
  const outage = slowest(held.map(({ instance, backups: [likely] }) => takeover(instance, likely?.priority ?? 1)));
  const about = outage === undefined ? '' : ` (about ${formatRange(outage)} without an answer)`;
  return `waiting for ${backups.join(', ')} to take ${vips}${about}`;
}

/** Milliseconds. Should the word of priority 0 be lost, the others notice by silence. */
function patience({ instance, backups }: HeldInstance): number {
  return masterDown(backups.at(-1)?.priority ?? 1, virtualRouterOf(instance).adverts) + MARGIN_MS;
}

function takeover(instance: Instance, taker: number): Range {
  return stopOutage(taker, virtualRouterOf(instance).adverts);
}

function slowest(ranges: readonly Range[]): Range | undefined {
  return [...ranges].sort((a, b) => b.max - a.max)[0];
}

async function stop(session: Session, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await runVerb(session, stepOf(STOP).call, { timeoutMs: STOP_MS, signal });
  if (code === 0) return;
  throw new HandoverError(`keepalived could not be stopped: ${stderr.trim().split('\n')[0]}`, {
    host: session.host.id,
    action: ACTION,
    next: 'systemctl status keepalived',
  });
}

/** Not ended by the run's signal: whatever was interrupted, keepalived is not left stopped. */
async function startAgain(session: Session): Promise<void> {
  const { code, stderr } = await runVerb(session, stepOf(swap(STOP)).call, { timeoutMs: STOP_MS });
  if (code === 0) return;
  const [first = '', ...more] = stderr.trim().split('\n');
  throw new HandoverError(`keepalived did not start again: ${first}`, {
    host: session.host.id,
    action: 'start keepalived again',
    evidence: more.join('\n'),
    next: 'journalctl -u keepalived -n 50',
  });
}
