/** Tables that iptables-nft keeps (its own names in families ip and ip6), firewalld's, and keepalived's own for its VIPs. */
const FOREIGN = /^table (?:ip6? (?:filter|nat|mangle|raw|security)|inet firewalld|\w+ keepalived) \{/;

/** Hooks that no packet from or to the host itself passes. */
const PASSING = /\bhook forward\b/;

/** A rule for another protocol, said in plain words: it cannot catch VRRP. */
const OTHER_PROTOCOL = /^(?:meta l4proto |ip protocol |ip6 nexthdr )?(?:tcp|udp|icmp|icmpv6|ipv6-icmp|sctp|igmp)\b/;

interface Chain {
  readonly name: string;
  readonly lines: readonly string[];
}

/**
 * Whether `nft list ruleset` has rules of neither iptables nor firewalld that may drop what a host itself receives or
 * sends, VRRP among it: a drop or reject, or a policy of drop, in a chain that is hooked there or jumped to from one.
 */
export function dropsNatively(lines: readonly string[]): boolean {
  return nativeTables(lines).some((table) => {
    const chains = chainsOf(table);
    const seen = new Set<string>();
    const mayDrop = (chain: Chain): boolean => {
      if (seen.has(chain.name)) return false;
      seen.add(chain.name);
      const rules = chain.lines.filter((line) => !OTHER_PROTOCOL.test(line));
      if (rules.some(isDrop)) return true;
      const next = chains.filter(({ name }) => rules.some((line) => line.match(/\b(?:jump|goto) (\S+)/)?.[1] === name));
      return next.some(mayDrop);
    };
    const hooked = chains.filter((chain) => chain.lines.some((line) => / hook /.test(line) && !PASSING.test(line)));
    // A verdict map drops, or names its chains, where no rule shows it.
    if (table.some((line) => /\bvmap\b/.test(line))) return table.some(isDrop);
    return hooked.some(mayDrop);
  });
}

function isDrop(line: string): boolean {
  return /\b(?:drop|reject)\b/.test(line);
}

function nativeTables(lines: readonly string[]): readonly (readonly string[])[] {
  const starts = lines.flatMap((line, at) => (line.startsWith('table ') ? [at] : []));
  return starts
    .map((start, index) => lines.slice(start, starts[index + 1]))
    .filter(([first = '']) => !FOREIGN.test(first))
    .map((table) => table.map((line) => line.trim()));
}

function chainsOf(table: readonly string[]): readonly Chain[] {
  return table.flatMap((line, at) => {
    const name = /^chain (\S+) \{$/.exec(line)?.[1];
    if (name === undefined) return [];
    const end = table.indexOf('}', at);
    return [{ name, lines: table.slice(at + 1, end < 0 ? table.length : end) }];
  });
}
