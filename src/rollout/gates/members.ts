import { type VrrpState, vrrpStateSubject } from '../../facts/keepalived/vrrp-state.ts';
import { type AddressFact, addressSubject } from '../../facts/network/address.ts';
import { FactError } from '../../facts/reader/reader.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import { type UnitFact, unitSubject } from '../../facts/system/unit.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import { byInventory } from './former-names.ts';
import { readerOf } from './readers.ts';

/** keepalived and the cluster's service as they are on a host at this moment. */
export interface Daemons {
  readonly keepalived: UnitFact;
  /** undefined for a cluster without one. */
  readonly service: UnitFact | undefined;
  /** Further services of the cluster, by their units. */
  readonly others?: ReadonlyMap<string, UnitFact>;
  /** null: it does not run. A text: why it could not be read this time. */
  readonly vrrp: VrrpState | null | string;
}

/** A member of a cluster, asked once. */
export interface MemberView {
  /** Host id. */
  readonly host: string;
  readonly addresses: readonly AddressFact[];
  /** undefined where it was not asked for. */
  readonly daemons: Daemons | undefined;
  /** As in Daemons, of a member that was asked for it; undefined where it was not. */
  readonly vrrp?: Daemons['vrrp'];
}

/** What is asked of a member beside its addresses: keepalived's state, or that and all other daemons. */
export type Asked = 'addresses' | 'vrrp' | 'daemons';

/** Asks a member in one round trip. */
export async function askMember(
  session: Pick<Session, 'host' | 'run'>,
  cluster: Cluster,
  asked: Asked,
  signal: AbortSignal,
): Promise<MemberView> {
  const ask = readerOf(session, signal);
  const [addresses, daemons, vrrp] = await Promise.all([
    ask(addressSubject, 'addresses'),
    asked === 'daemons' ? askDaemons(ask, cluster) : undefined,
    asked === 'addresses' ? undefined : askVrrp(ask, cluster),
  ]);
  return { host: session.host.id, addresses, daemons, ...(vrrp === undefined ? {} : { vrrp }) };
}

/**
 * keepalived's state, its instances by the names of the inventory. In mid-start it may be slow to answer: then this is why,
 * and it is asked again.
 */
async function askVrrp(ask: Ask, { vrrp_instances }: Cluster): Promise<Daemons['vrrp']> {
  try {
    const state = await ask(vrrpStateSubject, 'vrrp');
    return state === null ? null : { ...state, instances: byInventory(state.instances, vrrp_instances) };
  } catch (error) {
    if (!(error instanceof FactError)) throw error;
    return error.facts.evidence?.trim() || error.message;
  }
}

async function askDaemons(ask: Ask, cluster: Cluster): Promise<Daemons> {
  const units = cluster.services.flatMap(({ unit }) => unit ?? []).filter((unit) => unit !== cluster.service);
  const [keepalived, service, others, vrrp] = await Promise.all([
    ask(unitSubject, 'keepalived'),
    cluster.service === 'none' ? undefined : ask(unitSubject, cluster.service),
    Promise.all(units.map(async (unit) => [unit, await ask(unitSubject, unit)] as const)),
    askVrrp(ask, cluster),
  ]);
  return { keepalived, service, ...(others.length === 0 ? {} : { others: new Map(others) }), vrrp };
}

/** Asks all members that there is a session to, side by side: those in `whole` for their daemons, the others for `rest`. */
export function askMembers(
  cluster: Cluster,
  sessions: ReadonlyMap<string, Session>,
  whole: readonly string[],
  signal: AbortSignal,
  rest: Asked = 'addresses',
): Promise<readonly MemberView[]> {
  return Promise.all(
    cluster.hosts.flatMap(({ id }) => {
      const session = sessions.get(id);
      return session === undefined ? [] : [askMember(session, cluster, whole.includes(id) ? 'daemons' : rest, signal)];
    }),
  );
}
