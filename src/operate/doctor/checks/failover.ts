import type { RunningInstance, RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import type { Instance } from '../../../inventory/model.ts';
import { type ProofCheck, type ProofRow, proofRows } from '../../../vrrp/proof.ts';
import { KEYWORD } from '../../../vrrp/virtual-router.ts';
import { type Case, type Check, check, running } from '../check.ts';
import { fail, ok, skip, type Verdict } from '../finding.ts';

interface Runs {
  readonly host: string;
  readonly instance: RunningInstance;
  readonly checks: readonly ProofCheck[];
}

/** Whether the VIP would move when its holder dies or its service does: proved on what runs, not on what is planned. */
export function judgeFailover({ cluster, members, unknown }: Case<RunningVrrp | null>): readonly Verdict[] {
  return cluster.vrrp_instances.flatMap((instance): Verdict[] => {
    if (unknown.length > 0) return [skip(undefined, `${instance.name}: not proved without ${unknown.join(', ')}`)];
    const runs = members.flatMap(({ host, facts }) => runsOf(host.name, facts, instance));
    if (cluster.hosts.length < 2) return [skip(undefined, `${instance.name}: one host, and no other can take over`)];
    if (runs.length < 2)
      return [skip(undefined, `${instance.name}: not proved, as ${runs.length} of ${members.length} hosts run it`)];
    const blind = cluster.service === 'none' ? [] : runs.filter(({ checks }) => checks.length === 0);
    if (blind.length > 0) {
      return blind.map(({ host }) =>
        fail(idOf(members, host), `${instance.name} runs without a check of ${cluster.service} on ${host}`, {
          why: `when ${cluster.service} dies there, the VIP stays on a host that does not answer`,
          mends: true,
          fix: 'see HD041 for a check that keepalived dropped; then systemctl reload keepalived',
        }),
      );
    }
    return [judgeProof(instance, runs)];
  });
}

function judgeProof(instance: Instance, runs: readonly Runs[]): Verdict {
  const [first] = runs;
  if (first === undefined) return skip(undefined, instance.name);
  const rows = proofRows({
    members: runs.map((run) => ({ ...run.instance, host: run.host })),
    checks: first.checks,
    adverts: first.instance,
  });
  const refuted = rows.filter(({ proved }) => !proved);
  const worst = Math.max(0, ...rows.map(({ gap }) => gap?.max ?? 0)) / 1000;
  if (refuted.length === 0)
    return ok(undefined, `${instance.name}: ${rows.length} failovers proved, ${worst.toFixed(2)} s at most`);
  return fail(undefined, `${instance.name}: ${refuted.map(wordsOf).join('; ')}`, {
    why: 'the VIP stays on a host that does not answer',
    mends: true,
    fix: `weight: 0 in track_script, which gives the VIP up; or no ${KEYWORD.noPreemption}, and weights that outdo the distance of priorities`,
  });
}

function wordsOf({ scenario, holder, why }: ProofRow): string {
  return `${scenario}, ${holder === undefined ? 'and no host takes the VIP' : `and ${holder} keeps the VIP`} (${why})`;
}

function runsOf(host: string, vrrp: RunningVrrp | null, { name }: Instance): Runs[] {
  const instance = vrrp?.instances.find((one) => one.name === name);
  if (vrrp === null || instance === undefined) return [];
  const checks = instance.tracks.flatMap(({ script, weight }): ProofCheck[] => {
    const found = vrrp.scripts.find((one) => one.name === script);
    if (found === undefined || found.insecure) return [];
    const { interval, timeout, fall } = found;
    return [{ name: script, weight, interval, timeout: timeout || interval, fall }];
  });
  return [{ host, instance, checks }];
}

function idOf(members: Case<RunningVrrp | null>['members'], name: string): string | undefined {
  return members.find(({ host }) => host.name === name)?.host.id;
}

export const FAILOVER_CHECK: Check = check({ id: 'HD050', name: 'failover', ask: running, judge: judgeFailover });
