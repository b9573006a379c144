import { reportError } from '../../errors.ts';
import type { Host } from '../../inventory/model.ts';
import type { Lock } from '../../rollout/lease/lock.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { ClusterStatus } from '../status/model.ts';
import { awaitOk } from './await-ok.ts';
import type { Faulty } from './faulty.ts';
import { judge } from './judge.ts';
import { holdersAt, holdingsOf, laneOf } from './lanes.ts';
import { lockMembers } from './members.ts';
import type { DrillMark, DrillScenario, DrillSkipped, ScenarioName } from './model.ts';
import type { Observed } from './observed.ts';
import { predict } from './predict.ts';
import { readyFault } from './ready-fault.ts';
import { logRequests, type RequestLog, until, wait } from './request-log.ts';
import type { Forecast, Situation } from './situation.ts';
import { notOk, type Stage, statusOf } from './stage.ts';

/** What came of a scenario, and whether its host could be put right. */
export interface Played {
  readonly scenario: DrillScenario;
  /** Why the host could not be put right, as a clause; undefined: it was. */
  readonly leftover: string | undefined;
}

/** Which one of how many, from 1. */
export interface Position {
  readonly index: number;
  readonly of: number;
}

const CALM_MS = 15_000;
/** A client may be sent to the wrong host for as long as its kernel believes an old address: 45 s on Linux. */
const QUIET_MS = 60_000;

/** Plays one scenario on a cluster from its beginning to where it is ok again, or tells why not. */
export async function playScenario(
  name: ScenarioName,
  stage: Stage,
  position: Position,
): Promise<Played | DrillSkipped> {
  const { cluster, signal } = stage;
  const skipped = (reason: string): DrillSkipped => ({ cluster: cluster.name, scenario: name, reason });
  const status = await statusSoon(stage);
  const reason = notOk(status);
  if (reason !== undefined) return skipped(reason);
  const instance = cluster.vrrp_instances[0];
  const holder = cluster.hosts.find(
    ({ id }) => instance !== undefined && status.instances[instance.name]?.holders.includes(id),
  );
  if (instance === undefined || holder === undefined) return skipped('nobody holds its VIP');
  const situation: Situation = { cluster, instance, holder: holder.name };
  const forecast = predict(name, situation);
  if ('unfit' in forecast) return skipped(forecast.unfit);
  const lock = await lockMembers(cluster, stage.connections, stage.why, signal, (text) =>
    stage.emit({ event: 'waiting', cluster: cluster.name, reason: text }),
  );
  try {
    const prediction = {
      outage: forecast.outage,
      ...(forecast.taker === undefined ? {} : { taker: forecast.taker }),
      because: forecast.because,
    };
    stage.emit({
      event: 'scenario',
      cluster: cluster.name,
      instance: instance.name,
      name,
      host: holder.id,
      ...position,
      prediction,
      target: stage.target,
    });
    const from = Date.now();
    const log = await logRequests(stage.vantage, stage.target, cluster.service === 'none', (request) =>
      stage.emit({ event: 'request', cluster: cluster.name, request }),
    );
    try {
      if (!(await until(() => log.isCalm(), CALM_MS, signal))) {
        return skipped(signal.aborted ? 'interrupted' : `${stage.target} does not answer at once, before any fault`);
      }
      return await act({ name, stage, situation, forecast, holder, lock, log, from });
    } finally {
      await log.stop();
    }
  } finally {
    await lock.release();
  }
}

/** A check that failed once, on a busy host, is given the time to succeed. */
const SOON_MS = 15_000;

async function statusSoon({ cluster, connections, signal }: Stage): Promise<ClusterStatus> {
  const end = Date.now() + SOON_MS;
  for (;;) {
    const status = await statusOf(cluster, connections, signal);
    if (notOk(status) === undefined || Date.now() > end || signal.aborted) return status;
    await wait(1000, signal);
  }
}

interface Act {
  readonly name: ScenarioName;
  readonly stage: Stage;
  readonly situation: Situation;
  readonly forecast: Forecast;
  readonly holder: Host;
  readonly lock: Lock;
  readonly log: RequestLog;
  readonly from: number;
}

