import { createReader } from '../../facts/reader/reader.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import type { Session } from '../../transport/session.ts';

/** Milliseconds; keepalived's own state is the slowest to be had. */
const ASK_MS = 20_000;

/** A reader that does not wait for ever: a host that fell silent is a RunTimeoutError, while the others can still be helped. */
export function readerOf(session: Pick<Session, 'host' | 'run'>, signal: AbortSignal): Ask {
  const { host } = session;
  return createReader({ host, run: (script, more) => session.run(script, { ...more, timeoutMs: ASK_MS }) }, signal).ask;
}

/** A reader for each host, by host id: all that is asked through them at once is one round trip a host. */
export type Readers = ReadonlyMap<string, Ask>;

export function readersOf(sessions: ReadonlyMap<string, Session>, signal: AbortSignal): Readers {
  return new Map([...sessions].map(([host, session]) => [host, readerOf(session, signal)]));
}
