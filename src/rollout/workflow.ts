import type { ActiveMember, BatchRun, Whom } from './batch-run.ts';
import type { RolloutContext } from './context.ts';
import { activate } from './phases/activate.ts';
import { arm } from './phases/arm.ts';
import { type ClusterEnd, closeRecords, tellOutcomes } from './phases/close.ts';
import { confirm, reach } from './phases/confirm.ts';
import { gates } from './phases/gates.ts';
import { leaseHosts } from './phases/lease.ts';
import { prepareHost } from './phases/prepare.ts';
import { revert } from './phases/revert.ts';
import { unstage } from './phases/unstage.ts';
import { verify, verifyRest } from './phases/verify.ts';
import { verifyVips } from './phases/verify-vips.ts';
import type { HostProgress } from './progress.ts';

/** One phase: what it is called, what it does, and the step that does it. */
interface Phase<Step> {
  readonly name: string;
  readonly does: string;
  readonly run: Step;
}

type HostStep = (host: HostProgress, context: RolloutContext) => Promise<void>;
type BatchStep = (members: readonly ActiveMember[], run: BatchRun, context: RolloutContext) => Promise<void>;
type ClusterStep = (end: ClusterEnd, context: RolloutContext) => Promise<void>;

/** All hosts of the clusters that have changes, together. Who leases hosts gives the leases back, however it ends. */
export const LEASE_PHASE: Phase<typeof leaseHosts> = {
  name: 'lease',
  does: 'Wait for other runs, lock the hosts, plan again what they changed',
  run: leaseHosts,
};

/** Each host with changes, all of them side by side. */
export const HOST_PHASES: readonly Phase<HostStep>[] = [
  { name: 'prepare', does: 'Install and upload what no running service notices', run: prepareHost },
];

/** Each batch of a cluster, one after the other; clusters side by side. `whom`: its members that the phase is for. */
export const BATCH_PHASES: readonly (Phase<BatchStep> & { readonly whom: Whom })[] = [
  { name: 'arm', whom: 'all', does: 'The host reverts by itself unless haprov confirms in time', run: arm },
  { name: 'activate', whom: 'going on', does: 'Hand VIPs over before a restart, change, rejoin', run: activate },
  { name: 'gates', whom: 'going on', does: 'Daemons run, one host per VIP, checks pass, VIPs answer', run: gates },
  { name: 'reach', whom: 'going on', does: 'Open a new connection through all jump hosts', run: reach },
  { name: 'confirm', whom: 'going on', does: 'Confirm the new state through that connection', run: confirm },
  { name: 'revert', whom: 'not confirmed', does: 'Revert the host to its old state now', run: revert },
  { name: 'verify', whom: 'confirmed', does: 'Read the facts again: no change may be left', run: verify },
];

/** Each cluster, when its batches are done. */
export const CLUSTER_PHASES: readonly Phase<ClusterStep>[] = [
  { name: 'verify the rest', does: 'Read them again on hosts with nothing to activate', run: verifyRest },
  { name: 'unstage', does: 'Remove what was uploaded to hosts that failed or were skipped', run: unstage },
  { name: 'verify VIPs', does: 'Check which host has each VIP', run: verifyVips },
  { name: 'close the records', does: 'Write into each run record how the run ended', run: closeRecords },
  { name: 'report', does: 'Report how each host ended', run: tellOutcomes },
];
