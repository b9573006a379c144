import { setTimeout as sleep } from 'node:timers/promises';
import { HaprovError } from '../../errors.ts';
import { configTestSubject } from '../../facts/keepalived/config-test.ts';
import { createReader } from '../../facts/reader/reader.ts';
import type { MaintenanceFact } from '../../facts/state/maintenance.ts';
import { runVerb } from '../../host/client.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { Emit, VipOutcome } from '../../rollout/events.ts';
import type { Baseline } from '../../rollout/gates/baseline.ts';
import { passGates } from '../../rollout/gates/gates.ts';
import { getHolders, isBlind, slowestMasterDown } from '../../rollout/gates/holders.ts';
import { handOver } from '../../rollout/handover/hand-over.ts';
import { isFenced } from '../../rollout/lease/fence.ts';
import { runStep, StepError } from '../../rollout/run-change.ts';
import type { Session } from '../../transport/session.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { beginCall, END_CALL } from '../maintenance/calls.ts';
import { armReturn, disarmReturn, newReturn } from './return.ts';
import type { InstanceMove } from './vip-move.ts';

/** VIPs that did not come where they were sent. */
export class NotMovedError extends HaprovError {
  override readonly name = 'NotMovedError';
}

/** A cluster that VIPs are moved in. */
export interface SwitchoverContext {
  readonly cluster: Cluster;
  /** For questions; by host id. */
  readonly asking: ReadonlyMap<string, Session>;
  /** Fenced, for what changes a host. */
  readonly sessions: ReadonlyMap<string, Session>;
  readonly emit: Emit;
  /** Not the user's: what was begun is brought to a safe end. */
  readonly signal: AbortSignal;
}

export type MaintenanceReason = Pick<MaintenanceFact, 'who' | 'reason' | 'kind'>;

const SERVICE_MS = 120_000;
const POLL_MS = 100;
/** Beyond what an election takes: for finding the takers, and for a slow host. */
const MARGIN_S = 20;
const TAKE_BACK_MS = 5000;

/**
 * Hands all VIPs of a host over by stopping its keepalived, and starts that again, or with `keep` leaves it stopped in
 * maintenance. The host starts it by itself soon should haprov be gone by then. Throws HandoverError with keepalived
 * running as before.
 */
export async function handOverAll(
  context: SwitchoverContext,
  host: string,
  keep: MaintenanceReason | undefined,
): Promise<void> {
  const { cluster, asking, signal, emit } = context;
  const session = sessionOf(context, host);
  const comesBack = newReturn();
  const call = armReturn(comesBack, guardSeconds(cluster));
  await runStep(session, { describe: 'guard the handover', call }, emit);
  try {
    const comeBack = await handOver({ cluster, host, session, sessions: asking, emit, signal });
    if (keep === undefined) await comeBack();
    else {
      await enterMaintenance(context, host, keep).catch(async (error: unknown) => {
        await comeBack();
        throw error;
      });
    }
  } finally {
    // Not under the fence: a lost lock is no reason to leave it. Should it stay, it does no harm.
    const plain = isFenced(session) ? session.unfenced : session;
    const options = { absent: 'the host program is missing', timeoutMs: 30_000 };
    await runVerb(plain, disarmReturn(comesBack), options).catch(() => undefined);
  }
}

/** Puts a host into maintenance, which stops its keepalived. */
export async function enterMaintenance(
  context: SwitchoverContext,
  host: string,
  keep: MaintenanceReason,
): Promise<void> {
  const step = { describe: 'begin maintenance', call: beginCall(keep), timeoutMs: SERVICE_MS };
  await runStep(sessionOf(context, host), step, context.emit);
}

/** Ends a host's maintenance, if keepalived accepts its configuration; false: keepalived was not started, since it would not start at boot. */
export async function leaveMaintenance(context: SwitchoverContext, host: string): Promise<boolean> {
  await demandSoundConfig(context, host);
  const { code, stdout, stderr } = await runVerb(sessionOf(context, host), END_CALL, { timeoutMs: SERVICE_MS });
  if (code === 0) return !stdout.includes('not-enabled');
  const [first = '', ...more] = stderr.trim().split('\n');
  throw new StepError(code, first || `exit status ${code}`, {
    host,
    action: 'end maintenance',
    evidence: more.join('\n'),
    next: 'The host stays in maintenance. journalctl -u keepalived -n 50',
  });
}

/** What an apply has written meanwhile is read by nobody before this start. */
async function demandSoundConfig({ asking, signal }: SwitchoverContext, host: string): Promise<void> {
  const session = asking.get(host);
  const test = session && (await createReader(session, signal).ask(configTestSubject, HOST_PATHS.keepalivedConf));
  if (test === null || test === undefined || (test.code === 0 && test.output === '')) return;
  throw new HaprovError(`keepalived does not accept ${HOST_PATHS.keepalivedConf}: ${test.output.split('\n')[0]}`, {
    host,
    action: 'end maintenance',
    evidence: test.output,
    next: 'The host stays in maintenance. haprov apply writes the file anew.',
  });
}

/** Waits until a host that outranks the holders has taken these VIPs. Throws NotMovedError. */
export async function awaitTakeBack(
  { cluster, asking, signal }: SwitchoverContext,
  moves: readonly InstanceMove[],
  waitMs: number,
): Promise<void> {
  const deadline = performance.now() + waitMs + TAKE_BACK_MS + checksMs(cluster);
  for (;;) {
    const wrong = misplaced(moves, await getHolders(cluster, asking));
    if (wrong === undefined) return;
    if (performance.now() >= deadline) throw wrong;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/**
 * The cluster is as it has to be: daemons of `moved` run, each VIP has one holder and answers as before, and those of the
 * moves are where they were sent. Throws GateError, NotMovedError.
 */
export async function confirmMove(
  { cluster, asking, emit, signal }: SwitchoverContext,
  moved: readonly string[],
  baseline: Baseline,
  moves: readonly InstanceMove[],
): Promise<void> {
  const blind = isBlind(cluster, asking);
  const vips = await passGates({ cluster, sessions: asking, activated: moved, baseline, blind, emit, signal });
  const wrong = misplaced(moves, vips);
  if (wrong !== undefined) throw wrong;
}

function misplaced(moves: readonly InstanceMove[], seen: readonly VipOutcome[]): NotMovedError | undefined {
  for (const { vips, to } of moves) {
    for (const vip of vips) {
      const holders = seen.find((one) => one.vip === vip)?.holders ?? [];
      if (holders.length === 1 && holders[0] === to) continue;
      const where = holders.length === 0 ? 'no host' : holders.join(' and ');
      return new NotMovedError(`${vip} is on ${where}, not on ${to}`, {
        host: to,
        action: 'confirm the move',
        next: 'journalctl -u keepalived -n 50 on both; haprov status',
      });
    }
  }
  return undefined;
}

function sessionOf({ sessions }: SwitchoverContext, host: string): Session {
  const session = sessions.get(host);
  if (session === undefined) throw new Error(`no session to ${host}`);
  return session;
}

function guardSeconds(cluster: Cluster): number {
  return Math.ceil(slowestMasterDown(cluster) / 1000) + MARGIN_S;
}

/** keepalived has an instance in FAULT until its checks have passed as often as they must. */
function checksMs({ vrrp_instances }: Cluster): number {
  const checks = vrrp_instances.flatMap(({ track_script }) => track_script);
  return Math.max(0, ...checks.map(({ interval, timeout, rise }) => (interval * rise + timeout) * 1000));
}
