import type { Subject } from '../reader/subject.ts';

/** A chain of a native nft table. */
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
}

/** Tables that iptables-nft keeps, firewalld's, and keepalived's own for its VIPs: others judge those. */
const FOREIGN = /^table (?:ip6? (?:filter|nat|mangle|raw|security)|inet firewalld|\w+ keepalived) \{/;

/** Native nft tables; null where there is no nft. Key: always `tables`. */
export const nftablesSubject: Subject<'tables', readonly NftTable[] | null> = {
  name: 'nft tables',
  script: () => 'if command -v nft >/dev/null; then echo nft; nft -s list ruleset 2>/dev/null; fi\n:',
  parse: (output) => {
    const [first, ...lines] = output.split('\n');
    if (first !== 'nft') return [null];
    const starts = lines.flatMap((line, at) => (line.startsWith('table ') ? [at] : []));
    const tables = starts.map((start, index) => lines.slice(start, starts[index + 1]));
    return [tables.filter(([head = '']) => !FOREIGN.test(head)).flatMap(parseTable)];
  },
};

function parseTable(lines: readonly string[]): NftTable[] {
  const [, family, name] = /^table (\w+) (\S+) \{/.exec(lines[0] ?? '') ?? [];
  if (family === undefined || name === undefined) return [];
  const trimmed = lines.map((line) => line.trim());
  const chains = trimmed.flatMap((line, at): NftChain[] => {
    const chain = /^chain (\S+) \{$/.exec(line)?.[1];
    if (chain === undefined) return [];
    const end = trimmed.indexOf('}', at);
    const body = trimmed.slice(at + 1, end < 0 ? undefined : end).filter((one) => one !== '');
    const [, hook, rest = ''] = /^type \w+ hook (\w+)(.*)$/.exec(body[0] ?? '') ?? [];
    const rules = hook === undefined ? body : body.slice(1);
    return [{ name: chain, hook: hook ?? null, policy: /policy drop/.test(rest) ? 'drop' : 'accept', rules }];
  });
  return [{ family, name, chains }];
}
