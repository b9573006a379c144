import pLimit from 'p-limit';
import { reportError } from '../../errors.ts';
import type { Hop } from '../../inventory/model.ts';
import { virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { DrillCluster, DrillReport, DrillScenario, DrillSkipped } from './model.ts';
import { logRequests, until } from './request-log.ts';
import { playScenario } from './scenario.ts';
import type { DrillSettings, Stage } from './stage.ts';
import type { Surveyed } from './survey.ts';
import { watchMember } from './watch-member.ts';

export interface DrillInput extends DrillSettings {
  readonly surveyed: readonly Surveyed[];
  /** Clusters at a time. */
  readonly parallel: number;
  /** What the report says of itself. */
  readonly haprov: string;
  readonly inventory: string;
}

interface Drilled {
  readonly scenarios: readonly DrillScenario[];
  readonly skipped: readonly DrillSkipped[];
  readonly leftovers: DrillReport['leftovers'];
}

/** Plays the surveyed scenarios, one after the other in each cluster, and reports. Never throws for a single cluster. */
export async function drill(input: DrillInput): Promise<DrillReport> {
  const started = Date.now();
  const limit = pLimit(input.parallel);
  const parts = await Promise.all(input.surveyed.map((one) => limit(() => drillCluster(one, input))));
  return {
    haprov: input.haprov,
    inventory: input.inventory,
    started: new Date(started).toISOString(),
    duration: Date.now() - started,
    clusters: input.surveyed.map(drawn),
    scenarios: parts.flatMap(({ scenarios }) => scenarios),
    skipped: parts.flatMap(({ skipped }) => skipped),
    leftovers: parts.flatMap(({ leftovers }) => leftovers),
  };
}

async function drillCluster(surveyed: Surveyed, input: DrillInput): Promise<Drilled> {
  const { cluster, scenarios } = surveyed;
  const { emit, signal, connections } = input;
  const skipped: DrillSkipped[] = [];
  const played: DrillScenario[] = [];
  const leftovers: { host: string; reason: string }[] = [];
  const skip = (one: DrillSkipped): void => {
    skipped.push(one);
    emit({ event: 'skipped', skipped: one });
  };
  for (const one of surveyed.skipped) skip(one);
  if (scenarios.length === 0) return { scenarios: played, skipped, leftovers };
  const instances = cluster.vrrp_instances.map(({ name }) => name);
  const watches = cluster.hosts.map((host) => watchMember(host.id, instances, () => connections.open(host)));
  try {
    await Promise.all(watches.map(({ ready }) => ready));
    const target = await chooseTarget(surveyed, input);
    const stage: Stage = { ...input, cluster, watches, target };
    for (const [index, { name }] of scenarios.entries()) {
      if (signal.aborted) {
        skip({ cluster: cluster.name, scenario: name, reason: 'interrupted before it' });
        continue;
      }
      const left = leftovers[0];
      if (left !== undefined) {
        skip({ cluster: cluster.name, scenario: name, reason: `${left.host} could not be put right` });
        continue;
      }
      const outcome = await playScenario(name, stage, { index: index + 1, of: scenarios.length }).catch(
        (error: unknown): DrillSkipped => ({ cluster: cluster.name, scenario: name, reason: told(error) }),
      );
      if ('reason' in outcome) {
        skip(outcome);
        continue;
      }
      played.push(outcome.scenario);
      emit({ event: 'result', scenario: outcome.scenario });
      if (outcome.leftover !== undefined) leftovers.push({ host: outcome.scenario.host, reason: outcome.leftover });
    }
  } catch (error) {
    skip({ cluster: cluster.name, reason: told(error) });
  } finally {
    for (const watch of watches) watch.stop();
  }
  return { scenarios: played, skipped, leftovers };
}

const TRY_MS = 4000;

/** The first target that answers the client; the first of all where none does, so that the refusal names it. */
async function chooseTarget({ targets, cluster }: Surveyed, { vantage, signal }: DrillInput): Promise<string> {
  for (const target of targets) {
    const log = await logRequests(vantage, target, cluster.service === 'none');
    const answers = await until(() => log.answers(), TRY_MS, signal);
    await log.stop();
    if (answers) return target;
  }
  return targets[0] ?? '';
}

function told(error: unknown): string {
  const { host, message } = reportError(error);
  return host === undefined ? message : `${host}: ${message}`;
}

function drawn({ cluster }: Surveyed): DrillCluster {
  const { name, service, hosts, vrrp_instances } = cluster;
  return {
    name,
    service,
    hosts: hosts.map(({ id, address }) => ({ id, address })),
    instances: vrrp_instances.map((instance) => {
      const { vrid, vips, adverts } = virtualRouterOf(instance);
      return { name: instance.name, vips, vrid, intervalSeconds: adverts.intervalSeconds, priority: instance.priority };
    }),
    jumps: (hosts[0]?.ssh.proxy_jump ?? []).map(hopText),
  };
}

function hopText({ user, host, port }: Hop): string {
  return `${user}@${host}:${port}`;
}
