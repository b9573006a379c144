import { reportError } from '../../errors.ts';
import { listenersSubject } from '../../facts/network/listeners.ts';
import { createReader } from '../../facts/reader/reader.ts';
import type { Cluster } from '../../inventory/model.ts';
import { masterDown } from '../../vrrp/timing.ts';
import { vipAddresses, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import { faultMs, judgedGood } from './faulty.ts';
import type { Connections } from './members.ts';
import type { DrillSkipped, ScenarioName } from './model.ts';
import { FLAPS, failback, predict } from './predict.ts';
import type { Forecast, Situation } from './situation.ts';
import { notOk, statusOf } from './stage.ts';
import { targetsOf } from './target.ts';

/** A scenario as it would go if it were played now. */
export interface Expected {
  readonly name: ScenarioName;
  readonly forecast: Forecast;
  /** About how long it takes, with all that comes before and after; milliseconds. */
  readonly ms: number;
}

/** A cluster before its drill. */
export interface Surveyed {
  readonly cluster: Cluster;
  /** Name of the host that holds the VIP; undefined where the cluster cannot be drilled. */
  readonly holder?: string;
  readonly scenarios: readonly Expected[];
  readonly skipped: readonly DrillSkipped[];
  /** What a client can ask, best first. */
  readonly targets: readonly string[];
  /** Ids of hosts that could not be reached. */
  readonly unreached: readonly string[];
}

/** Looks at a cluster: whether it can be drilled, and what each scenario is predicted to cost. Breaks nothing. */
export async function survey(
  cluster: Cluster,
  names: readonly ScenarioName[],
  connections: Connections,
  url: string | undefined,
  signal: AbortSignal,
): Promise<Surveyed> {
  const none = { cluster, scenarios: [], targets: [] };
  const refuse = (reason: string, unreached: readonly string[] = []): Surveyed => {
    return { ...none, skipped: [{ cluster: cluster.name, reason }], unreached };
  };
  const status = await statusOf(cluster, connections, signal);
  const unreached = Object.entries(status.hosts).flatMap(([id, host]) => (host.reachable ? [] : [id]));
  const reason = notOk(status);
  if (reason !== undefined) return refuse(reason, unreached);
  const instance = cluster.vrrp_instances[0];
  const holder = cluster.hosts.find(
    ({ id }) => instance !== undefined && status.instances[instance.name]?.holders.includes(id),
  );
  const [vip] = vipAddresses(cluster.vrrp_instances.slice(0, 1));
  if (instance === undefined || holder === undefined || vip === undefined) return refuse('nobody holds its VIP');
  const listeners = await connections
    .open(holder)
    .then((session) => createReader(session, signal).ask(listenersSubject, 'tcp'))
    .catch((error: unknown) => reportError(error).message);
  if (typeof listeners === 'string') return refuse(`${holder.id}: ${listeners}`);
  const targets = targetsOf(vip, cluster.service, listeners, url);
  if (targets.length === 0) return refuse(`${cluster.service} listens on no port of ${vip}: there is nothing to ask`);
  const situation: Situation = { cluster, instance, holder: holder.name };
  const all = names.map((name) => ({ name, forecast: predict(name, situation) }));
  return {
    cluster,
    holder: holder.name,
    targets,
    unreached: [],
    scenarios: all.flatMap(({ name, forecast }) =>
      'unfit' in forecast ? [] : [{ name, forecast, ms: durationOf(name, forecast, situation) }],
    ),
    skipped: all.flatMap(({ name, forecast }) =>
      'unfit' in forecast ? [{ cluster: cluster.name, scenario: name, reason: forecast.unfit }] : [],
    ),
  };
}

const BEFORE_MS = 2500;
const AFTER_MS = 3000;
const REBOOT_MS = 60_000;

function durationOf(name: ScenarioName, forecast: Forecast, situation: Situation): number {
  const good = judgedGood(situation);
  const back = forecast.taker === undefined ? 0 : (failback(situation, forecast.taker) ?? 0);
  const down = masterDown(1, virtualRouterOf(situation.instance).adverts);
  const fault =
    faultMs(forecast, situation) * (name === 'flap' ? FLAPS : 1) + (name === 'flap' ? (FLAPS - 1) * good : 0);
  const extra = name === 'isolate' ? 2 * down : name === 'reboot' ? REBOOT_MS : 0;
  return BEFORE_MS + fault + extra + good + back + AFTER_MS;
}
