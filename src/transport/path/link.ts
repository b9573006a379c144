import type { Hop, SshSettings } from '../../inventory/model.ts';
import type { Downfall } from './downfall.ts';

/** An authenticated connection to one sshd. */
export interface Link extends Pick<Downfall, 'onDown'> {
  /** See Downfall. */
  readonly down: string | undefined;
  /** Says goodbye and lets go; safe to call twice. */
  close(why?: string): void;
}

/** What one attempt to open a link is told. */
export interface Attempt<L extends Link> {
  readonly hop: Hop;
  readonly ssh: SshSettings;
  /** The connection to travel through; undefined means directly. */
  readonly via: L | undefined;
  /** A silent peer is given up after four of these; milliseconds. */
  readonly keepaliveMs: number;
  /** Ends the attempt with a rejection by its reason. */
  readonly signal: AbortSignal;
}
