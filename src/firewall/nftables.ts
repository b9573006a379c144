import type { Subject } from '../facts/reader/subject.ts';
import { type Backend, type Inspection, refuse } from './backend.ts';
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

/** A chain of an nft table. */
export interface NftChain {
  readonly name: string;
  /** input, output …; null for a chain that is only jumped to. */
  readonly hook: string | null;
  readonly policy: 'accept' | 'drop';
  /** As `nft list ruleset` prints them. */
  readonly rules: readonly string[];
}

export interface NftTable {
  /** ip, ip6, inet … */
  readonly family: string;
  readonly name: string;
  readonly chains: readonly NftChain[];
  /** Verdict maps that rules name, as lines. */
  readonly maps?: readonly string[];
}

export type NftSubject = Subject<'tables', readonly NftTable[] | null>;

/** Native nft tables, those aside that others keep and judge; null where there is no nft. Key: always `tables`. */
export function nftSubject(others: readonly RegExp[]): NftSubject {
  // keepalived has a table of its own for its VIPs.
  const foreign = [/^\w+ keepalived$/, ...others];
  return {
    name: 'nft tables',
    script: () => 'if command -v nft >/dev/null; then echo nft; nft -s list ruleset 2>/dev/null; fi\n:',
    parse: (output) => {
      const [first, ...lines] = output.split('\n');
      if (first !== 'nft') return [null];
      const starts = lines.flatMap((line, at) => (line.startsWith('table ') ? [at] : []));
      const tables = starts.flatMap((start, index) => parseTable(lines.slice(start, starts[index + 1])));
      return [tables.filter(({ family, name }) => !foreign.some((one) => one.test(`${family} ${name}`)))];
    },
  };
}

