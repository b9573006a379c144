import { addressSubject, holds } from '../../facts/network/address.ts';
import { type ListenerFact, listenersSubject } from '../../facts/network/listeners.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { VipOutcome } from '../events.ts';
import { vipsOf } from './holders.ts';
import { connectFromHere } from './local-connect.ts';
import { type LocalConnect, type ProbeFrom, portOf, urlsOf, type VipProbe } from './probe.ts';
import { probeVips } from './probe-from.ts';
import { readerOf } from './readers.ts';

/** How a VIP was before the first batch. */
export interface VipBaseline {
  readonly vip: string;
  /** Host ids; empty where nobody was seen to hold it. */
  readonly holders: readonly string[];
  /** What answered, and from where it was asked; undefined where the VIP did not answer. */
  readonly answer: { readonly probe: VipProbe; readonly from: ProbeFrom; readonly asker: string } | undefined;
}

/** A cluster before its first batch: what is demanded of it afterwards. */
export interface Baseline {
  readonly vips: readonly VipBaseline[];
  /** What each member listened on, by host id. */
  readonly listeners: ReadonlyMap<string, readonly ListenerFact[]>;
}

/**
 * Sees who holds each VIP of a cluster and how it answers, in two round trips a member, three where no other member
 * reaches it.
 */
export async function getBaseline(
  cluster: Cluster,
  sessions: ReadonlyMap<string, Session>,
  signal: AbortSignal,
  local: LocalConnect = connectFromHere,
): Promise<Baseline> {
  const members = new Map(
    await Promise.all(
      cluster.hosts.flatMap(({ id }) => {
        const session = sessions.get(id);
        return session === undefined ? [] : [seeMember(id, session, signal)];
      }),
    ),
  );
  const vips = vipsOf(cluster, (id) => {
    const addresses = members.get(id)?.addresses;
    return addresses && vipAddresses(cluster.vrrp_instances).filter((vip) => holds(addresses, vip));
  });
  const listeners = new Map([...members].map(([id, seen]) => [id, seen.listeners]));
  const questions = vips.map((vip) => ({
    vip,
    probes: isSomewhere(vip) ? probesOf(cluster, vip, listeners) : [],
    from: ['member', 'holder', 'here'] as const,
  }));
  const answers = await probeVips(questions, { cluster, sessions, signal, local });
  return {
    vips: vips.map(({ vip, holders }, index) => {
      const { ok, probe, probedFrom, asker } = answers[index] ?? {};
      const answer = ok && probe && probedFrom && asker ? { probe, from: probedFrom, asker } : undefined;
      return { vip, holders, answer };
    }),
    listeners,
  };
}

/** A VIP that nobody was seen to hold may be with a member that could not be asked. */
function isSomewhere({ holders, unseen }: VipOutcome): boolean {
  return holders.length > 0 || unseen.length > 0;
}

async function seeMember(id: string, session: Session, signal: AbortSignal) {
  const ask = readerOf(session, signal);
  const [addresses, listeners] = await Promise.all([ask(addressSubject, 'addresses'), ask(listenersSubject, 'tcp')]);
  return [id, { addresses, listeners }] as const;
}

/** How a VIP can be asked: the user's own URL, and the port that its holder has open; of any member where nobody is seen to hold it. */
export function probesOf(
  cluster: Cluster,
  { vip, instance, holders }: VipOutcome,
  listeners: ReadonlyMap<string, readonly ListenerFact[]>,
): readonly VipProbe[] {
  const from = holders.length > 0 ? holders : [...listeners.keys()];
  const known = from.flatMap((host) => listeners.get(host) ?? []);
  const port = portOf(known, vip, cluster.service);
  return [...urlProbes(cluster, instance), ...(port === undefined ? [] : [{ kind: 'tcp', port } as const])];
}

/** The requests of the user's own checks of an instance. */
export function urlProbes(cluster: Cluster, name: Instance['name']): readonly VipProbe[] {
  const instance = cluster.vrrp_instances.find((one) => one.name === name);
  return urlsOf(instance?.track_script ?? []).map((url) => ({ kind: 'url', url }));
}
