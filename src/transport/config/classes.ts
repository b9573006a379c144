import { matchesPattern } from '../host-keys/known-hosts.ts';

/** Keywords whose values ssh -G prints as they are written, or that say nothing of how a host is reached. */
const RAW = new Set(['controlpath', 'knownhostscommand', 'localcommand', 'proxycommand', 'remotecommand']);
const CANONICAL = /^(canonicalize|canonicaldomains|tag$)/;

/**
 * Tells which names get the same answer from ssh -G: a function from a name to its class, by the text of all ssh_config
 * files that are read. undefined where the answer may depend on more than `Host` patterns (Match, tokens, canonical
 * names), so that every name has to be asked for itself. A class is never too wide; it may be narrower than need be.
 */
export function nameClasses(texts: readonly string[]): ((name: string) => string) | undefined {
  const patterns = new Set<string>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, written = '', rest = ''] = /^\s*([^\s=#]+)(?:\s*=\s*|\s+)?(.*?)\s*$/.exec(line) ?? [];
    const keyword = written.toLowerCase().replaceAll('"', '');
    if (keyword === '') continue;
    if (CANONICAL.test(keyword)) return undefined;
    if (keyword === 'match' && !/^(final\s+)?all$/i.test(rest)) return undefined;
    if (rest.includes('%') && !RAW.has(keyword)) return undefined;
    if (keyword !== 'host') continue;
    for (const word of rest.split(/[\s"]+/)) patterns.add(word.replace(/^!/, ''));
  }
  const all = [...patterns];
  const whole = texts.join('\n').toLowerCase();
  return (name) => {
    const lower = name.toLowerCase();
    // A name that is written anywhere may be a jump host, a HostName: it is like no other.
    if (whole.includes(lower)) return `name ${lower}`;
    const kind = /^[0-9.]+$|:/.test(name) ? 'address' : 'name';
    return `${kind} like ${all.map((pattern) => matchesOf(name, lower, pattern)).join('')}`;
  };
}

// Clients differ in whether Host minds the case of letters: names are alike only if they are so either way.
function matchesOf(name: string, lower: string, pattern: string): string {
  const ways = [
    [name, pattern],
    [lower, pattern],
    [lower, pattern.toLowerCase()],
  ] as const;
  return ways.map(([text, by]) => (matchesPattern(text, by) ? '1' : '0')).join('');
}
