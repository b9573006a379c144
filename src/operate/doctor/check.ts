import { reportError } from '../../errors.ts';
import { type RunningVrrp, runningVrrpSubject } from '../../facts/keepalived/running-vrrp.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import type { Cluster, Host } from '../../inventory/model.ts';
import type { HostPlan } from '../../plan/plan.ts';
import { skip, type Verdict } from './finding.ts';

/** A host of a cluster that could be reached, and how to ask it. */
export interface Member {
  readonly cluster: Cluster;
  readonly host: Host;
  /** What apply would do to it, found out in the first round. */
  readonly plan: () => Promise<HostPlan>;
  /** The first round: how things stand. */
  readonly look: Ask;
  /** The second: some seconds later, at the same time on all members. Only for checks of phase `watch`. */
  readonly watch: Ask;
  /** How long the second round observes. */
  readonly seconds: number;
  /** Passwords are compared by their hash with it; one for all hosts of a run. */
  readonly salt: string;
}

/** What keepalived ran with when the first round was asked; null where it does not run. */
export function running({ look, salt }: Member): Promise<RunningVrrp | null> {
  return look(runningVrrpSubject, salt);
}

/** A member's answer to a check's question. */
export interface Answer<F> {
  readonly host: Host;
  readonly facts: F;
}

/** What a judge has to go by. */
export interface Case<F> {
  readonly cluster: Cluster;
  /** In the inventory's order. */
  readonly members: readonly Answer<F>[];
  /** Names of hosts of the cluster that did not answer or were not asked: what they have is not known. */
  readonly unknown: readonly string[];
}

export type Judge<F> = (asked: Case<F>) => readonly Verdict[];

/** One question of the doctor's. */
export interface Check {
  /** Stable; documented in docs/doctor.md. */
  readonly id: string;
  readonly name: string;
  /** look: by one reading. watch: by observing the cluster for some seconds. */
  readonly phase: 'look' | 'watch';
  /** Asks the members of one cluster at once, and judges. A member that cannot answer is a skip with the reason. */
  readonly examine: (cluster: Cluster, members: readonly Member[]) => Promise<readonly Verdict[]>;
}

/** How a check is made: what it asks of each member, and a pure function of all the answers. */
export interface CheckDefinition<F> {
  readonly id: string;
  readonly name: string;
  readonly phase?: 'look' | 'watch';
  readonly ask: (member: Member) => Promise<F>;
  readonly judge: Judge<F>;
}

export function check<F>({ id, name, phase = 'look', ask, judge }: CheckDefinition<F>): Check {
  return {
    id,
    name,
    phase,
    async examine(cluster, members) {
      const results = await Promise.allSettled(members.map((member) => ask(member)));
      const answers: Answer<F>[] = [];
      const silent: Verdict[] = [];
      for (const [index, { host }] of members.entries()) {
        const result = results[index];
        if (result?.status === 'fulfilled') answers.push({ host, facts: result.value });
        else silent.push(skip(host.id, `could not be asked: ${reportError(result?.reason).message}`));
      }
      const known = new Set(answers.map(({ host }) => host.name));
      const unknown = membersOf(cluster).filter((one) => !known.has(one));
      return [...silent, ...judge({ cluster, members: answers, unknown })];
    },
  };
}

/** Names of all hosts of a cluster, those too that --limit leaves out. */
function membersOf({ hosts, vrrp_instances }: Cluster): readonly string[] {
  const names = vrrp_instances.flatMap(({ priority }) => Object.keys(priority));
  return [...new Set([...names, ...hosts.map(({ name }) => name)])];
}

/** A check that judges each host by itself. */
export function hostCheck<F>(
  definition: Omit<CheckDefinition<F>, 'judge'> & {
    readonly judge: (answer: Answer<F>, cluster: Cluster) => readonly Verdict[];
  },
): Check {
  return check<F>({
    ...definition,
    judge: ({ cluster, members }) => members.flatMap((answer) => definition.judge(answer, cluster)),
  });
}
