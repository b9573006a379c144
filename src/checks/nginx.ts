import { HOST_PATHS } from '../vrrp/paths.ts';
import { HTTP_OPTIONS, untrusted } from './http.ts';
import type { CheckKind, Standing } from './kind.ts';
import { isLocalUrl } from './local-url.ts';
import { healthUrl, SERVICES } from './services.ts';

export interface NginxProbe {
  readonly kind: 'nginx';
  readonly url: string;
}

/** haprov's own page for the check. */
export const NGINX_HEALTH_URL = healthUrl(SERVICES.nginx.health);

const DEST = `${HOST_PATHS.scripts}/haprov-check-nginx`;
/**
 * Whether a check's `url` is nginx's own: by its name, or in a cluster of nginx. Then nginx has to run on the host itself,
 * whoever answers. With an option of `url` it is any other request.
 */
export function meansNginx(written: Readonly<Record<string, unknown>>, { name, units }: Standing): boolean {
  return (name === 'check_nginx' || units.includes('nginx')) && HTTP_OPTIONS.every((key) => written[key] === undefined);
}

/** An nginx process, and a URL that answers 200 on the host itself. */
export const NGINX = {
  kind: 'nginx',
  key: { name: 'url', of: 'nginx' },
  keys: {},
  read: (written, _absolute, where) =>
    written.url === undefined || !meansNginx(written, where) ? undefined : { kind: 'nginx', url: written.url },
  standard: { kind: 'nginx', url: NGINX_HEALTH_URL },
  advise: ({ url }) => {
    if (!URL.canParse(url)) return undefined;
    const { hostname, pathname, port } = new URL(url);
    if (!isLocalUrl(url)) {
      const message = `the check asks ${hostname}, so it can fail on every host at once, or pass while this host's nginx is dead; ask 127.0.0.1`;
      return { rule: 'check-remote', message };
    }
    const tls = untrusted(url);
    if (tls !== undefined) return tls;
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
