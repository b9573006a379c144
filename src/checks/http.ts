import { z } from 'zod';
import { HOST_PATHS } from '../vrrp/paths.ts';
import { ownPath } from './argument.ts';
import type { Advice, CheckKind } from './kind.ts';
import { isLocalUrl } from './local-url.ts';
import { PLAIN_URL } from './plain-url.ts';

/** A URL and the answer that counts as healthy. */
export interface HttpProbe {
  readonly kind: 'http';
  readonly url: string;
  /** Statuses such as 200, and classes such as 2xx. */
  readonly expect: readonly string[];
  readonly method: string;
  /** The Host header, and the name in the TLS handshake. */
  readonly host?: string;
  /** Any certificate will do. */
  readonly insecure?: true;
  /** CA certificates: a path on the host, or an absolute local path of a file that is uploaded. */
  readonly ca?: { readonly host: string } | { readonly local: string };
}

const DEST = `${HOST_PATHS.scripts}/haprov-check-http`;
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST'] as const;
const STATUS = 'must be an HTTP status such as 200, or a class such as 2xx';
const URL_FORM = 'must be an http or https URL without quotes, spaces and user, as http://127.0.0.1/health';
const CA =
  'must be a path on the host such as /etc/kubernetes/pki/ca.crt, or of a file beside the inventory such as ./ca.crt';
const NAME = 'must be a host name such as api.example.com, without a port';

const status = z.union(
  [
    z.number({ error: STATUS }).int(STATUS).min(100, STATUS).max(599, STATUS),
    z.string({ error: STATUS }).regex(/^[1-5](?:\d\d|xx)$/, STATUS),
  ],
  { error: STATUS },
);

export const HTTP_KEYS = {
  url: z
    .string({ error: URL_FORM })
    .regex(PLAIN_URL, URL_FORM)
    .refine((url) => URL.canParse(url), 'must be an http or https URL, as http://127.0.0.1/health')
    .optional()
    .describe('The http or https URL that must answer with `expect` on the host itself'),
  expect: z
    .union(
      [
        status,
        z.array(status, { error: 'must be a list of statuses such as [200, 401]' }).min(1, 'must name a status'),
      ],
      {
        error: 'must be a status such as 200, a class such as 2xx, or a list of them',
      },
    )
    .optional()
    .describe('With url: the statuses that count as healthy. Default 200'),
  method: z
    .enum(METHODS, { error: `must be one of ${METHODS.join(', ')}` })
    .optional()
    .describe('With url: the request method. Default GET'),
  host: z
    .string({ error: NAME })
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, NAME)
    .optional()
    .describe('With url: the Host header, and the name that the certificate has to have'),
  ca: z
    .string({ error: CA })
    .regex(/^(?:\/|\.\.?\/|~\/)[A-Za-z0-9_./@+-]{0,250}$/, CA)
    .optional()
    .describe('With an https url: the CA certificates to trust; an absolute path on the host, or ./FILE to upload one'),
  insecure: z
    .boolean({ error: 'must be true or false' })
    .optional()
    .describe('With an https url: true accepts any certificate. Default false'),
};

type Written = { readonly [K in keyof typeof HTTP_KEYS]?: z.infer<(typeof HTTP_KEYS)[K]> };

/** The keys that say more about `url`. */
export const HTTP_OPTIONS = [
  'expect',
  'method',
  'host',
  'ca',
  'insecure',
] as const satisfies readonly (keyof Written)[];

/** What is to say of an https URL that nothing is said of beside. */
export function untrusted(url: string): Advice | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:') return undefined;
  const message = `few certificates name ${hostname} and come from a CA that the host trusts, and any other fails the check; write ca: /PATH/ON/THE/HOST, host: NAME, or insecure: true`;
  return { rule: 'check-tls', message };
}

/** An http or https URL, asked by curl on the host itself. */
export const HTTP = {
  kind: 'http',
  key: { name: 'url', of: 'http, https' },
  keys: HTTP_KEYS,
  options: HTTP_OPTIONS,
  read: ({ url, expect = 200, method = 'GET', host, ca, insecure }, absolute) => {
    if (url === undefined) return undefined;
    return {
      kind: 'http',
      url,
      expect: [expect].flat().map(String),
      method,
      ...(host === undefined ? {} : { host }),
      ...(insecure === true ? { insecure: true as const } : {}),
      ...(ca === undefined ? {} : { ca: ca.startsWith('/') ? { host: ca } : { local: absolute(ca) } }),
    };
  },
  advise: ({ url, ca, insecure, host }) => {
    if (!URL.canParse(url)) return undefined;
    const { protocol, hostname } = new URL(url);
    if (!isLocalUrl(url)) {
      const message = `the check asks ${hostname}, so it can fail on every host at once, or pass while this host's service is dead; ask 127.0.0.1`;
      return { rule: 'check-remote', message };
    }
    if (protocol === 'http:' && (ca !== undefined || insecure === true))
      return {
        rule: 'check-tls',
        message: 'ca and insecure are for https, and this url is http; take them out, or write https',
      };
    if (ca !== undefined && insecure === true)
      return {
        rule: 'check-tls',
        message: 'insecure accepts any certificate, so ca does nothing; take one of them out',
      };
    return ca === undefined && insecure !== true && host === undefined ? untrusted(url) : undefined;
  },
  upload: (name, { ca }) =>
    ca === undefined || 'host' in ca ? undefined : { src: ca.local, dest: caPath(name), use: 'read', key: 'ca' },
  script: { src: 'check_http.sh', dest: DEST },
  needs: ['curl'],
  command: (name, { url, expect, method, host, ca, insecure }, limit) => [
    DEST,
    host === undefined ? url : withPlace(url, host),
    limit,
    ...(expect.join() === '200' ? [] : [`expect=${expect.join(',')}`]),
    ...(method === 'GET' ? [] : [`method=${method}`]),
    ...(host === undefined ? [] : [`connect=${placeOf(url).join(':')}`]),
    ...(ca === undefined ? [] : [`ca=${'host' in ca ? ca.host : caPath(name)}`]),
    ...(insecure === true ? ['insecure=yes'] : []),
  ],
  recognise: (_name, [path, asked, , ...rest]) => {
    if (path !== DEST || asked === undefined || !URL.canParse(asked)) return undefined;
    const said = new Map(rest.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
    const [connect, ca] = [said.get('connect'), said.get('ca')];
    return {
      kind: 'http',
      url: connect === undefined ? asked : withPlace(asked, connect.replace(/:\d+$/, '')),
      expect: (said.get('expect') ?? '200').split(','),
      method: said.get('method') ?? 'GET',
      ...(connect === undefined ? {} : { host: new URL(asked).hostname }),
      ...(said.has('insecure') ? { insecure: true as const } : {}),
      ...(ca === undefined ? {} : { ca: { host: ca } }),
    };
  },
  // What answers on the loopback address need not answer on the VIP.
  urls: () => [],
  failsAtOnce: true,
  tutorialUrls: [],
} as const satisfies CheckKind<HttpProbe, Written>;

/** A URL's host, in brackets where it is IPv6, and its port. */
function placeOf(url: string): readonly [string, string] {
  const { hostname, port, protocol } = new URL(url);
  return [hostname, port === '' ? (protocol === 'https:' ? '443' : '80') : port];
}

/** The same URL with another host. */
function withPlace(url: string, host: string): string {
  return url.replace(/^(https?:\/\/)(?:\[[^\]]*\]|[^:/?]*)/, (_, scheme: string) => scheme + host);
}

function caPath(name: string): string {
  return ownPath(name, 'ca.crt');
}
