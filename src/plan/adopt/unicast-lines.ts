import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { EMPTY, type Part } from './model.ts';
import { bodyOf, firstPlace, type Held, troubleAt } from './places.ts';

/** Adverts from host to host: true where the addresses are those that are connected to, else each host's own. */
export function unicastLines(held: readonly Held[], path: readonly string[], hosts: readonly string[]): Part {
  const all = held.map((one) => ({ one, unicast: VRRP_INSTANCE.unicast.kind.read('unicast', bodyOf(one)) }));
  const some = all.filter(({ unicast }) => unicast !== undefined && unicast.peers.length > 0);
  const [first] = some;
  if (first === undefined) return EMPTY;
  const refuse = ({ one }: (typeof all)[number], why: string): Part => ({
    ...EMPTY,
    refused: [
      troubleAt(
        one,
        bodyOf(one).find(({ keyword }) => keyword === 'unicast_peer'),
        why,
      ),
    ],
  });
  const multicast = all.find((one) => !some.includes(one));
  if (multicast !== undefined)
    return refuse(
      multicast,
      `${multicast.one.host.name} sends to multicast, and ${first.one.host.name} to unicast_peer: they do not hear each other`,
    );
  const sources = new Map(all.map(({ one, unicast }) => [one.host.name, sourceOf(one, unicast?.src_ip ?? '')]));
  for (const one of some) {
    const others = [...sources].filter(([name]) => name !== one.one.host.name).map(([, source]) => source ?? '?');
    const stranger = one.unicast?.peers.find((peer) => !others.includes(peer));
    if (stranger !== undefined)
      return refuse(one, `unicast_peer ${stranger} is not one of ${hosts.join(', ')}: name that host to adopt, too`);
    const left = others.find((peer) => one.unicast?.peers.includes(peer) !== true);
    if (left !== undefined) return refuse(one, `unicast_peer lacks ${left}, which another member sends from`);
  }
  const from = firstPlace(held, 'unicast_peer');
  const same = held.every(({ host }) => sources.get(host.name) === host.address);
  const value = same ? true : Object.fromEntries(sources);
  return { ...EMPTY, lines: [{ path: [...path, 'unicast'], value, ...(from === undefined ? {} : { from }) }] };
}

/** What keepalived sends from: what is said, else the first address of the interface. */
function sourceOf(one: Held, said: string): string | undefined {
  if (said !== '') return said;
  const link = bodyOf(one).findLast(({ keyword }) => keyword === 'interface')?.args[0];
  return one.host.addresses.find((address) => address.interface === link)?.address;
}
