import { z } from 'zod';

/** A port, or a range of them, that clients use. */
export interface Port {
  readonly protocol: 'tcp' | 'udp';
  readonly first: number;
  /** Equal to `first` for one port. */
  readonly last: number;
}

const FORM = 'must be a port such as 80, 80/tcp, 53/udp or 8000-8010/tcp';

/** A port of the inventory: 80 and 80/tcp mean the same. */
export const portForm = z.union(
  [
    z.number({ error: FORM }).int(FORM).min(1, FORM).max(65_535, FORM),
    z.string({ error: FORM }).refine((text) => parsePort(text) !== undefined, FORM),
  ],
  { error: FORM },
);

/** Reads "80", "80/tcp", "53/udp", "8000-8010/tcp"; undefined for anything else. */
export function parsePort(text: string): Port | undefined {
  const [, from, to, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
  if (from === undefined) return undefined;
  const [first, last] = [Number(from), Number(to ?? from)];
  const valid = first >= 1 && last <= 65_535 && first <= last;
  return valid ? { protocol: protocol === 'udp' ? 'udp' : 'tcp', first, last } : undefined;
}

/** "80/tcp", "8000-8010/tcp". */
export function portText({ protocol, first, last }: Port): string {
  return `${first === last ? first : `${first}-${last}`}/${protocol}`;
}
