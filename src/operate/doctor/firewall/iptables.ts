import ipaddr from 'ipaddr.js';
import type { IptablesFact, Rule } from '../../../facts/network/iptables.ts';
import { type Match, type Packet, type Passage, type PassageChain, type PassageRule, passageOf } from './passage.ts';

/** What the filter table does to a packet of protocol 112. */
export function iptablesPassage(fact: IptablesFact, packet: Packet): Passage {
  const chains = new Map<string, PassageChain>();
  for (const [name, policy] of Object.entries(fact.policy)) {
    const rules = fact.rules.filter((rule) => rule.chain === name).map((rule) => readRule(rule, packet, fact));
    chains.set(name, { rules, ...(policy === '-' ? {} : { policy: policy === 'ACCEPT' ? 'accept' : 'drop' }) });
  }
  return passageOf(chains, packet.direction === 'in' ? 'INPUT' : 'OUTPUT');
}

/** Targets after which the packet goes on to the next rule. */
const GOES_ON = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'MARK',
  'CONNMARK',
  'TRACE',
  'SET',
  'DSCP',
  'TOS',
  'CLASSIFY',
  'AUDIT',
]);

function readRule({ chain, words }: Rule, packet: Packet, fact: IptablesFact): PassageRule {
  const text = `-A ${chain} ${words.join(' ')}`;
  const match = matchOf(words, packet);
  const goto = words.indexOf('-g');
  if (goto >= 0) return { match, action: 'goto', chain: words[goto + 1] ?? '', text };
  const at = words.indexOf('-j');
  const target = at < 0 ? undefined : words[at + 1];
  if (target === undefined || GOES_ON.has(target)) return { match, action: 'none', text };
  if (target === 'ACCEPT') return { match, action: 'accept', text };
  if (target === 'DROP' || target === 'REJECT') return { match, action: 'drop', text };
  if (target === 'RETURN') return { match, action: 'return', text };
  if (fact.policy[target] !== undefined) return { match, action: 'jump', chain: target, text };
  return { match, action: 'unsure', text };
}

type Condition = (value: string, packet: Packet) => Match;

const yesIf = (condition: boolean): Match => (condition ? 'yes' : 'no');

const CONDITIONS: Readonly<Record<string, Condition>> = {
  '-p': (value) => yesIf(['112', 'vrrp', 'all', '0'].includes(value)),
  '-i': (value, packet) => (packet.direction === 'in' ? isInterface(value, packet) : 'no'),
  '-o': (value, packet) => (packet.direction === 'out' ? isInterface(value, packet) : 'no'),
  '-s': (value, { source }) => (source === null ? 'maybe' : inRange(source, value)),
  '-d': (value, { destination }) => inRange(destination, value),
  // Unicast adverts may pass as ESTABLISHED once both ends have sent: by luck, which is no opening.
  '--ctstate': (value) => yesIf(value.split(',').includes('NEW')),
  '--state': (value) => yesIf(value.split(',').includes('NEW')),
  '--dst-type': (value, packet) => isType(value, packet),
  '--pkt-type': (value, packet) => isType(value.toUpperCase(), packet),
  '--comment': () => 'yes',
};

/** Options whose value says nothing about the packet. */
const AFTER_TARGET = new Set(['-j', '-g']);

function matchOf(words: readonly string[], packet: Packet): Match {
  let result: Match = 'yes';
  let not = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '!') {
      not = true;
      continue;
    }
    if (AFTER_TARGET.has(word)) break;
    if (word === '-m') {
      at += 1;
      continue;
    }
    const condition = CONDITIONS[word];
    if (word.startsWith('-')) {
      const found: Match = condition === undefined ? 'maybe' : condition(words[at + 1] ?? '', packet);
      const one = not ? opposite(found) : found;
      if (one === 'no') return 'no';
      if (one === 'maybe') result = 'maybe';
    }
    not = false;
  }
  return result;
}

function opposite(match: Match): Match {
  return match === 'maybe' ? 'maybe' : yesIf(match === 'no');
}

function isInterface(value: string, packet: Packet): Match {
  return yesIf(value.endsWith('+') ? packet.interface.startsWith(value.slice(0, -1)) : value === packet.interface);
}

function inRange(address: string, range: string): Match {
  const [base = '', bits] = range.split('/');
  if (!ipaddr.isValid(base) || !ipaddr.isValid(address)) return 'maybe';
  const [one, other] = [ipaddr.parse(address), ipaddr.parse(base)];
  if (one.kind() !== other.kind()) return 'no';
  const length = bits === undefined ? (other.kind() === 'ipv6' ? 128 : 32) : Number(bits);
  // A mask in dotted form.
  if (!Number.isInteger(length)) return 'maybe';
  return yesIf(one.match(other, length));
}

function isType(type: string, { destination }: Packet): Match {
  const multicast = ipaddr.isValid(destination) && ipaddr.parse(destination).range() === 'multicast';
  if (type === 'MULTICAST') return yesIf(multicast);
  if (type === 'BROADCAST') return 'no';
  if (type === 'UNICAST' || type === 'LOCAL') return multicast ? 'no' : 'maybe';
  return 'maybe';
}
