import { kindOf } from '../../checks/registry.ts';
import type { Check } from '../../inventory/model.ts';
import { standingOf, weightOn } from '../../vrrp/priority.ts';
import { crashOutage, detection, formatRange, type Range, stopOutage } from '../../vrrp/timing.ts';
import { healthyPriorityOf, KEYWORD, memberOf, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import { type Forecast, type Peer, peersOf, type Situation } from './situation.ts';

/** What happens when the holder's service stops, and stays so. Every check is taken to notice it. Pure. */
export function predictService(situation: Situation): Forecast {
  const { cluster, instance, holder } = situation;
  const checks = instance.track_script;
  if (checks.length === 0) return stays(situation, `nothing watches ${cluster.service}`);
  const own = standingOf(
    memberOf(instance, holder),
    checks,
    checks.map(({ name }) => name),
  );
  return own === 'fault' ? givesUp(situation) : yields(situation, own);
}

/** A check of weight 0 fails: the holder says priority 0, and every other host may take the VIP. */
function givesUp(situation: Situation): Forecast {
  const { instance } = situation;
  const [taker] = peersOf(situation);
  const deciding = instance.track_script.filter((check) => weightOn(situation.holder, check) === 0);
  if (taker === undefined) return stays(situation, 'there is no other host');
  const noticed = soonest(deciding);
  const wait = stopOutage(taker.priority, virtualRouterOf(instance).adverts);
  const outage = { min: noticed.min + wait.min, max: noticed.max + wait.max };
  const because = `${fails(deciding, noticed)}, then skew of ${taker.host}'s priority ${taker.priority} ${formatRange(wait)}`;
  return { outage, takeover: outage, taker: taker.host, because };
}

/** Checks with weights: the VIP moves only to who outranks the holder, and preempts. */
function yields(situation: Situation, own: number): Forecast {
  const { instance, holder } = situation;
  const base = healthyPriorityOf(instance, holder);
  const better = peersOf(situation).filter(({ priority }) => priority > own);
  const taker = better.find(({ host }) => memberOf(instance, host).preempts);
  const drop = `${holder} goes from ${base} to ${own}`;
  if (taker === undefined) return stays(situation, whyNobody(situation, better, drop, own));
  const silent = crashOutage(taker.priority, virtualRouterOf(instance).adverts);
  const delay = memberOf(instance, taker.host).preemptDelaySeconds * 1000;
  const wait = { min: silent.min + delay, max: silent.max + delay };
  const noticed = latest(instance.track_script);
  const outage = { min: noticed.min + wait.min, max: noticed.max + wait.max };
  const rest = `${drop}, below ${taker.host}'s ${taker.priority}, which waits ${formatRange(wait)} for 3 adverts and its skew`;
  return { outage, takeover: outage, taker: taker.host, because: `${fails(instance.track_script, noticed)}; ${rest}` };
}

function whyNobody(situation: Situation, better: readonly Peer[], drop: string, own: number): string {
  const [first] = better;
  if (first !== undefined) {
    return `${drop}, below ${first.host}'s ${first.priority}, but ${KEYWORD.noPreemption} keeps ${first.host} from taking it from a master that lives`;
  }
  const [best] = peersOf(situation);
  return best === undefined
    ? 'there is no other host'
    : `${drop}, which is not below ${best.host}'s ${best.priority} (${own} is left)`;
}

function stays({ cluster, holder }: Situation, why: string): Forecast {
  return { outage: null, because: `${why}: the VIP stays on ${holder}, where ${cluster.service} is down` };
}

function noticing(check: Check): Range {
  return detection(kindOf(check.probe).failsAtOnce ? { ...check, timeout: 0 } : check);
}

function soonest(checks: readonly Check[]): Range {
  const all = checks.map(noticing);
  return { min: Math.min(...all.map(({ min }) => min)), max: Math.min(...all.map(({ max }) => max)) };
}

/** One check alone may be enough or all may be needed. */
function latest(checks: readonly Check[]): Range {
  const all = checks.map(noticing);
  return { min: Math.min(...all.map(({ min }) => min)), max: Math.max(...all.map(({ max }) => max)) };
}

/** "2 failed runs of check_nginx 2.00-4.00s". */
function fails(checks: readonly Check[], noticed: Range): string {
  const runs = checks.map(({ name, fall }) => `${fall} failed ${fall === 1 ? 'run' : 'runs'} of ${name}`);
  return `${runs.join(' or ')} ${formatRange(noticed)}`;
}
