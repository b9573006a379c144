import type { CheckTimes } from './timing.ts';

/** Something other than a check of the instance itself that can take the VIP from a host. */
export interface Loss {
  /** In words: "eth0 down", "dockerd gone", "drain holds 1", "check_db fails". */
  readonly what: string;
  /** By which the arithmetic of weights knows it; absent: the host gives the VIP up. */
  readonly track?: string;
  /** Hosts on which it can happen. */
  readonly hosts: readonly string[];
  /** The host cannot even say that it gives up: its adverts go out through what is lost. */
  readonly silent?: boolean;
  /** When it is noticed; absent: at once. */
  readonly noticed?: CheckTimes;
  /** Seconds between adverts of the slower one, where another member of a sync group fails. */
  readonly intervalSeconds?: number;
  /** The sync group through which it comes, and the member that fails: "GW: INSIDE gives up". */
  readonly through?: string;
  /** What stays behind on the host, where nothing ties it: "INSIDE stays on gw1: nothing ties them". */
  readonly splits?: string;
}