function parseTable(lines: readonly string[]): NftTable[] {
  const [, family, name] = /^table (\w+) (\S+) \{/.exec(lines[0] ?? '') ?? [];
  if (family === undefined || name === undefined) return [];
  const blocks = blocksOf(lines.slice(1).map((line) => line.trim()));
  const chains = blocks.flatMap(([head, ...body]): NftChain[] => {
    const chain = /^chain (\S+) \{$/.exec(head)?.[1];
    if (chain === undefined) return [];
    const type = body.find((line) => line.startsWith('type '));
    const [, hook, rest = ''] = /^type \w+ hook (\w+)(.*)$/.exec(type ?? '') ?? [];
    const rules = hook === undefined ? body : body.filter((line) => line !== type);
    return [{ name: chain, hook: hook ?? null, policy: /policy drop/.test(rest) ? 'drop' : 'accept', rules }];
  });
  const maps = blocks.flatMap(([head, ...body]) => (head.startsWith('map ') ? body : []));
  return [{ family, name, chains, ...(maps.length === 0 ? {} : { maps }) }];
}

/** The parts of a table, each a line that opens it and the lines in it. */
function blocksOf(lines: readonly string[]): readonly (readonly [string, ...string[]])[] {
  return lines.flatMap((line, at) => {
    if (!/^(?:chain|map) \S+ \{$/.test(line)) return [];
    const end = lines.indexOf('}', at);
    return [[line, ...lines.slice(at + 1, end < 0 ? undefined : end).filter((one) => one !== '')] as const];
  });
}

/**
 * nft's own rules. `auto` stops at tables of which any may drop VRRP, whatever they accept before that: haprov reads
 * them, and does not write them.
 */
export function nftables(subject: NftSubject): Backend {
  return {
    filters: async (ask) => (await ask(subject, 'tables'))?.some(mayDrop) === true,
    open: async () =>
      refuse('nftables', 'Put "meta l4proto 112 accept" before the first drop of the input and output chains.'),
    inspect: async (_, ask) => inspectNft(await ask(subject, 'tables')),
  };
}

/** What native tables make of VRRP. */
export function inspectNft(tables: readonly NftTable[] | null): Inspection {
  const hooked = (tables ?? []).some(({ chains }) => chains.some(({ hook }) => hook === 'input'));
  return {
    ...(hooked ? { inForce: 'nftables' } : {}),
    block(packet) {
      const passage = nftPassage(tables ?? [], packet);
      if (passage.verdict === 'accept') return undefined;
      const fix = 'put "meta l4proto 112 accept" before the first drop of the input and output chains';
      return { ...passage, layer: 'nftables', fix };
    },
  };
}

/** A rule for another protocol, said in plain words: it cannot catch VRRP. */
const OTHER_PROTOCOL = /^(?:meta l4proto |ip protocol |ip6 nexthdr )?(?:tcp|udp|icmp|icmpv6|ipv6-icmp|sctp|igmp)\b/;
/** A rule for who is in a set, as intrusion blockers keep them: no member of a cluster, or else nothing reaches it at all. */
const BLOCKLIST = /^ip6? saddr @/;

/**
 * Whether a table may drop what a host itself receives or sends, VRRP among it: a drop or reject, or a policy of drop,
 * in a chain that is hooked there or jumped to from one.
 */
export function mayDrop({ chains, maps = [] }: NftTable): boolean {
  // A verdict map drops, or names its chains, where no rule shows it.
  if (chains.some(({ rules }) => rules.some((rule) => /\bvmap\b/.test(rule)))) {
    return [...maps, ...chains.flatMap(({ rules }) => rules)].some(isDrop) || chains.some(hasDropPolicy);
  }
  const seen = new Set<string>();
  const drops = (chain: NftChain): boolean => {
    if (seen.has(chain.name)) return false;
    seen.add(chain.name);
    const rules = chain.rules.filter((rule) => !OTHER_PROTOCOL.test(rule) && !BLOCKLIST.test(rule));
    const next = new Set(rules.map((rule) => /\b(?:jump|goto) (\S+)/.exec(rule)?.[1]));
    return hasDropPolicy(chain) || rules.some(isDrop) || chains.some((one) => next.has(one.name) && drops(one));
  };
  return chains.some((chain) => chain.hook !== null && chain.hook !== 'forward' && drops(chain));
}

function hasDropPolicy({ policy }: NftChain): boolean {
  return policy === 'drop';
}

function isDrop(rule: string): boolean {
  return /\b(?:drop|reject)\b/.test(rule);
}

/** What native nft tables do to a packet: it has to pass every chain of its hook. */
export function nftPassage(tables: readonly NftTable[], packet: Packet): Passage {
  const six = isSix(packet);
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
    const one = relation === '!= ' ? opposite(found) : found;
    if (one === 'no') return 'no';
    if (one === 'maybe') result = 'maybe';
    rest = rest.slice(whole.length).trim();
  }
  return result;
}

function judge(what: string, values: readonly string[], packet: Packet): Match {
  const six = isSix(packet);
  const anyOf = (condition: (value: string) => Match): Match => {
    const all = values.map(condition);
    return all.includes('yes') ? 'yes' : all.includes('maybe') ? 'maybe' : 'no';
  };
  const vrrp = (): Match => isProtocol(values, packet);
  switch (what) {
    case 'meta l4proto':
      return vrrp();
    case 'ip protocol':
      return six ? 'no' : vrrp();
    case 'ip6 nexthdr':
      return six ? vrrp() : 'no';
    case 'meta nfproto':
      return anyOf((value) => yesIf(value === (six ? 'ipv6' : 'ipv4')));
    case 'iifname':
    case 'iif':
      return packet.direction === 'in' ? anyOf((value) => onInterface(value, packet, '*')) : 'no';
    case 'oifname':
    case 'oif':
      return packet.direction === 'out' ? anyOf((value) => onInterface(value, packet, '*')) : 'no';
    case 'ip saddr':
    case 'ip6 saddr':
      return what.startsWith('ip6') === six ? anyOf((value) => inRange(packet.source, value)) : 'no';
    case 'ip daddr':
    case 'ip6 daddr':
      return what.startsWith('ip6') === six ? anyOf((value) => inRange(packet.destination, value)) : 'no';
    case 'ct state':
      // What passes as established passes by luck.
      return anyOf((value) => yesIf(value === 'new' || value === 'untracked'));
    case 'tcp dport':
    case 'udp dport':
      return what.startsWith(packet.port?.protocol ?? 'none') ? toPort(values, packet) : 'no';
    default:
      return what.split(' ')[0] === packet.port?.protocol ? 'maybe' : 'no';
  }
}

function isSix({ destination }: Packet): boolean {
  return destination?.includes(':') === true;
}
