import type { Session } from '../../transport/session.ts';
import { startVipClient } from '../vip-client/client.ts';
import type { VipRequest } from '../vip-client/outages.ts';
import { type DrillClient, startRemoteClient } from './remote-client.ts';

/** Where the client stands: a host, or this machine. */
export type Vantage = { readonly host: string; readonly open: () => Promise<Session> } | undefined;

/** Any answer below 500 is one: that a page is missing says nothing of the VIP. */
const isAnswer = (status: number): boolean => status < 500;

/** Asks a target every 50 ms from there until stopped. */
export async function startClient(
  vantage: Vantage,
  target: string,
  refusalIsAnswer: boolean,
  onRequest: (request: VipRequest) => void,
): Promise<DrillClient> {
  if (vantage !== undefined) return startRemoteClient(await vantage.open(), target, onRequest);
  const client = startVipClient({ targets: [target], isAnswer, refusalIsAnswer, onRequest });
  return { ended: new Promise(() => undefined), stop: () => client.stop() };
}
