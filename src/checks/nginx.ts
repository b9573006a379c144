import { z } from 'zod';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { CheckKind } from './kind.ts';
import { PLAIN_URL } from './plain-url.ts';
import { healthUrl, SERVICES } from './services.ts';

export interface NginxProbe {
  readonly kind: 'nginx';
  readonly url: string;
}

/** haprov's own page for the check. */
export const NGINX_HEALTH_URL = healthUrl(SERVICES.nginx.health);

const DEST = `${HOST_PATHS.scripts}/haprov-check-nginx`;
const EXPECTED = 'must be an http or https URL without quotes, spaces and user, as http://127.0.0.1/health';

/** An nginx process, and a URL that answers 200 on the host itself. */
export const NGINX = {
  kind: 'nginx',
  key: { name: 'url', of: 'nginx' },
  keys: {
    url: z
      .string({ error: EXPECTED })
      .regex(PLAIN_URL, EXPECTED)
      .refine((url) => URL.canParse(url), 'must be an http or https URL, as http://127.0.0.1/health')
      .optional()
      .describe(
        `nginx: the URL that must answer 200 on the host itself. Default ${NGINX_HEALTH_URL}, which haprov sets up`,
      ),
  },
  read: ({ url }) => (url === undefined ? undefined : { kind: 'nginx', url }),
  standard: { kind: 'nginx', url: NGINX_HEALTH_URL },
  advise: ({ url }) => {
    if (!URL.canParse(url)) return undefined;
    const { hostname, pathname, port } = new URL(url);
    const local = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
    if (!local) {
      const message = `the check asks ${hostname}, so it can fail on every host at once, or pass while this host's nginx is dead; ask 127.0.0.1`;
      return { rule: 'check-remote', message };
    }
    if (url === NGINX_HEALTH_URL || pathname === '/' || port !== '') return undefined;
    const message = `stock nginx has no ${pathname} and answers 404, so the check would always fail; serve it yourself, or take url out: haprov sets up ${NGINX_HEALTH_URL}`;
    return { rule: 'health-location', message };
  },
  script: { src: 'check_nginx.sh', dest: DEST },
  needs: ['curl', 'pgrep'],
  command: (_name, { url }, limit) => [DEST, url, limit],
  recognise: (_name, [path, url]) => (path === DEST && url !== undefined ? { kind: 'nginx', url } : undefined),
  // haprov's own health page is for the loopback address alone.
  urls: ({ url }) => (url === NGINX_HEALTH_URL ? [] : [url]),
  failsAtOnce: true,
  tutorialUrls: ['http://127.0.0.1/health'],
  explain: (missing) => {
    if (missing.what !== 'answer' || missing.detail !== 'status 404') return undefined;
    const { url } = missing;
    return {
      evidence: `${url} answers 404: no such location`,
      fix: `location = ${new URL(url).pathname} { return 200; } in the server of nginx that answers there, or another url for the check`,
    };
  },
} as const satisfies CheckKind<NginxProbe, { readonly url?: string | undefined }>;
