import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Host, Inventory } from '../../inventory/model.ts';
import type { Session, Transport } from '../../transport/session.ts';
import type { LogEntry } from './entry.ts';
import { followJournal, type Journal, readJournal } from './journal.ts';
import { mergeEntries } from './merge.ts';
import { type Arrived, release } from './reorder.ts';

export interface LogsInput {
  readonly inventory: Inventory;
  readonly transport: Transport;
  /** Seconds since 1970. */
  readonly since: number;
  /** Goes on with what is written from now on, until the signal. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** A host that cannot be read; with `follow` it is tried again. */
  readonly onLost: (host: Host, error: unknown) => void;
  readonly onBack: (host: Host) => void;
}

/** Lines held in memory for all hosts together, while old ones are merged. */
const HELD = 20_000;

/** New lines wait so long for those of slower hosts (milliseconds), and no more than so many do. */
const REORDER = { hold: 500, most: 10_000 } as const;
const TICK = 100;

/**
 * The journals of all hosts in one stream, in the order of the hosts' clocks: keepalived, the cluster's service, and
 * haprov-notify. Ends when all is read, or with `follow` at the signal. A lost host does not end it.
 */
export async function* readLogs(input: LogsInput): AsyncGenerator<LogEntry> {
  const { inventory, follow, signal } = input;
  const journals = inventory.clusters.flatMap((cluster) =>
    cluster.hosts.map((host): Journal => ({ host, cluster, from: { since: input.since } })),
  );
  const sessions = await connectAll(journals, input);
  const page = Math.max(50, Math.min(1000, Math.floor(HELD / 2 / Math.max(1, journals.length))));
  yield* mergeEntries(
    journals.flatMap((journal) => {
      const session = sessions.get(journal);
      return session === undefined ? [] : [untilLost(journal, session, page, sessions, input)];
    }),
  );
  if (follow && !signal.aborted) yield* followAll(journals, sessions, input);
}

async function connectAll(journals: readonly Journal[], input: LogsInput): Promise<Map<Journal, Session>> {
  const { inventory, transport, signal, onLost } = input;
  const limit = pLimit(inventory.forks);
  const sessions = new Map<Journal, Session>();
  await Promise.all(
    journals.map((journal) =>
      limit(async () => {
        try {
          signal.throwIfAborted();
          sessions.set(journal, await transport.connect(journal.host, signal));
        } catch (error) {
          if (!signal.aborted) onLost(journal.host, error);
        }
      }),
    ),
  );
  return sessions;
}

/** A journal as far as its host can be read. */
async function* untilLost(
  journal: Journal,
  session: Session,
  page: number,
  sessions: Map<Journal, Session>,
  { signal, onLost }: LogsInput,
): AsyncGenerator<LogEntry> {
  try {
    yield* readJournal(journal, session, { page, signal });
  } catch (error) {
    sessions.delete(journal);
    session.close();
    if (!signal.aborted) onLost(journal.host, error);
  }
}

async function* followAll(
  journals: readonly Journal[],
  sessions: ReadonlyMap<Journal, Session>,
  { transport, signal, onLost, onBack }: LogsInput,
): AsyncGenerator<LogEntry> {
  let waiting: readonly Arrived[] = [];
  const fresh: Arrived[] = [];
  // Those that were lost before have been told of.
  const silent = new Set(journals.filter((journal) => !sessions.has(journal)).map(({ host }) => host.id));
  const following = journals.map((journal) =>
    followJournal(journal, transport, sessions.get(journal), signal, {
      onEntry: (entry) => void fresh.push({ entry, at: Date.now() }),
      onLost: (host, error) => {
        if (!silent.delete(host.id)) onLost(host, error);
      },
      onBack,
    }),
  );
  while (!signal.aborted) {
    await pause(TICK, undefined, { signal }).catch(() => undefined);
    const { ready, rest } = release([...waiting, ...fresh.splice(0)], Date.now(), REORDER);
    waiting = rest;
    yield* ready;
  }
  await Promise.all(following);
  yield* release([...waiting, ...fresh], Number.POSITIVE_INFINITY, REORDER).ready;
}
