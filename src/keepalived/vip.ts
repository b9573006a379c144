import { INTERFACE, ipFamily, isInclude, LABEL } from './names.ts';

/** An address that a VRRP instance adds and removes. */
export interface VirtualAddress {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
  /** Interface label such as eth0:1; at most 15 characters, IPv4 only. */
  readonly label?: string;
}

/** A VIP as keepalived writes it: `ADDRESS[/PREFIX] [dev INTERFACE] [label LABEL]`. */
export interface WrittenVip extends VirtualAddress {
  readonly dev?: string;
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
  const options = parseOptions(words);
  if (typeof options === 'string') return { reason: options };
  if (options.label !== undefined && family === 6)
    return { reason: 'must have no label: IPv6 addresses cannot carry one' };
  return { vip: { address, prefix, family, prefixGiven: prefixText !== undefined, ...options } };
}

function parseOptions(words: readonly string[]): { dev?: string; label?: string } | string {
  const options: { dev?: string; label?: string } = {};
  for (let index = 0; index < words.length; index += 2) {
    const value = words[index + 1] ?? '';
    if (words[index] === 'dev') {
      if (!INTERFACE.test(value)) return 'must have an interface name after dev';
      options.dev = value;
    } else if (words[index] === 'label') {
      if (value.length > 15)
        return 'must have a label of at most 15 characters (keepalived removes the VIP when it is longer)';
      if (!LABEL.test(value) || isInclude(value)) return 'must have a label such as eth0:1 after label';
      options.label = value;
    } else {
      return 'must be ADDRESS/PREFIX, with `dev INTERFACE` and `label LABEL` at most';
    }
  }
  return options;
}
