import ipaddr from 'ipaddr.js';
import type { NftTable } from '../../../facts/network/nftables.ts';
import { type Match, type Packet, type Passage, type PassageChain, type PassageRule, passageOf } from './passage.ts';

/** What native nft tables do to a packet of protocol 112: it has to pass every chain of its hook. */
export function nftPassage(tables: readonly NftTable[], packet: Packet): Passage {
  const six = packet.destination.includes(':');
  const passages = tables
    .filter(({ family }) => family === 'inet' || family === (six ? 'ip6' : 'ip'))
    .flatMap((table) => {
      const chains = new Map<string, PassageChain>(
        table.chains.map(({ name, hook, policy, rules }) => [
          name,
          { rules: rules.map((rule) => readRule(rule, packet)), ...(hook === null ? {} : { policy }) },
        ]),
      );
      return table.chains
        .filter(({ hook }) => hook === (packet.direction === 'in' ? 'input' : 'output'))
        .map(({ name }) => within(table, passageOf(chains, name)));
    });
  return (
    passages.find(({ verdict }) => verdict === 'drop') ??
    passages.find(({ verdict }) => verdict === 'unsure') ??
    passages[0] ?? { verdict: 'accept', by: 'no rule' }
  );
}

function within({ family, name }: NftTable, { verdict, by }: Passage): Passage {
  return { verdict, by: `table ${family} ${name}: ${by}` };
}

function readRule(text: string, packet: Packet): PassageRule {
  // What a rule does besides deciding.
  let rest = ` ${text} `
    .replace(/ comment "[^"]*"/g, '')
    .replace(/ counter(?: packets \d+ bytes \d+)?(?= )/g, '')
    .replace(/ log(?: (?:prefix "[^"]*"|level \w+|flags \w+|group \d+))*(?= )/g, '');
  if (/ vmap /.test(rest))
    return { match: matchOf(rest.replace(/\S+(?: \S+)? vmap .*$/, ''), packet), action: 'unsure', text };
  const [, verb, chain] = / (accept|drop|reject|return|queue|jump|goto)(?: (\S+))?.*$/.exec(rest) ?? [];
  rest = rest.replace(/ (?:accept|drop|reject|return|queue|jump|goto) .*$/, ' ');
  const match = matchOf(rest, packet);
  if (verb === undefined) return { match, action: 'none', text };
  if (verb === 'reject') return { match, action: 'drop', text };
  if (verb === 'queue') return { match, action: 'unsure', text };
  if (verb === 'accept' || verb === 'drop' || verb === 'return') return { match, action: verb, text };
  return { match, action: verb === 'jump' ? 'jump' : 'goto', chain: chain ?? '', text };
}

/** A condition: what it asks, whether the answer is turned round, and the values, of a set or alone. */
const CONDITION =
  /^ ?(meta l4proto|ip protocol|ip6 nexthdr|meta nfproto|iifname|oifname|iif|oif|ip saddr|ip6 saddr|ip daddr|ip6 daddr|ct state|(?:tcp|udp|icmp|icmpv6|sctp|igmp)(?: \w+)?) (!= |== )?(\{[^}]*\}|"[^"]*"|\S+)/;

function matchOf(conditions: string, packet: Packet): Match {
  let rest = conditions.replace(/\s+/g, ' ').trim();
  let result: Match = 'yes';
  while (rest !== '') {
    const [whole, what = '', relation = '', list = ''] = CONDITION.exec(rest) ?? [];
    // A condition that is not understood may or may not hold, and so may what follows it.
    if (whole === undefined) return 'maybe';
    const values = list
      .replace(/[{}"]/g, '')
      .split(',')
      .map((value) => value.trim());
    const found = judge(what, values, packet);
    const one = relation === '!= ' && found !== 'maybe' ? (found === 'yes' ? 'no' : 'yes') : found;
    if (one === 'no') return 'no';
    if (one === 'maybe') result = 'maybe';
    rest = rest.slice(whole.length).trim();
  }
  return result;
}

function judge(what: string, values: readonly string[], packet: Packet): Match {
  const six = packet.destination.includes(':');
  const anyOf = (condition: (value: string) => Match): Match => {
    const all = values.map(condition);
    return all.includes('yes') ? 'yes' : all.includes('maybe') ? 'maybe' : 'no';
  };
  const is = (condition: boolean): Match => (condition ? 'yes' : 'no');
  const vrrp = (): Match => anyOf((value) => is(value === 'vrrp' || value === '112'));
  switch (what) {
    case 'meta l4proto':
      return vrrp();
    case 'ip protocol':
      return six ? 'no' : vrrp();
    case 'ip6 nexthdr':
      return six ? vrrp() : 'no';
    case 'meta nfproto':
      return anyOf((value) => is(value === (six ? 'ipv6' : 'ipv4')));
    case 'iifname':
    case 'iif':
      return packet.direction === 'in' ? anyOf((value) => named(value, packet)) : 'no';
    case 'oifname':
    case 'oif':
      return packet.direction === 'out' ? anyOf((value) => named(value, packet)) : 'no';
    case 'ip saddr':
    case 'ip6 saddr':
      return what.startsWith('ip6') === six ? anyOf((value) => inRange(packet.source, value)) : 'no';
    case 'ip daddr':
    case 'ip6 daddr':
      return what.startsWith('ip6') === six ? anyOf((value) => inRange(packet.destination, value)) : 'no';
    case 'ct state':
      // As with iptables: what passes as established passes by luck.
      return anyOf((value) => is(value === 'new' || value === 'untracked'));
    default:
      return 'no';
  }
}

function named(value: string, packet: Packet): Match {
  const found = value.endsWith('*') ? packet.interface.startsWith(value.slice(0, -1)) : value === packet.interface;
  return found ? 'yes' : 'no';
}

function inRange(address: string | null, range: string): Match {
  const [base = '', bits] = range.split('/');
  if (address === null || !ipaddr.isValid(base)) return 'maybe';
  const [one, other] = [ipaddr.parse(address), ipaddr.parse(base)];
  if (one.kind() !== other.kind()) return 'no';
  return one.match(other, bits === undefined ? (other.kind() === 'ipv6' ? 128 : 32) : Number(bits)) ? 'yes' : 'no';
}
