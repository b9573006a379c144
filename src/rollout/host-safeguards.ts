import pLimit from 'p-limit';
import { revertLines, revertStep } from '../changes/revert.ts';
import type { Cluster, Inventory } from '../inventory/model.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import type { Session, Transport } from '../transport/session.ts';
import { arm } from './auto-revert/arm.ts';
import { startBeat } from './auto-revert/beat.ts';
import { confirmThrough } from './auto-revert/confirm.ts';
import { SwitchError } from './auto-revert/errors.ts';
import { putBack } from './auto-revert/put-back.ts';
import type { Emit } from './events.ts';
import { awaitVips } from './gates/await-vips.ts';
import { getBaseline } from './gates/baseline.ts';
import { passGates } from './gates/gates.ts';
import { electionTime, getHoldings, isBlind } from './gates/holders.ts';
import { handOver } from './handover/hand-over.ts';
import type { RunIdentity } from './lease/identity.ts';
import { runStep } from './run-change.ts';
import { closeRecordStep, pruneStep, recordStep } from './run-record/record-scripts.ts';
import { recordOf } from './run-record/run-record.ts';
import type { RevertResult, Safeguards } from './safeguards.ts';

export interface SafeguardsOptions {
  readonly inventory: Inventory;
  readonly hosts: readonly HostTasks[];
  /** For questions. */
  readonly asking: ReadonlyMap<string, Session>;
  /** Fenced. */
  readonly sessions: ReadonlyMap<string, Session>;
  readonly identity: RunIdentity;
  /** A transport that shares no connection with any other: not even to a jump host. */
  readonly freshTransport: () => Transport;
  readonly emit: Emit;
}

/** New connections that are being opened at a time; sshd's MaxStartups begins to drop at ten. */
const FRESH_AT_A_TIME = 8;

/** The safeguards that talk to the hosts. A first Ctrl-C does not cut it short: what is begun is brought to a safe end. */
export function createSafeguards(options: SafeguardsOptions): Safeguards {
  const { asking, sessions, identity, emit } = options;
  const limit = pLimit(FRESH_AT_A_TIME);
  const fresh = new Map<string, Session>();
  const armed = new Set<string>();
  const beats = new Map<string, () => void>();
  const endBeat = (host: string): void => {
    beats.get(host)?.();
    beats.delete(host);
  };
  const uninterrupted = new AbortController().signal;
  const of = (host: string): Session => {
    const session = sessions.get(host);
    if (session === undefined) throw new Error(`no session to ${host}`);
    return session;
  };
  /** A session over a connection of its own, all hops included; closing it closes those. */
  const open = (host: string): Promise<Session> =>
    limit(async () => {
      const target = options.hosts.find((one) => one.host.id === host)?.host;
      if (target === undefined) throw new Error(`no host ${host}`);
      const transport = options.freshTransport();
      try {
        const session = await transport.connect(target);
        return { ...session, close: () => transport.close() };
      } catch (error) {
        transport.close();
        throw error;
      }
    });
  const membersOf = (cluster: Cluster) =>
    new Map([...asking].filter(([id]) => cluster.hosts.some((one) => one.id === id)));

  return {
    baseline: (cluster) => getBaseline(cluster, membersOf(cluster), uninterrupted),
    holdings: (cluster) => getHoldings(cluster, asking),
    gates: (cluster, activated, baseline) =>
      passGates({
        cluster,
        sessions: membersOf(cluster),
        activated,
        baseline,
        blind: isBlind(cluster, asking),
        emit,
        signal: uninterrupted,
      }),
    arm: async (host, changes, { seconds, together }) => {
      const list = revertLines(changes, { reloadsOnly: together });
      await arm(of(host), identity, { seconds, list, further: together });
      armed.add(host);
      if (together) beats.set(host, startBeat(of(host), identity, seconds));
    },
    reach: async (host) => {
      fresh.set(host, await open(host));
    },
    confirm: async (host) => {
      const opened = fresh.get(host);
      fresh.delete(host);
      let first = opened;
      // An answer that is lost is asked for again, through one more new connection.
      const next = async (): Promise<Session> => {
        const session = first ?? (await open(host));
        first = undefined;
        return session;
      };
      // Until then: an answer that is lost would cost the time that is left.
      await confirmThrough(next, identity).finally(() => endBeat(host));
    },
    takeBack: async (host, changes) => {
      await runStep(of(host), revertStep(changes, { reloadsOnly: true }), emit);
    },
    revert: async (host, reason): Promise<RevertResult> => {
      let anew = fresh.get(host);
      fresh.delete(host);
      const overNew = async (): Promise<Session> => {
        anew ??= await open(host);
        return anew;
      };
      let why = '';
      try {
        for (const way of [async () => of(host), overNew]) {
          try {
            const { ok, detail } = await putBack(await way(), identity, reason);
            return { state: ok ? 'done' : 'failed', detail };
          } catch (error) {
            why = error instanceof Error ? error.message : String(error);
            if (error instanceof SwitchError && error.reason === 'none') return nothingArmed(armed.has(host), why);
          }
        }
        return { state: 'unknown', detail: why };
      } finally {
        endBeat(host);
        anew?.close();
      }
    },
    handOver: (cluster, host) =>
      handOver({ cluster, host, session: of(host), sessions: membersOf(cluster), emit, signal: uninterrupted }),
    awaitVips: (member, vips) =>
      awaitVips(member, vips, asking, electionTime(clusterOf(options.inventory, member.host))),
    openRecord: async (host, changes) => {
      const { run, who, why } = identity;
      const cluster = clusterOf(options.inventory, host).name;
      const record = recordOf({ run, who, why, at: new Date().toISOString(), cluster, host }, changes);
      await runStep(of(host), recordStep(record), emit);
    },
    closeRecord: async (host, state, changes) => {
      await runStep(of(host), closeRecordStep(identity.run, state), emit);
      const prune = state === 'done' ? pruneStep(changes) : undefined;
      if (prune !== undefined) await runStep(of(host), prune, emit);
    },
  };
}

/** Before it was armed nothing of the batch was done. Afterwards only a confirmation disarms, whose answer was lost then. */
function nothingArmed(wasArmed: boolean, why: string): RevertResult {
  if (!wasArmed) return { state: 'none', detail: why };
  return { state: 'failed', detail: 'the new state was confirmed before the connection was lost, and stays' };
}

function clusterOf({ clusters }: Inventory, host: string): Cluster {
  const found = clusters.find(({ hosts }) => hosts.some(({ id }) => id === host));
  if (found === undefined) throw new Error(`no cluster has ${host}`);
  return found;
}
