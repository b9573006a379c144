import type { Change } from '../changes/change.ts';
import type { Cluster } from '../inventory/model.ts';
import type { BatchMember, Holdings } from '../plan/waves/plan-rollout.ts';
import type { VipOutcome } from './events.ts';
import type { Baseline } from './gates/baseline.ts';

/**
 * What keeps a cluster served while its hosts are changed: gates, the dead man's switch, handovers, the run record.
 * `createSafety` talks to the hosts; tests stand in for it. Hosts are named by id.
 */
export interface Safeguards {
  /** Who holds which VIP and what answers, before the first batch. */
  baseline(cluster: Cluster): Promise<Baseline>;
  /** Which VIPs each host holds right now; hosts that were not connected to are missing. */
  holdings(cluster: Cluster): Promise<Holdings>;
  /** Throws GateError where the cluster is not as it must be after these hosts were activated. */
  gates(cluster: Cluster, activated: readonly string[], baseline: Baseline): Promise<readonly VipOutcome[]>;
  /**
   * From here on the host takes these changes back by itself unless they are confirmed, so many seconds after haprov's last
   * script. `together`: after haprov's last sign of life, which it gives until it confirms or reverts.
   */
  arm(
    host: string,
    changes: readonly Change[],
    options: { readonly seconds: number; readonly together: boolean },
  ): Promise<void>;
  /** Opens a new connection to the host, all hops included; throws where that cannot be. */
  reach(host: string): Promise<void>;
  /** Through that connection: the new state stays. Throws where the host was faster and is taking it back. */
  confirm(host: string): Promise<void>;
  /** Takes the armed changes back now; never throws. */
  revert(host: string, reason: string): Promise<RevertResult>;
  /** Takes changes back that were confirmed already; throws where that fails. */
  takeBack(host: string, changes: readonly Change[]): Promise<void>;
  /** Waits until the host has these VIPs, as the master of an instance that was made anew. */
  awaitVips(member: BatchMember, vips: readonly string[]): Promise<void>;
  /** Moves the host's VIPs to its partners; the function that is returned lets it come back. */
  handOver(cluster: Cluster, host: string): Promise<() => Promise<void>>;
  /** Writes down on the host what will be changed, before the first change. */
  openRecord(host: string, changes: readonly Change[]): Promise<void>;
  /** With the changes that were made: the versions that they replaced stay, older ones with secrets in them do not. */
  closeRecord(host: string, state: 'done' | 'put-back', changes: readonly Change[]): Promise<void>;
}

/**
 * none: it was never armed, so that nothing of its batch was done. unknown: nobody could be asked; the host does it by itself
 * when its time is up.
 */
export interface RevertResult {
  readonly state: 'done' | 'failed' | 'unknown' | 'none';
  readonly detail: string;
}
