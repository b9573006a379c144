import type { Range } from '../../vrrp/timing.ts';

/** A VIP that goes to another host because of a rollout. */
export interface VipMove {
  readonly cluster: string;
  readonly vip: string;
  /** Host id of the holder of then. */
  readonly from: string;
  /** Host id of the likely taker; undefined: there is no other host. */
  readonly to: string | undefined;
  /** Host id of the one whose change it comes from. */
  readonly by: string;
  /** What that one does: "restarts keepalived", "changes interface". */
  readonly why: string;
  /**
   * handover: before the holder is disturbed. together: by what all members take at once. election: a better host takes
   * over, or the holder is gone for good.
   */
  readonly kind: 'handover' | 'together' | 'election';
  /** For how long it does not answer, predicted; milliseconds. undefined: it answers throughout. */
  readonly outage: Range | undefined;
  /** The holder of then takes it back afterwards, while it answers. */
  readonly returns: boolean;
}
