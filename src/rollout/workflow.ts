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
  does: 'waits for other runs, and has the hosts to itself; plans anew where another run changed one meanwhile',
  run: leaseHosts,
};

/** Each host with changes, all of them side by side. */
export const HOST_PHASES: readonly Phase<HostStep>[] = [
  {
    name: 'prepare',
    does: 'opens the run record; makes and uploads everything that a running service does not notice',
    run: prepareHost,
  },
];

/** Each batch of a cluster, one after the other; clusters side by side. `whom`: its members that the phase is for. */
export const BATCH_PHASES: readonly (Phase<BatchStep> & { readonly whom: Whom })[] = [
  { name: 'arm', whom: 'all', does: 'the host reverts by itself unless it is confirmed', run: arm },
  {
    name: 'activate',
    whom: 'going on',
    does: 'hands VIPs over before a restart, makes the changes, lets the host come back',
    run: activate,
  },
  { name: 'gates', whom: 'going on', does: 'daemons, election, checks and answers are as they have to be', run: gates },
  { name: 'reach', whom: 'going on', does: 'opens a new connection to the host, all hops included', run: reach },
  { name: 'confirm', whom: 'going on', does: 'through that connection: the new state stays', run: confirm },
  { name: 'revert', whom: 'not confirmed', does: 'the host gets its old state back, now', run: revert },
  { name: 'verify', whom: 'confirmed', does: 'reads the facts again: what is left over is a failure', run: verify },
];

/** Each cluster, when its batches are done. */
export const CLUSTER_PHASES: readonly Phase<ClusterStep>[] = [
  { name: 'verify the rest', does: 'reads the facts of hosts with nothing to activate again', run: verifyRest },
  { name: 'unstage', does: 'takes away what hosts were given and do not put in place', run: unstage },
  { name: 'verify VIPs', does: 'looks who holds each VIP', run: verifyVips },
  { name: 'close the records', does: 'says in each run record how the run ended', run: closeRecords },
  { name: 'report', does: 'says how each host ended', run: tellOutcomes },
];
