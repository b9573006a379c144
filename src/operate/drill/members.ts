import type { Cluster, Host } from '../../inventory/model.ts';
import { newIdentity } from '../../rollout/lease/identity.ts';
import { lockHosts } from '../../rollout/lease/lock.ts';
import type { Session, Transport } from '../../transport/session.ts';

/** The connections to hosts, each made when it is first needed, and made anew after it was lost. */
export interface Connections {
  open(host: Host): Promise<Session>;
  /** The connection is of no more use. */
  drop(host: Host): void;
}

/** No signal ends them: what puts right has to work after an interrupt. */
export function connections(transport: Transport): Connections {
  const made = new Map<string, Promise<Session>>();
  const drop = (host: Host): void => {
    made.get(host.id)?.then(
      (session) => session.close(),
      () => undefined,
    );
    made.delete(host.id);
  };
  return {
    open: (host) => {
      const found = made.get(host.id) ?? transport.connect(host).then((session) => renewing(session, () => drop(host)));
      made.set(host.id, found);
      found.catch(() => made.delete(host.id));
      return found;
    },
    drop,
  };
}

/** A run that the connection itself did not survive gives way to a new one. */
function renewing(session: Session, onLost: () => void): Session {
  return {
    host: session.host,
    run: async (script, options) => {
      try {
        return await session.run(script, options);
      } catch (error) {
        if (options?.signal?.aborted !== true) onLost();
        throw error;
      }
    },
    close: () => session.close(),
  };
}

const LEASE_WAIT_MS = 120_000;

/** The members of a cluster, to this drill alone: an apply waits, and this waits for an apply. Throws LockedError. */
export async function lockMembers(
  cluster: Cluster,
  { open }: Connections,
  why: string,
  signal: AbortSignal,
  onWaiting: (reason: string) => void,
) {
  const sessions = new Map(await Promise.all(cluster.hosts.map(async (host) => [host.id, await open(host)] as const)));
  const lock = await lockHosts({
    sessions,
    expected: new Map(),
    identity: await newIdentity(why),
    waitMs: LEASE_WAIT_MS,
    force: false,
    onWaiting: (host, reason) => onWaiting(`${host}: ${reason}`),
    signal,
  });
  const [failed] = lock.failed.values();
  if (failed !== undefined) {
    await lock.release();
    throw failed instanceof Error ? failed : new Error(String(failed));
  }
  return lock;
}
