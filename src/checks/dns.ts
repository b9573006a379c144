import { z } from 'zod';
import { ipFamily } from '../keepalived/names.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { CheckKind } from './kind.ts';

/** A name that a DNS server has to resolve. */
export interface DnsProbe {
  readonly kind: 'dns';
  readonly name: string;
  /** An IP address. */
  readonly server: string;
  readonly port: number;
  readonly type: string;
}

/** Record types by their number on the wire: RFC 1035, 3.2.2, RFC 3596 and RFC 2782. */
export const RECORD_TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33 } as const;

const DEST = `${HOST_PATHS.scripts}/haprov-check-dns`;
const NAME = 'must be a domain name such as example.com';
const SERVER = 'must be an IP address such as 127.0.0.1';
const TYPES = Object.keys(RECORD_TYPES);
const STANDARD = { server: '127.0.0.1', port: 53, type: 'A' } as const;
const PORT = 'must be a port from 1 to 65535';

const name = z.string({ error: NAME }).regex(/^(?=.{1,253}$)(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/, NAME);

const query = z.strictObject(
  {
    name: name.describe('The name that has to be resolved'),
    server: z
      .string({ error: SERVER })
      .refine((text) => ipFamily(text) !== undefined, SERVER)
      .optional()
      .describe('The server that is asked. Default 127.0.0.1'),
    port: z.number({ error: PORT }).int(PORT).min(1, PORT).max(65_535, PORT).optional().describe('Default 53'),
    type: z
      .string()
      .refine((text) => TYPES.includes(text), `must be one of ${TYPES.join(', ')}`)
      .optional()
      .describe('The record type. Default A'),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? 'may have name, server, port, type'
        : 'must be { name: example.com, server: 127.0.0.1 }',
  },
);

/** A name, asked over UDP by bash and printf, so nothing is installed: NOERROR with at least one record is healthy. */
export const DNS = {
  kind: 'dns',
  key: { name: 'dns', of: 'a name server' },
  keys: {
    dns: z
      .union([name, query], { error: 'must be a domain name, or { name: example.com, server: 127.0.0.1 }' })
      .optional()
      .describe('The name that the name server on the host must resolve; { name, server, port, type }'),
  },
  read: ({ dns }) => {
    if (dns === undefined) return undefined;
    const asked = typeof dns === 'string' ? { name: dns } : dns;
    const said = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    return { kind: 'dns', ...STANDARD, name: asked.name, ...said };
  },
  advise: ({ server, port }) => {
    if (server === '::1' || server.startsWith('127.')) return undefined;
    const message = `the check asks ${server}, so it can fail on every host at once, or pass while this host's name server is dead; ask 127.0.0.1, port ${port}`;
    return { rule: 'check-remote', message };
  },
  script: { src: 'check_dns.sh', dest: DEST },
  needs: ['bash'],
  command: (_name, { name: asked, server, port, type }, limit) => [
    DEST,
    asked,
    server,
    String(port),
    String(Object.entries(RECORD_TYPES).find(([word]) => word === type)?.[1] ?? RECORD_TYPES.A),
    limit,
  ],
  recognise: (_name, [path, asked, server, port, number]) => {
    if (path !== DEST || asked === undefined || server === undefined) return undefined;
    const type = Object.entries(RECORD_TYPES).find(([, one]) => String(one) === number)?.[0] ?? STANDARD.type;
    return { kind: 'dns', name: asked, server, port: Number(port), type };
  },
  urls: () => [],
  failsAtOnce: true,
} as const satisfies CheckKind<DnsProbe, { readonly dns?: z.infer<typeof name> | z.infer<typeof query> | undefined }>;
