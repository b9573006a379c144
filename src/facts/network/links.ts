import type { Subject } from '../reader/subject.ts';

/** A network interface. */
export interface LinkFact {
  readonly name: string;
  /** Lower case; empty where it has none. */
  readonly mac: string;
  readonly up: boolean;
}

export interface LinksFact {
  readonly links: readonly LinkFact[];
  /** IPv6 addresses of this host that somebody else answered for when they were added. */
  readonly duplicates: readonly string[];
}

/** Interfaces by `ip -o link`, and addresses whose duplicate address detection (RFC 4862) failed. Key: always `links`. */
export const linksSubject: Subject<'links', LinksFact> = {
  name: 'interfaces',
  script: () => 'ip -o link show || exit 1\necho --\nip -6 -o addr show dadfailed 2>/dev/null || :',
  parse: (output) => {
    const [links = '', addresses = ''] = output.split('\n--\n');
    return [
      {
        links: links.split('\n').flatMap(parseLink),
        duplicates: [...addresses.matchAll(/\sinet6\s+([0-9a-f:]+)\//g)].map(([, address]) => address ?? ''),
      },
    ];
  },
};

/** `2: eth0@if78: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 … link/ether 02:42:0a:58:57:0b brd …` */
function parseLink(line: string): LinkFact[] {
  const [, name, flags] = /^\d+:\s+([^\s:@]+)(?:@\S+)?:\s+<([^>]*)>/.exec(line) ?? [];
  if (name === undefined || flags === undefined) return [];
  const words = flags.split(',');
  const mac = /\slink\/\w+\s+([0-9a-f:]{17})\s/i.exec(line)?.[1] ?? '';
  return [{ name, mac: mac.toLowerCase(), up: words.includes('UP') && !words.includes('NO-CARRIER') }];
}
