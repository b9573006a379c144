import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Downfall } from '../path/downfall.ts';
import type { Link } from '../path/link.ts';
import { lossReason } from './diagnosis.ts';
import { logOf, type Master } from './master-process.ts';

/** A connection held by a master process of OpenSSH's client. */
export interface OpensshLink extends Link {
  /** It is gone a little before the link is down: by then the cause is looked for. */
  readonly master: Pick<Master, 'socket' | 'gone' | 'isGone'>;
}

/** How long after a host's master that of its jump host may be found dead too. */
const SAME_CAUSE_MS = 1000;

/** The link of a master that takes commands. `silence`: seconds after which the master gives up a silent peer. */
export function opensshLink(master: Master, via: OpensshLink | undefined, silence: number): OpensshLink {
  const life = new Downfall();
  const watch = async (): Promise<void> => {
    await master.gone;
    const log = await master.readLog();
    await rm(logOf(master.socket), { force: true }).catch(() => {});
    if (via !== undefined && life.down === undefined) {
      await Promise.race([via.master.gone, pause(SAME_CAUSE_MS)]);
      if (via.master.isGone) await fallOf(via);
    }
    life.fall(lossReason(log.said, master.stderr, silence));
  };
  void watch();
  const close = (why = 'the connection was closed'): void => {
    life.fall(why);
    master.end();
  };
  return Object.assign(life, { master, close });
}

/** Resolves when a link is down. */
export function fallOf(link: Link): Promise<void> {
  return new Promise((resolve) => link.onDown(() => resolve()));
}
