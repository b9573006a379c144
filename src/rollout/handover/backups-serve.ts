import { answerSubject, tcpKey } from '../../facts/network/answer.ts';
import { type ListenerFact, listenersSubject } from '../../facts/network/listeners.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { MemberView } from '../gates/members.ts';
import { portOf, portsOf } from '../gates/probe.ts';
import { readersOf } from '../gates/readers.ts';
import type { HeldInstance } from './backups.ts';

export interface BackupsQuestion {
  readonly cluster: Cluster;
  /** Host id of the holder. */
  readonly host: string;
  readonly held: readonly HeldInstance[];
  readonly views: readonly MemberView[];
  readonly sessions: ReadonlyMap<string, Session>;
  readonly signal: AbortSignal;
}

/** A way between two members that can be tried before the VIP goes it. */
interface Trial {
  readonly taker: string;
  readonly port: number;
  /** Own addresses, on the interface of the VIP. */
  readonly there: string;
  readonly here: string;
}

/**
 * Why the likely takers of a holder's VIPs would be silent there, as clauses; empty where nothing speaks against them.
 * A taker has to listen on the port on which the VIP answers, and where the holder's own address answers the taker on that
 * port, the taker's own has to answer the holder: else a firewall is in the way that no state of keepalived shows. Two
 * round trips, a third before it is believed that a taker does not answer. Says nothing of a service that listens on the
 * VIP alone, and of a cluster without one.
 */
export async function silentBackups(question: BackupsQuestion): Promise<readonly string[]> {
  const { cluster, host, held, sessions, signal } = question;
  if (cluster.service === 'none') return [];
  const members = [host, ...held.flatMap(({ backups: [likely] }) => likely?.host ?? [])];
  const readers = readersOf(sessions, signal);
  const listeners = new Map(
    await Promise.all(
      [...new Set(members)].map(async (id) => [id, (await readers.get(id)?.(listenersSubject, 'tcp')) ?? []] as const),
    ),
  );
  const found = held.map((one) => judge(one, listeners, question));
  const trials = found.flatMap((one) => (typeof one === 'object' ? [one] : []));
  const silent = await refuted(trials, question);
  const again = silent.length === 0 ? [] : await refuted(silent, question);
  return [
    ...found.flatMap((one) => (typeof one === 'string' ? [one] : [])),
    ...again.map(
      ({ taker, port }) => `${taker} does not answer ${host} on port ${port}, though ${host} answers ${taker}`,
    ),
  ];
}

/** A clause: it does not listen. A trial: whether it answers has to be tried. undefined: nothing to be said. */
function judge(
  held: HeldInstance,
  listeners: ReadonlyMap<string, readonly ListenerFact[]>,
  question: BackupsQuestion,
): string | Trial | undefined {
  const { host, cluster } = question;
  const { service } = cluster;
  const {
    vips: [vip = ''],
    backups: [likely],
  } = held;
  const taker = likely?.host ?? '';
  const ours = listeners.get(host) ?? [];
  const port = portOf(ours, vip, service);
  if (port === undefined) return undefined;
  const theirs = listeners.get(taker) ?? [];
  if (!portsOf(theirs, vip, service).includes(port)) return `${service} on ${taker} does not listen on port ${port}`;
  const here = ownAddress(host, held, question);
  const there = ownAddress(taker, held, question);
  const open = (seen: readonly ListenerFact[], address: string) => portsOf(seen, address, service).includes(port);
  if (here === undefined || there === undefined || !open(ours, here) || !open(theirs, there)) return undefined;
  return { taker, port, here, there };
}

/** Its address on the instance's interface that is not a VIP, of the VIP's family. */
function ownAddress(
  id: string,
  { instance, vips }: HeldInstance,
  { cluster, views }: BackupsQuestion,
): string | undefined {
  const name = cluster.hosts.find((one) => one.id === id)?.name ?? '';
  const all = views.find((view) => view.host === id)?.addresses ?? [];
  const own = all.filter((one) => one.interface.split('@')[0] === instance.interface[name]);
  const isVip = (address: string) => vipAddresses([instance]).includes(address);
  return own.find(({ address }) => address.includes(':') === vips[0]?.includes(':') && !isVip(address))?.address;
}

/** Of these the ones whose taker hears the holder, and not the other way round. */
async function refuted(
  trials: readonly Trial[],
  { host, sessions, signal }: BackupsQuestion,
): Promise<readonly Trial[]> {
  const readers = readersOf(sessions, signal);
  const verdicts = await Promise.all(
    trials.map(async ({ taker, port, here, there }) => {
      const [back, forth] = await Promise.all([
        readers.get(taker)?.(answerSubject, tcpKey(here, port)),
        readers.get(host)?.(answerSubject, tcpKey(there, port)),
      ]);
      return back?.result === 'open' && (forth?.result === 'refused' || forth?.result === 'silent');
    }),
  );
  return trials.filter((_, index) => verdicts[index]);
}