/** The fault and its repair, whatever goes wrong between them. */
async function act({ name, stage, situation, forecast, holder, lock, log, from }: Act): Promise<Played> {
  const { cluster, signal } = stage;
  const marks: DrillMark[] = [];
  const troubles: string[] = [];
  let splitBrain: readonly string[] | null = null;
  const mark = (one: DrillMark): void => {
    marks.push(one);
    stage.emit({ event: 'mark', cluster: cluster.name, mark: one });
  };
  const session = lock.sessions.get(holder.id);
  if (session === undefined) throw new Error(`${holder.id} is not locked`);
  const meanwhile = async (): Promise<void> => {
    if (name !== 'isolate') return;
    const seen = await statusOf(cluster, stage.connections, signal);
    splitBrain =
      seen.verdict === 'split-brain'
        ? seen.reasons.filter((reason) => reason.startsWith(situation.instance.name))
        : null;
  };
  const faulty: Faulty = await readyFault({
    name,
    stage,
    situation,
    forecast,
    host: holder,
    session,
    log,
    mark,
    meanwhile,
  });
  let leftover: string | undefined;
  let repairAt: number | undefined;
  try {
    await faulty.play();
  } catch (error) {
    if (!signal.aborted) troubles.push(`The fault could not be played: ${told(error)}.`);
  }
  try {
    const { byItself, at } = await faulty.right();
    repairAt = at;
    if (byItself)
      troubles.push(
        `${holder.id} put itself right in the middle: nothing was heard of haprov for ${stage.healSeconds}s.`,
      );
  } catch (error) {
    leftover = told(error);
    troubles.push(`${holder.id} could not be put right: ${leftover}. It tries to by itself.`);
  }
  if (signal.aborted) troubles.push('Interrupted: it was put right before it had its time.');
  else if (leftover === undefined) {
    const why = await awaitOk(stage, situation, () => holdersNow(stage, situation));
    if (why !== undefined) troubles.push(`The cluster is not ok again: ${why}.`);
    else mark({ at: Date.now(), kind: 'ok', host: holder.id, text: 'ok again' });
    if (!(await until(() => log.isCalm(), QUIET_MS, signal)) && !signal.aborted) {
      troubles.push(`${stage.target} does not answer at once again, ${QUIET_MS / 1000}s after the cluster was ok.`);
    }
    await wait(500, signal);
  }
  const ended = log.ended();
  await log.stop();
  if (stage.vantage !== undefined && ended !== undefined) {
    troubles.push(`The client on ${stage.vantage.host} ended in the middle: ${ended}.`);
  }
  const to = Date.now();
  const observed: Observed = {
    name,
    cluster: cluster.name,
    service: cluster.service,
    instance: situation.instance.name,
    vip: vipAddresses([situation.instance])[0] ?? '',
    target: stage.target,
    client: stage.vantage?.host ?? 'here',
    host: holder.id,
    idOf: (one) => cluster.hosts.find((host) => host.name === one)?.id ?? one,
    forecast,
    budgetMs: stage.budgetMs,
    from,
    to,
    faultAt: marks.find(({ kind }) => kind === 'fault')?.at ?? to,
    repairAt: repairAt ?? to,
    requests: [...log.requests],
    members: stage.watches.map(({ host, events }) => ({ host, events })),
    marks,
    splitBrain,
    troubles,
    notes: log.note === undefined ? [] : [`${log.note}.`],
    clockErrorMs: Math.max(0, ...stage.watches.map((watch) => watch.offset()?.errorMs ?? 0)),
  };
  return { scenario: judge(observed), leftover };
}

/** Who holds the VIP at this moment, as far as the watches saw. */
function holdersNow({ watches }: Stage, { instance }: Situation): readonly string[] {
  const to = Date.now();
  const from = to - 1;
  const [vip = ''] = vipAddresses([instance]);
  return holdersAt(holdingsOf(watches.map((watch) => laneOf(watch, instance.name, vip, from, to))), 0);
}

function told(error: unknown): string {
  return reportError(error).message;
}
