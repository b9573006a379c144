import type { Subject } from '../reader/subject.ts';

/** A line of keepalived's journal that tells of trouble. */
export interface ComplaintFact {
  /** Seconds before it was asked. */
  readonly ago: number;
  readonly message: string;
}

/**
 * What keepalived complains of, as its sources word it: scripts that it drops (lib/notify.c, core/notify.c), adverts
 * that it refuses or cannot send (vrrp/vrrp.c), a configuration that it does not understand (lib/parser.c), stalls.
 */
const TROUBLE = [
  'SECURITY VIOLATION',
  'Unsafe permissions',
  '(Unable to|Cannot|Can.t) (find|access|open|set).*script',
  'script .*(not found|not executable|insecure|[Dd]isabl|ignor)',
  '(Disabling|disabled|ignoring).*(script|notify)',
  'invalid passwd',
  'auth.* (mismatch|failure|type)',
  'invalid ttl',
  'bogus VRRP',
  'ip address associated with VRID',
  'unexpected ip number count',
  '(advert|advertisement) interval mismatch',
  'send advert error',
  'thread timer expired',
  '[Uu]nknown keyword',
  'VRID mismatch',
  'equal priority advert',
].join('|');

/**
 * Complaints since keepalived last read its configuration, 40 at most and the newest last. Nothing where there is no
 * journal. Key: always `complaints`.
 */
export const complaintsSubject: Subject<'complaints', readonly ComplaintFact[]> = {
  name: 'complaints of keepalived',
  script: () => `echo "now $(date +%s)"
journalctl -b -n 4000 -o short-unix --no-pager _SYSTEMD_UNIT=keepalived.service 2>/dev/null |
  awk '/Starting Keepalived v|: Reloading|Got SIGHUP/ { n = 0 } /${TROUBLE}/ { line[n++] = $0 } END { for (i = n > 40 ? n - 40 : 0; i < n; i++) print line[i] }'
:`,
  parse: (output) => {
    const [first = '', ...lines] = output.split('\n');
    const now = Number(/^now (\d+)$/.exec(first)?.[1] ?? 'NaN');
    if (Number.isNaN(now)) throw new Error('the host did not tell its time');
    return [
      lines.flatMap((line) => {
        // `1795347527.818342 d2 Keepalived_vrrp[1204]: MESSAGE`
        const [, at, message] = /^(\d+)(?:\.\d+)? \S+ [^:]+: (.*)$/.exec(line) ?? [];
        return at === undefined || message === undefined ? [] : [{ ago: Math.max(0, now - Number(at)), message }];
      }),
    ];
  },
};
