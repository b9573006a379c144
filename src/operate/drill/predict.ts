import { crashOutage, failbackWait, formatRange, stopOutage } from '../../vrrp/timing.ts';
import { healthyPriorityOf, memberOf, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { ScenarioName } from './model.ts';
import { predictService } from './predict-service.ts';
import { type Forecast, type Peer, peersOf, type Situation } from './situation.ts';

/** What a scenario costs by the formulas of timing.ts, or why it cannot be played. Pure. */
export function predict(name: ScenarioName, situation: Situation): Forecast | { readonly unfit: string } {
  const { cluster, holder } = situation;
  const taker = peersOf(situation)[0];
  if (taker === undefined) return { unfit: `${holder} has no other host beside it: nobody could take the VIP` };
  switch (name) {
    case 'service':
    case 'flap':
      if (cluster.service === 'none') return { unfit: 'service: none names nothing that could be stopped' };
      return name === 'service' ? predictService(situation) : predictFlap(situation);
    case 'keepalived':
      return stopped(situation, taker, 'its last advert has priority 0');
    case 'reboot':
      return reboot(situation, taker);
    case 'crash':
      return kept(situation, taker, `keepalived is gone, ${holder} keeps the VIP and answers`);
    case 'isolate':
      return kept(situation, taker, `${holder} hears nobody, keeps the VIP and answers`);
  }
}

/** How long after its repair a host takes the VIP back from a living master; undefined: it does not. Milliseconds. */
export function failback({ instance, holder }: Situation, master: string): number | undefined {
  const { preempts, preemptDelaySeconds } = memberOf(instance, holder);
  const own = healthyPriorityOf(instance, holder);
  if (!preempts || own <= healthyPriorityOf(instance, master)) return undefined;
  const { adverts } = virtualRouterOf(instance);
  return failbackWait(own, adverts, preemptDelaySeconds) + adverts.intervalSeconds * 1000;
}

function stopped({ instance }: Situation, taker: Peer, why: string): Forecast {
  const outage = stopOutage(taker.priority, virtualRouterOf(instance).adverts);
  return {
    outage,
    takeover: outage,
    taker: taker.host,
    because: `${why}: skew of ${taker.host}'s priority ${taker.priority}, ${formatRange(outage)}`,
  };
}

/** Services and keepalived end in no fixed order; more than a second apart would be unusual. */
const SHUTDOWN_MS = 1000;

function reboot(situation: Situation, taker: Peer): Forecast {
  const { outage, because } = stopped(situation, taker, 'it goes down in good order');
  const most = { min: outage?.min ?? 0, max: (outage?.max ?? 0) + SHUTDOWN_MS };
  return {
    outage: most,
    takeover: most,
    taker: taker.host,
    because: `${because}, and up to 1s between the ends of its services`,
  };
}

/** The old holder goes on answering: what is predicted is no outage at all, and two holders. */
function kept({ instance, holder }: Situation, taker: Peer, why: string): Forecast {
  const takeover = crashOutage(taker.priority, virtualRouterOf(instance).adverts);
  return {
    outage: { min: 0, max: 0 },
    takeover,
    taker: taker.host,
    because: `${why}; ${taker.host} misses 3 adverts and takes it too after ${formatRange(takeover)}: two holders, ${holder} and ${taker.host}`,
  };
}

/** How often flap stops the service. */
export const FLAPS = 3;

/** The first stop is as `service`; the further ones find the VIP elsewhere, or back. */
function predictFlap(situation: Situation): Forecast {
  const first = predictService(situation);
  return { ...first, because: `each of ${FLAPS} stops costs at most what one does: ${first.because}` };
}
