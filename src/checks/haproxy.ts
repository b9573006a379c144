import { z } from 'zod';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { CheckKind } from './kind.ts';

export interface HaproxyProbe {
  readonly kind: 'haproxy';
  readonly socket: string;
}

/** Stats sockets of a freshly installed haproxy; the check takes the first that answers. */
export const HAPROXY_SOCKETS = {
  /** Debian's haproxy.cfg. */
  debian: '/run/haproxy/admin.sock',
  /** The RHEL family's haproxy.cfg. */
  rhel: '/var/lib/haproxy/stats',
  /** Debian's unit opens it whatever haproxy.cfg says. */
  debianMaster: '/run/haproxy-master.sock',
} as const;

const DEST = `${HOST_PATHS.scripts}/haprov-check-haproxy`;
const STANDARD = HAPROXY_SOCKETS.debian;
const EXPECTED = 'must be an absolute path of letters, digits, _, ., - and /';

/** A haproxy process, and `show info` on a stats socket. The standard socket stands for all of HAPROXY_SOCKETS. */
export const HAPROXY = {
  kind: 'haproxy',
  key: { name: 'socket', of: 'haproxy' },
  keys: {
    socket: z
      .string({ error: EXPECTED })
      .regex(/^\/[A-Za-z0-9_./-]{1,100}$/, EXPECTED)
      .optional()
      .describe(`haproxy: its stats socket. Default ${STANDARD}, then the other one that distributions set up`),
  },
  read: ({ socket }) => (socket === undefined ? undefined : { kind: 'haproxy', socket }),
  standard: { kind: 'haproxy', socket: STANDARD },
  script: { src: 'check_haproxy.sh', dest: DEST },
  needs: ['socat', 'pgrep'],
  command: (_name, { socket }, limit) => [DEST, limit, ...(socket === STANDARD ? [] : [socket])],
  recognise: (_name, [path, , socket]) => (path === DEST ? { kind: 'haproxy', socket: socket ?? STANDARD } : undefined),
  urls: () => [],
  failsAtOnce: true,
  explain: (missing) => {
    if (missing.what !== 'sockets') return undefined;
    const { paths } = missing;
    // Of the sockets that a check tries, the master's is made by the unit, not by haproxy.cfg.
    const path = paths.find((one) => !one.includes('master')) ?? paths[0];
    return {
      evidence: `no socket at ${paths.join(', ')}`,
      fix: `stats socket ${path} mode 660 in the global section of haproxy.cfg, then reload haproxy`,
    };
  },
} as const satisfies CheckKind<HaproxyProbe, { readonly socket?: string | undefined }>;
