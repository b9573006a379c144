import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '../../transport/session.ts';
import { type ClockOffset, measureOffset } from './clock-offset.ts';
import { type MemberEvent, readMemberLine } from './member-lines.ts';
import { MEMBER_SCRIPT } from './member-script.ts';

/** A member under watch. */
export interface MemberWatch {
  readonly host: string;
  /** All that was seen so far; grows. */
  readonly events: readonly MemberEvent[];
  /** Of the connection that is watched; undefined until there is one. */
  offset(): ClockOffset | undefined;
  /** Resolves once the member told of itself for the first time; rejects where it cannot be watched. */
  readonly ready: Promise<void>;
  stop(): void;
}

/** A sample comes twice a second. */
const SILENT_MS = 1000;
const AGAIN_MS = 1000;
const LONGEST_MS = 3_900_000;

/** Watches a member until stopped, over a connection that is made anew whenever it was lost. */
export function watchMember(host: string, instances: readonly string[], open: () => Promise<Session>): MemberWatch {
  const events: MemberEvent[] = [];
  const enough = new AbortController();
  const { signal } = enough;
  let offset: ClockOffset | undefined;
  let heard = Date.now();
  let isReady = false;
  let told: () => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    told = resolve;
    failed = reject;
  });
  // Whoever does not wait for it is told by the events.
  ready.catch(() => undefined);

  const watchOnce = async (): Promise<void> => {
    const session = await open();
    const now = await measureOffset(session, signal);
    offset = now;
    let rest = '';
    const onStdout = (text: string): void => {
      heard = Date.now();
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        events.push(...readMemberLine(line, instances, now.ms, heard));
        if (!line.startsWith('s ')) continue;
        isReady = true;
        told();
      }
    };
    await session.run(MEMBER_SCRIPT, { signal, onStdout, timeoutMs: LONGEST_MS });
  };
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      const error = await watchOnce().then(
        () => new Error('the watch ended'),
        (reason: unknown) => reason,
      );
      if (signal.aborted) return;
      if (!isReady) return failed(error);
      if (events.at(-1)?.kind !== 'lost') events.push({ kind: 'lost', at: Math.min(Date.now(), heard + SILENT_MS) });
      await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  void watch();
  return { host, events, offset: () => offset, ready, stop: () => enough.abort() };
}
