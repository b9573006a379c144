import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Link } from '../link.ts';
import { lossReason } from './diagnosis.ts';
import { logOf, type Master } from './master-process.ts';

/** A connection held by a master process of OpenSSH's client. */
export interface OpensshLink extends Link {
  /** The master's control socket. */
  readonly socket: string;
  /** Settles when the master is gone, a little before the link is down: by then the cause is looked for. */
  readonly gone: Promise<void>;
  readonly isGone: boolean;
}

/** How long after a host's master that of its jump host may be found dead too. */
const SAME_CAUSE_MS = 1000;

/** The link of a master that takes commands. `silence`: seconds after which the master gives up a silent peer. */
export function opensshLink(master: Master, via: OpensshLink | undefined, silence: number): OpensshLink {
  const listeners: ((why: string, error: unknown) => void)[] = [];
  let down: string | undefined;
  const fall = (why: string): void => {
    if (down !== undefined) return;
    down = why;
    for (const listener of listeners.splice(0)) listener(why, undefined);
  };
  const watch = async (): Promise<void> => {
    await master.gone;
    const log = await master.readLog();
    await rm(logOf(master.socket), { force: true }).catch(() => {});
    if (via !== undefined && down === undefined) {
      await Promise.race([via.gone, pause(SAME_CAUSE_MS)]);
      if (via.isGone) await fallOf(via);
    }
    fall(lossReason(log.said, master.stderr, silence));
  };
  void watch();
  return {
    socket: master.socket,
    gone: master.gone,
    get isGone() {
      return master.isGone;
    },
    get down() {
      return down;
    },
    onDown(listener) {
      if (down === undefined) listeners.push(listener);
      else listener(down, undefined);
    },
    close(why = 'the connection was closed') {
      fall(why);
      master.end();
    },
  };
}

/** Resolves when a link is down. */
export function fallOf(link: Link): Promise<void> {
  return new Promise((resolve) => link.onDown(() => resolve()));
}
