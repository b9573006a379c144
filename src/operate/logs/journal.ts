import { setTimeout as pause } from 'node:timers/promises';
import { HaprovError } from '../../errors.ts';
import type { Cluster, Host } from '../../inventory/model.ts';
import { splitLines } from '../../transport/basics/lines.ts';
import type { Session, Transport } from '../../transport/session.ts';
import { type LogEntry, parseEntry } from './entry.ts';
import { FOLLOW, type From, followScript, HEARTBEAT, pageScript } from './script.ts';

/** One host's journal, and how far it was read. */
export interface Journal {
  readonly host: Host;
  readonly cluster: Cluster;
  /** Moves on with each line that is read. */
  from: From;
}

const RUN_MS = 120_000;

/** What is in a journal by now, oldest first, page by page; the next page is fetched while one is read. */
export async function* readJournal(
  journal: Journal,
  session: Session,
  options: { readonly page: number; readonly signal?: AbortSignal },
): AsyncGenerator<LogEntry> {
  const { page, signal } = options;
  const fetch = async (from: From): Promise<readonly LogEntry[]> => {
    const script = pageScript(journal.cluster.service, from, page);
    const result = await session.run(script, { timeoutMs: RUN_MS, ...(signal === undefined ? {} : { signal }) });
    mustBeGood(journal.host, result.code, result.stderr);
    return result.stdout.split('\n').flatMap((line) => parseEntry(line, journal.host.id) ?? []);
  };
  let next = fetch(journal.from);
  for (;;) {
    const entries = await next;
    const last = entries.at(-1);
    if (last === undefined) return;
    const whole = entries.length >= page;
    if (whole) {
      next = fetch({ cursor: last.cursor });
      // It is awaited with the next page; until then a failure is nobody's.
      next.catch(() => undefined);
    }
    for (const entry of entries) {
      journal.from = { cursor: entry.cursor };
      yield entry;
    }
    if (!whole) return;
  }
}

/** What became of a following, and of the host. */
export interface Following {
  readonly onEntry: (entry: LogEntry) => void;
  /** The connection is lost, or never came; it is tried again. Told once until it is back. */
  readonly onLost: (host: Host, error: unknown) => void;
  readonly onBack: (host: Host) => void;
}

const LONGEST_PAUSE = 30_000;

/**
 * What is written to a journal from here on, until the signal; a lost connection is made anew, and reading goes on
 * after the last line that came. Resolves when the signal fires.
 */
export async function followJournal(
  journal: Journal,
  transport: Transport,
  first: Session | undefined,
  signal: AbortSignal,
  told: Following,
): Promise<void> {
  let session = first;
  let failures = 0;
  while (!signal.aborted) {
    try {
      session ??= await transport.connect(journal.host, signal);
      await followOnce(journal, session, signal, (entry) => {
        if (failures > 0) told.onBack(journal.host);
        failures = 0;
        if (entry !== undefined) told.onEntry(entry);
      });
    } catch (error) {
      if (signal.aborted) return;
      session?.close();
      session = undefined;
      failures += 1;
      if (failures === 1) told.onLost(journal.host, error);
      await pause(Math.min(LONGEST_PAUSE, 1000 * 2 ** (failures - 1)), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** One run of journalctl; undefined is a sign of life without a line. Rejects when the host is lost. */
async function followOnce(
  journal: Journal,
  session: Session,
  signal: AbortSignal,
  onLine: (entry: LogEntry | undefined) => void,
): Promise<void> {
  const take = splitLines((line) => {
    const entry = parseEntry(line, journal.host.id);
    if (entry === undefined) return;
    journal.from = { cursor: entry.cursor };
    onLine(entry);
  });
  const onStdout = (text: string): void => {
    if (text.includes(HEARTBEAT)) onLine(undefined);
    take(text.replaceAll(HEARTBEAT, ''));
  };
  const result = await session.run(followScript(journal.cluster.service, journal.from), {
    timeoutMs: (FOLLOW.longest + 60) * 1000,
    signal,
    onStdout,
  });
  mustBeGood(journal.host, result.code, result.stderr);
}

function mustBeGood(host: Host, code: number, stderr: string): void {
  if (code === 0) return;
  throw new HaprovError('its journal cannot be read', {
    host: host.id,
    action: 'read the journal',
    evidence: stderr,
    next: 'See whether systemd-journald runs there and journalctl is installed.',
  });
}
