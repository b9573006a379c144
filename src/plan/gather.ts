import pLimit from 'p-limit';
import { HaprovError, reportError } from '../errors.ts';
import { createReader } from '../facts/reader/reader.ts';
import type { Inventory } from '../inventory/model.ts';
import { LostConnectionError, RunTimeoutError } from '../transport/errors.ts';
import type { Session, Transport } from '../transport/session.ts';
import type { HostPlan, Plan } from './plan.ts';
import { type HostTasks, planHost } from './plan-host.ts';

/** A plan, and the open sessions to the hosts that it was made from. */
export interface Gathered {
  readonly plan: Plan;
  /** By host id; only hosts that could be planned. */
  readonly sessions: ReadonlyMap<string, Session>;
}

export interface GatherOptions {
  readonly transport: Transport;
  readonly inventory: Inventory;
  /** One entry a host, in the inventory's order. */
  readonly hosts: readonly HostTasks[];
  readonly signal?: AbortSignal;
  /** Open ones from an earlier gathering; the other hosts are connected to. */
  readonly sessions?: ReadonlyMap<string, Session>;
  readonly onConnect?: (host: string) => void;
  readonly onPlanned?: (plan: HostPlan) => void;
}

/** Connects to every host, at most `forks` at a time, and plans it from its facts. One bad host does not stop the others. */
export async function gatherPlan(options: GatherOptions): Promise<Gathered> {
  const { transport, inventory, hosts, signal, onConnect, onPlanned } = options;
  const limit = pLimit(inventory.forks);
  const sessions = new Map(options.sessions);
  const plans = await Promise.all(
    hosts.map((one) =>
      limit(async (): Promise<HostPlan> => {
        const plan = await planOne(one, transport, sessions, signal, onConnect);
        onPlanned?.(plan);
        return plan;
      }),
    ),
  );
  return { plan: { format: 1, inventory: inventory.file, hosts: plans }, sessions };
}

async function planOne(
  tasks: HostTasks,
  transport: Transport,
  sessions: Map<string, Session>,
  signal: AbortSignal | undefined,
  onConnect: ((host: string) => void) | undefined,
): Promise<HostPlan> {
  const { host, cluster } = tasks;
  let connected = false;
  try {
    if (signal?.aborted === true) throw new HaprovError('interrupted before it was asked');
    onConnect?.(host.id);
    const session = sessions.get(host.id) ?? (await transport.connect(host, signal));
    connected = true;
    const plan = await planHost(tasks, createReader(session, signal).ask);
    sessions.set(host.id, session);
    return plan;
  } catch (error) {
    sessions.delete(host.id);
    const lost = error instanceof LostConnectionError || error instanceof RunTimeoutError;
    const status = !connected || lost ? 'unreachable' : 'failed';
    return { host: host.id, cluster: cluster.name, status, error: { host: host.id, ...reportError(error) } };
  }
}
