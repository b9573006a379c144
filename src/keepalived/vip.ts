import { INTERFACE, ipFamily, isInclude, LABEL } from './names.ts';

/** An address that a VRRP instance adds and removes. */
export interface VirtualAddress {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
  /** The interface that it is on. Default: the instance's; a map names it for each host. */
  readonly dev?: string | Readonly<Record<string, string>>;
  /** Interface label such as eth0:1; at most 15 characters, IPv4 only. */
  readonly label?: string;
  /** Further words of keepalived's, as they stand: `scope global noprefixroute`. */
  readonly options?: readonly string[];
}

/** A VIP as keepalived writes it: `ADDRESS[/PREFIX] [dev INTERFACE] [label LABEL] …`. */
export interface WrittenVip extends VirtualAddress {
  /** Whether a prefix was written; without one keepalived takes /32 or /128. */
  readonly prefixGiven: boolean;
}

/** A VIP, or what it must be instead. */
export type ParsedVip = { readonly vip: WrittenVip } | { readonly reason: string };

export function parseVip(text: string): ParsedVip {
  const [first = '', ...words] = text.trim().split(/ +/);
  const [address = '', prefixText, ...rest] = first.split('/');
  const family = ipFamily(address);
  if (family === undefined || rest.length > 0)
    return { reason: 'must be an IP address with its prefix, as 192.168.1.100/24' };
  const widest = family === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? widest : Number(prefixText);
  if (prefixText !== undefined && (!/^\d{1,3}$/.test(prefixText) || prefix < 1 || prefix > widest)) {
    return { reason: `must have a prefix from 1 to ${widest} after the /` };
  }
  const options = parseOptions(words, family);
  if (typeof options === 'string') return { reason: options };
  const said = options.options ?? [];
  if (said.includes('peer') && prefix !== widest) return { reason: 'must have no prefix where a peer is named' };
  if ((said.includes('brd') || said.includes('broadcast')) && (said.includes('peer') || prefix > 30))
    return { reason: 'must have no broadcast address beside a peer or a prefix above 30: there is none' };
  return { vip: { address, prefix, family, prefixGiven: prefixText !== undefined, ...options } };
}

type Options = Pick<VirtualAddress, 'label' | 'options'> & { readonly dev?: string };

/** A word of keepalived's after an address: what must follow it, and for which family it is. */
interface Word {
  readonly needs?: { readonly what: string; readonly is: (value: string) => boolean };
  readonly family?: 4 | 6;
}

const SCOPES = /^(global|site|link|host|nowhere|\d{1,2}|1\d\d|2[0-4]\d|25[0-5])$/;
const isLifetime = (text: string): boolean =>
  text === 'forever' || (/^\d{1,10}$/.test(text) && Number(text) <= 4_294_967_295);
const isBroadcast = (text: string): boolean => text === '+' || text === '-' || ipFamily(text) === 4;

/** keepalived.conf(5), virtual_ipaddress; vrrp_ipaddress.c. */
const WORDS: Readonly<Record<string, Word>> = {
  scope: { needs: { what: 'a scope such as global or link', is: (text) => SCOPES.test(text) }, family: 4 },
  brd: { needs: { what: 'an IPv4 address, + or -', is: isBroadcast }, family: 4 },
  broadcast: { needs: { what: 'an IPv4 address, + or -', is: isBroadcast }, family: 4 },
  peer: { needs: { what: 'an address without a prefix', is: (text) => ipFamily(text) !== undefined } },
  preferred_lft: { needs: { what: 'seconds, or forever', is: isLifetime } },
  home: { family: 6 },
  '-nodad': { family: 6 },
  mngtmpaddr: { family: 6 },
  noprefixroute: {},
  autojoin: {},
  no_track: {},
  use_vmac: {},
};

export const VIP_WORDS: readonly string[] = ['dev', 'label', ...Object.keys(WORDS)];

function parseOptions(words: readonly string[], family: 4 | 6): Options | string {
  let dev: string | undefined;
  let label: string | undefined;
  const options: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if ([...options, dev === undefined ? '' : 'dev', label === undefined ? '' : 'label'].includes(word))
      return `must have ${word} once`;
    if (word === 'dev') {
      index += 1;
      dev = words[index] ?? '';
      if (!INTERFACE.test(dev) || isInclude(dev)) return `must have an interface name after dev${labelHint(dev)}`;
      continue;
    }
    if (word === 'label') {
      index += 1;
      label = words[index] ?? '';
      if (family === 6) return 'must have no label: IPv6 addresses cannot carry one';
      if (label.length > 15)
        return 'must have a label of at most 15 characters (keepalived removes the VIP when it is longer)';
      if (!LABEL.test(label) || isInclude(label)) return 'must have a label such as eth0:1 after label';
      continue;
    }
    const known = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (known === undefined)
      return `must be ADDRESS/PREFIX with keepalived’s own words after it: ${VIP_WORDS.join(', ')}`;
    if (known.family !== undefined && known.family !== family)
      return `must have no ${word}: that is for IPv${known.family}`;
    options.push(word);
    if (known.needs === undefined) continue;
    index += 1;
    const value = words[index] ?? '';
    if (!known.needs.is(value)) return `must have ${known.needs.what} after ${word}`;
    options.push(value);
  }
  return {
    ...(dev === undefined ? {} : { dev }),
    ...(label === undefined ? {} : { label }),
    ...(options.length === 0 ? {} : { options }),
  };
}

function labelHint(text: string): string {
  return /^[A-Za-z0-9_.-]+:\w+$/.test(text)
    ? ` (${text} is a label, not an interface: write dev ${text.split(':')[0]} label ${text})`
    : '';
}
