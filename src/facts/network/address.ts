import ipaddr from 'ipaddr.js';
import type { Subject } from '../reader/subject.ts';

/** An address that an interface has. */
export interface AddressFact {
  readonly interface: string;
  /** Normalised. */
  readonly address: string;
  readonly prefix: number;
}

/** All addresses of a host, by `ip -o addr`; the ground truth of who holds a VIP. Key: always `addresses`. */
export const addressSubject: Subject<'addresses', readonly AddressFact[]> = {
  name: 'addresses',
  script: () => 'ip -o addr show',
  parse: (output) => [
    output.split('\n').flatMap((line) => {
      const match = /^\d+:\s+(\S+)\s+inet6?\s+([0-9a-f.:]+)(?:\/(\d+))?\s/i.exec(line);
      const [, name, address, prefix] = match ?? [];
      if (name === undefined || address === undefined) return [];
      const full = address.includes(':') ? 128 : 32;
      return [{ interface: name, address: normal(address), prefix: prefix === undefined ? full : Number(prefix) }];
    }),
  ],
};

/** Whether these addresses hold the VIP; compared as addresses, not as text. */
export function holds(addresses: readonly AddressFact[], vip: string): boolean {
  const wanted = normal(vip);
  return addresses.some(({ address }) => address === wanted);
}

function normal(address: string): string {
  return ipaddr.parse(address).toString();
}
