import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { createReader, FactError } from '../../facts/reader/reader.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import type { Cluster, Host, Inventory } from '../../inventory/model.ts';
import { type HostTasks, planHost } from '../../plan/plan-host.ts';
import { LossError } from '../../tasks/loss-check.ts';
import type { Session, Transport } from '../../transport/session.ts';
import { type Check, type Member, running } from './check.ts';
import { type Finding, ok, type Verdict } from './finding.ts';
import { refused } from './reach.ts';
import { CHECKS } from './registry.ts';
import { watchSeconds } from './watch-time.ts';

export interface ExamineInput {
  readonly inventory: Inventory;
  /** One entry a host. */
  readonly hosts: readonly HostTasks[];
  readonly transport: Transport;
  readonly signal?: AbortSignal;
  /** Default: all of them. */
  readonly checks?: readonly Check[];
}

/** What the doctor found out. */
export interface Examination {
  /** In the inventory's order of clusters and hosts; within a cluster by id. */
  readonly findings: readonly Finding[];
  /** Ids of hosts that could not be asked. */
  readonly unreached: readonly string[];
  /** Names of clusters in which findings are mended by the ordinary apply. */
  readonly mendable: readonly string[];
}

interface Reached {
  readonly member: Member;
  readonly session: Session;
  /** Why it was lost on the way, if it was. */
  readonly lost: () => unknown;
}

/**
 * Examines clusters side by side, at most `forks` hosts at a time: one connection and two round trips a host, the
 * second of which observes for some seconds. One bad host does not stop the others. Changes nothing on any host.
 */
export async function examine(input: ExamineInput): Promise<Examination> {
  const { inventory } = input;
  const largest = Math.max(1, ...inventory.clusters.map(({ hosts }) => hosts.length));
  const limit = pLimit(Math.max(1, Math.floor(inventory.forks / largest)));
  const salt = randomBytes(16).toString('hex');
  const parts = await Promise.all(
    inventory.clusters.map((cluster) => limit(() => examineCluster(cluster, input, salt))),
  );
  return {
    findings: parts.flatMap(({ findings }) => findings),
    unreached: parts.flatMap(({ unreached }) => unreached),
    mendable: parts.flatMap(({ mendable }) => mendable),
  };
}

async function examineCluster(cluster: Cluster, input: ExamineInput, salt: string): Promise<Examination> {
  const { checks = CHECKS, hosts, inventory, signal } = input;
  const found: Found[] = [];
  const reached: Reached[] = [];
  const unreached: string[] = [];
  const lose = (host: string, error: unknown): void => {
    unreached.push(host);
    found.push(refused(host, error));
  };
  await Promise.all(
    hosts
      .filter(({ host }) => host.cluster === cluster.name)
      .map(async (tasks) => {
        const began = Date.now();
        try {
          signal?.throwIfAborted();
          const session = await input.transport.connect(tasks.host, signal);
          found.push(reachedIn(tasks.host, Date.now() - began));
          reached.push(openMember(cluster, tasks, session, salt, signal));
        } catch (error) {
          lose(tasks.host.id, error);
        }
      }),
  );
  // Connections come in their own order, answers shall not.
  const place = ({ member }: Reached): number => cluster.hosts.findIndex(({ id }) => id === member.host.id);
  reached.sort((a, b) => place(a) - place(b));
  try {
    const alive = () => reached.filter(({ lost }) => lost() === undefined).map(({ member }) => member);
    const round = async (phase: Check['phase'], members: readonly Member[]): Promise<void> => {
      const chosen = checks.filter((check) => check.phase === phase);
      const verdicts = await Promise.all(chosen.map((check) => check.examine(cluster, members)));
      for (const [index, check] of chosen.entries())
        for (const verdict of verdicts[index] ?? []) found.push({ ...verdict, id: check.id, name: check.name });
    };
    const first = alive();
    // Needed in any case, so they belong to the first round trip; who needs them hears of what went wrong.
    void Promise.allSettled(first.flatMap((member) => [member.plan(), running(member)]));
    await round('look', first);
    const seconds = await watchSeconds(cluster, alive());
    await round(
      'watch',
      alive().map((member) => ({ ...member, seconds })),
    );
    for (const { member, lost } of reached) if (lost() !== undefined) lose(member.host.id, lost());
    const pending = await hasChanges(alive());
    return report(cluster, found, unreached, pending, inventory.file);
  } finally {
    for (const { session } of reached) session.close();
  }
}

type Found = Verdict & { readonly id: string; readonly name: string };

function reachedIn({ id, ssh }: Host, ms: number): Found {
  const key = ssh.host_key_checking === 'off' ? 'host key not checked' : 'host key known';
  return { ...ok(id, `${key}, connected in ${ms} ms`), id: 'HD001', name: 'ssh' };
}

function openMember(
  cluster: Cluster,
  tasks: HostTasks,
  session: Session,
  salt: string,
  signal: AbortSignal | undefined,
): Reached {
  let lost: unknown;
  const asking = (): Ask => {
    const { ask } = createReader(session, signal);
    return async (subject, key) => {
      try {
        return await ask(subject, key);
      } catch (error) {
        // A question that failed is one check's; a run that did not come back is the host's.
        if (!(error instanceof FactError)) lost ??= error;
        throw error;
      }
    };
  };
  const look = asking();
  let planned: ReturnType<Member['plan']> | undefined;
  const plan = () => {
    planned ??= planHost(tasks, look);
    return planned;
  };
  const member = { cluster, host: tasks.host, look, watch: asking(), plan, seconds: 0, salt };
  return { member, session, lost: () => lost };
}

/** Whether an apply has something to do, and would not be refused for what it would lose. */
async function hasChanges(members: readonly Member[]): Promise<boolean> {
  const plans = await Promise.allSettled(members.map(({ plan }) => plan()));
  if (plans.some((one) => one.status === 'rejected' && one.reason instanceof LossError)) return false;
  return plans.some(
    ({ status, ...rest }) =>
      status === 'fulfilled' && 'value' in rest && rest.value.status === 'planned' && rest.value.changes.length > 0,
  );
}

function report(
  cluster: Cluster,
  found: readonly Found[],
  unreached: readonly string[],
  pending: boolean,
  file: string,
): Examination {
  const hosts = cluster.hosts.map(({ id }) => id);
  const place = (finding: Found): number => (finding.host === undefined ? -1 : hosts.indexOf(finding.host));
  // Of a host that was lost, every question would say so once more.
  const kept = found.filter(({ host, status }) => status !== 'skip' || host === undefined || !unreached.includes(host));
  const sorted = [...kept].sort((a, b) => a.id.localeCompare(b.id) || place(a) - place(b));
  const mends = (one: Found): boolean => pending && one.mends === true;
  return {
    findings: sorted.map((one) => ({
      id: one.id,
      name: one.name,
      cluster: cluster.name,
      host: one.host ?? null,
      status: one.status,
      evidence: one.evidence,
      why: one.why ?? null,
      fix: mends(one) ? `haprov apply ${file} --limit ${cluster.name}` : (one.fix ?? null),
    })),
    unreached,
    mendable: sorted.some(mends) ? [cluster.name] : [],
  };
}
