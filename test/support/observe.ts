import type { Lab } from '../../docker/lab-handle.ts';
import type { VipLog } from '../../src/operate/vip-client/outages.ts';
import { type VipHolding, watchHolders } from './holder-log.ts';
import { type ServiceLog, watchServices } from './service-log.ts';
import { watchVips } from './vip-watch.ts';

/** A cluster under observation. */
export interface Observed {
  readonly hosts: readonly string[];
  /** The first one is asked. */
  readonly vips: readonly string[];
  /** Main processes without which a member is out of service; default keepalived and nginx. */
  readonly programs?: readonly string[];
  /** What the client asks; default the first VIP over HTTP. */
  readonly target?: string;
}

/** What was seen of a cluster while something was done to it. */
export interface Seen {
  readonly client: VipLog;
  /** In the order of the question. */
  readonly vips: readonly VipHolding[];
  readonly services: ServiceLog;
  /** Version of keepalived on the hosts: 2.2.7. */
  readonly keepalived: string;
}

/**
 * Watches a cluster while `act` runs, and a second before and after: a client that asks its VIP twenty times a second,
 * who holds it, and which members are in service. Throws where this machine was too busy to see enough.
 */
export async function observe<T>(lab: Lab, what: Observed, act: () => Promise<T>): Promise<Seen & { result: T }> {
  const { hosts, vips, programs = ['keepalived', 'nginx'], target = `http://${vips[0]}/` } = what;
  const [holderWatch, serviceWatch, client] = await Promise.all([
    watchHolders(lab, hosts, vips),
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
  if (log === undefined) throw new Error(`nobody asked ${target}`);
  if (log.blindMs > BLIND) throw new Error(`the client did not get to run for ${log.blindMs} ms: it saw too little`);
  const keepalived = await Promise.all(hosts.map((host) => keepalivedVersion(lab, host)));
  return { client: log, vips: holders.vips, services, keepalived: [...new Set(keepalived)].join(', '), result };
}

async function keepalivedVersion(lab: Lab, host: string): Promise<string> {
  const { stderr } = await lab.exec(host, 'keepalived --version');
  return /^Keepalived v(\S+)/.exec(stderr)?.[1] ?? 'unknown';
}

/** Milliseconds without a request from which on the client could have missed what it is there to see. */
const BLIND = 1000;

/** Requests before and after, so that an outage at the edge is seen as one. */
const CALM = 20;
