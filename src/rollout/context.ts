import type { Inventory } from '../inventory/model.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import type { Session } from '../transport/session.ts';
import type { Emit } from './events.ts';
import type { HostProgress } from './progress.ts';
import type { Safeguards } from './safeguards.ts';

/** What the phases of a rollout need. Hosts are named by id. */
export interface RolloutContext {
  readonly inventory: Inventory;
  /** The same as the plan was made from, for reading the facts again. */
  readonly hosts: readonly HostTasks[];
  /** Of the hosts that were planned, for questions. */
  readonly asking: ReadonlyMap<string, Session>;
  /** Of the hosts that have the lease: their scripts run only while it is ours. At least all hosts with changes. */
  readonly sessions: ReadonlyMap<string, Session>;
  readonly safeguards: Safeguards;
  readonly emit: Emit;
  /** Aborted: finish what is running, begin nothing else. */
  readonly signal: AbortSignal;
  /** Whether the clusters shall hold their VIPs afterwards: not where haprov takes itself away. */
  readonly serves: boolean;
  /** Done for each host with changes that ended well. */
  readonly finish?: (host: string) => Promise<void>;
}

/** The fenced session of a host that has changes; it was connected to, or there would be none. */
export function sessionOf({ host }: HostProgress, { sessions }: Pick<RolloutContext, 'sessions'>): Session {
  const session = sessions.get(host);
  if (session === undefined) throw new Error(`no session to ${host}`);
  return session;
}
