import type { Lab } from '../../docker/lab-handle.ts';
import { type HolderLog, type VipHolding, watchHolders } from './holder-log.ts';
import { type ServiceLog, watchServices } from './service-log.ts';
import type { VipLog } from './vip-outages.ts';
import { watchVips } from './vip-watch.ts';

/** A cluster under observation. */
export interface Observed {
  readonly hosts: readonly string[];
  readonly vip: string;
  /** Main processes without which a member is out of service; default keepalived and nginx. */
  readonly programs?: readonly string[];
  /** What the client asks; default the VIP over HTTP. */
  readonly target?: string;
}

/** What was seen of a cluster while something was done to it. */
export interface Seen {
  readonly client: VipLog;
  readonly holders: HolderLog;
  readonly vip: VipHolding;
  readonly services: ServiceLog;
}

/**
 * Watches a cluster while `act` runs, and a second before and after: a client that asks its VIP twenty times a second,
 * who holds it, and which members are in service.
 */
export async function observe<T>(lab: Lab, what: Observed, act: () => Promise<T>): Promise<Seen & { result: T }> {
  const { hosts, vip, programs = ['keepalived', 'nginx'], target = `http://${vip}/` } = what;
  const [holderWatch, serviceWatch, client] = await Promise.all([
    watchHolders(lab, hosts, [vip]),
    watchServices(lab, hosts, programs),
    watchVips([target]),
  ]);
  let result: T;
  try {
    await client.asked(CALM);
    result = await act();
    await client.asked(CALM);
  } catch (error) {
    await Promise.allSettled([client.stop(), holderWatch.stop()]);
    serviceWatch.stop();
    throw error;
  }
  const log = (await client.stop()).get(target);
  const services = serviceWatch.stop();
  const holders = await holderWatch.stop();
  const [holding] = holders.vips;
  if (log === undefined || holding === undefined) throw new Error(`nothing was seen of ${vip}`);
  return { client: log, holders, vip: holding, services, result };
}

/** Requests before and after, so that an outage at the edge is seen as one. */
const CALM = 20;
