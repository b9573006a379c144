import type { Service } from '../../inventory/model.ts';
import type { Baseline } from '../../rollout/gates/baseline.ts';
import { connectFromHere } from '../../rollout/gates/local-connect.ts';
import { portOf } from '../../rollout/gates/probe.ts';
import type { Session } from '../../transport/session.ts';
import { startRemoteClient } from '../drill/remote-client.ts';
import { startVipClient } from '../vip-client/client.ts';
import { readVipLog, type VipRequest } from '../vip-client/outages.ts';

/** What a client saw of the VIPs while they moved. */
export interface MeasuredOutage {
  /** Host id, or `here`. */
  readonly client: string;
  /** tcp://10.0.0.100:80 */
  readonly targets: readonly string[];
  /** The longest time without an answer of one of them, in milliseconds. */
  readonly outage_ms: number;
  readonly requests: number;
  readonly failed_requests: number;
}

export interface MeasureOptions {
  readonly service: Service;
  readonly vips: readonly string[];
  readonly baseline: Baseline;
  /** Asks where this machine does not reach the VIPs. */
  readonly member: { readonly host: string; readonly session: Session } | undefined;
}

const CONNECT_MS = 1000;
/** Milliseconds of answers before and after, so that an outage has an end. */
const QUIET_MS = 300;

/**
 * Asks the VIPs every 50 ms while `work` is done: from here, else from a member. undefined: nobody can ask them, since
 * nothing listens there, or there is no way to them. Throws what the work throws.
 */
export async function measureOutage(
  options: MeasureOptions,
  work: () => Promise<void>,
): Promise<MeasuredOutage | undefined> {
  const client = await startClients(options).catch(() => undefined);
  if (client === undefined) {
    await work();
    return undefined;
  }
  const { targets, requests, from, stop } = client;
  try {
    await pause();
    await work();
    await pause();
  } finally {
    await stop();
  }
  const logs = targets.map((target) => readVipLog(requests.filter((one) => one.target === target)));
  if (logs.some((log) => log.requests === 0)) return undefined;
  return {
    client: from,
    targets,
    outage_ms: Math.max(...logs.map(({ longestMs }) => longestMs)),
    requests: logs.reduce((sum, log) => sum + log.requests, 0),
    failed_requests: logs.reduce((sum, log) => sum + log.failed, 0),
  };
}

async function startClients({ service, vips, baseline, member }: MeasureOptions) {
  const known = [...baseline.listeners.values()].flat();
  const places = vips.flatMap((vip) => {
    const port = portOf(known, vip, service);
    return port === undefined ? [] : [{ vip, port, target: `tcp://${vip.includes(':') ? `[${vip}]` : vip}:${port}` }];
  });
  if (places.length === 0) return undefined;
  const refusalIsAnswer = service === 'none';
  const tried = await Promise.all(places.map(({ vip, port }) => connectFromHere(vip, port, CONNECT_MS)));
  const isReached = tried.every((one) => one === 'open' || (refusalIsAnswer && one === 'refused'));
  const targets = places.map(({ target }) => target);
  const requests: VipRequest[] = [];
  const onRequest = (request: VipRequest): void => void requests.push(request);
  if (isReached) {
    const { stop } = startVipClient({ targets, refusalIsAnswer, onRequest });
    return { targets, requests, from: 'here', stop };
  }
  if (member === undefined) return undefined;
  const { host, session } = member;
  const clients = await Promise.all(targets.map((target) => startRemoteClient(session, target, onRequest)));
  const stop = async (): Promise<void> => void (await Promise.all(clients.map((one) => one.stop())));
  return { targets, requests, from: host, stop };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, QUIET_MS));
}
