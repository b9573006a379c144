import ipaddr from 'ipaddr.js';
import type { Subject } from '../facts/reader/subject.ts';
import {
  inRange,
  isProtocol,
  type Match,
  onInterface,
  opposite,
  type Packet,
  type Passage,
  type PassageChain,
  type PassageRule,
  passageOf,
  toPort,
  yesIf,
} from './passage.ts';

/** One rule of the filter table, as iptables-save prints it. */
export interface Rule {
  readonly chain: string;
  readonly words: readonly string[];
}

/** The filter table; null where the command is not there. An unused table has no rules and accepts. */
export interface IptablesFact {
  readonly policy: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
}

export type IptablesCommand = 'iptables' | 'ip6tables';

/** Live rules of the backend that the host's own command uses (nft or legacy are separate rule sets). */
export const iptablesSubject: Subject<IptablesCommand, IptablesFact | null> = {
  name: 'iptables',
  script: (commands) =>
    commands
      .map(
        (command) =>
          `if command -v ${command}-save >/dev/null; then echo has ${command}; ${command}-save || exit 1; fi`,
      )
      .join('\n'),
  parse: (output, commands) => {
    const parts = new Map(
      output.split(/^has /m).flatMap((part) => {
        const [first = '', ...rest] = part.split('\n');
        return first === 'iptables' || first === 'ip6tables' ? [[first, parseFilter(rest)] as const] : [];
      }),
    );
    return commands.map((command) => parts.get(command) ?? null);
  },
};

/** A comment or log prefix with spaces is in double quotes, and is one word: it may say -j ACCEPT. */
const WORD = /"(?:\\.|[^"\\])*"|\S+/g;

function parseFilter(lines: readonly string[]): IptablesFact {
  const start = lines.indexOf('*filter');
  const table = start < 0 ? [] : lines.slice(start + 1);
  const end = table.indexOf('COMMIT');
  const filter = end < 0 ? table : table.slice(0, end);
  return {
    policy: Object.fromEntries(
      filter.flatMap((line) => {
        const match = /^:(\S+) (\S+)/.exec(line);
        return match?.[1] !== undefined && match[2] !== undefined ? [[match[1], match[2]]] : [];
      }),
    ),
    rules: filter.flatMap((line) => {
      const match = /^-A (\S+) ?(.*)$/.exec(line);
      return match?.[1] === undefined ? [] : [{ chain: match[1], words: (match[2] ?? '').match(WORD) ?? [] }];
    }),
  };
}

/** What the filter table does to a packet. */
export function iptablesPassage(fact: IptablesFact, packet: Packet): Passage {
  const rules = new Map<string, PassageRule[]>(Object.keys(fact.policy).map((name) => [name, []]));
  for (const rule of fact.rules) rules.get(rule.chain)?.push(readRule(rule, packet, fact));
  const chains = [...rules].map(([name, own]): [string, PassageChain] => {
    const policy = fact.policy[name];
    return [name, { rules: own, ...(policy === '-' ? {} : { policy: policy === 'ACCEPT' ? 'accept' : 'drop' }) }];
  });
  return passageOf(new Map(chains), packet.direction === 'in' ? 'INPUT' : 'OUTPUT');
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

const CONDITIONS: Readonly<Record<string, Condition>> = {
  '-p': (value, packet) => (['all', '0'].includes(value) ? 'yes' : isProtocol([value], packet)),
  '--dport': (value, packet) => toPort([value], packet),
  '--dports': (value, packet) => toPort(value.split(','), packet),
  '-i': (value, packet) => (packet.direction === 'in' ? onInterface(value, packet, '+') : 'no'),
  '-o': (value, packet) => (packet.direction === 'out' ? onInterface(value, packet, '+') : 'no'),
  '-s': (value, { source }) => inRange(source, value),
  '-d': (value, { destination }) => inRange(destination, value),
  '--ctstate': isNew,
  '--state': isNew,
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

/** Unicast adverts may pass as ESTABLISHED once both ends have sent: by luck, which is no opening. */
function isNew(states: string, { destination }: Packet): Match {
  return destination === null ? 'maybe' : yesIf(states.split(',').includes('NEW'));
}

function isType(type: string, { destination, direction }: Packet): Match {
  if (destination === null || !ipaddr.isValid(destination)) return 'maybe';
  const multicast = ipaddr.parse(destination).range() === 'multicast';
  if (type === 'MULTICAST') return yesIf(multicast);
  if (type === 'UNICAST') return yesIf(!multicast);
  if (type === 'LOCAL') return yesIf(!multicast && direction === 'in');
  return type === 'BROADCAST' ? 'no' : 'maybe';
}
