import { z } from 'zod';
import { isAddress } from '../keepalived/names.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { CheckKind } from './kind.ts';

/** A TCP connection that is opened and closed again. */
export interface TcpProbe {
  readonly kind: 'tcp';
  readonly address: string;
  readonly port: number;
}

const DEST = `${HOST_PATHS.scripts}/haprov-check-tcp`;
const FORM = 'must be ADDRESS:PORT such as 127.0.0.1:5432 or [::1]:5432, or a port of 127.0.0.1';
const PORT = 'must be a port from 1 to 65535';
const LOOPBACK = '127.0.0.1';

const port = z.number({ error: FORM }).int(FORM).min(1, FORM).max(65_535, FORM);

/** "127.0.0.1:5432", "[::1]:5432", "5432". */
function parse(text: string): Omit<TcpProbe, 'kind'> | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const [address, number] = [bracketed ?? plain ?? LOOPBACK, Number(digits)];
  if (digits === undefined || !isAddress(address) || number < 1 || number > 65_535) return undefined;
  return bracketed === undefined || bracketed.includes(':') ? { address, port: number } : undefined;
}

/** A TCP port that takes connections; bash opens them, so nothing is installed. */
export const TCP = {
  kind: 'tcp',
  key: { name: 'tcp', of: 'a port' },
  keys: {
    tcp: z
      .union([port, z.string({ error: FORM }).refine((text) => parse(text) !== undefined, FORM)], { error: FORM })
      .optional()
      .describe('ADDRESS:PORT that must take a TCP connection on the host itself; a port alone is one of 127.0.0.1'),
    port: z
      .number({ error: PORT })
      .int(PORT)
      .min(1, PORT)
      .max(65_535, PORT)
      .optional()
      .describe('Short for tcp: 127.0.0.1:PORT'),
  },
  read: ({ tcp, port: short }) => {
    const where = tcp ?? short;
    if (where === undefined) return undefined;
    return { kind: 'tcp', ...(parse(String(where)) ?? { address: LOOPBACK, port: 1 }) };
  },
  advise: ({ address, port: asked }) => {
    if (address === 'localhost' || address === '::1' || address.startsWith('127.')) return undefined;
    const message = `the check asks ${address}, so it can fail on every host at once, or pass while this host's service is dead; ask 127.0.0.1:${asked}`;
    return { rule: 'check-remote', message };
  },
  script: { src: 'check_tcp.sh', dest: DEST },
  needs: ['bash'],
  command: (_name, { address, port: asked }, limit) => [DEST, address, String(asked), limit],
  recognise: (_name, [path, address, asked]) =>
    path === DEST && address !== undefined ? { kind: 'tcp', address, port: Number(asked) } : undefined,
  urls: () => [],
  failsAtOnce: true,
} as const satisfies CheckKind<
  TcpProbe,
  { readonly tcp?: number | string | undefined; readonly port?: number | undefined }
>;
