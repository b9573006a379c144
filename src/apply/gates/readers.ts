import { createReader } from '../../facts/reader.ts';
import type { Ask } from '../../facts/subject.ts';
import type { Session } from '../../transport/session.ts';

/** A reader for each host, by host id: all that is asked through them at once is one round trip a host. */
export type Readers = ReadonlyMap<string, Ask>;

export function readersOf(sessions: ReadonlyMap<string, Session>, signal: AbortSignal): Readers {
  return new Map([...sessions].map(([host, session]) => [host, createReader(session, signal).ask]));
}
