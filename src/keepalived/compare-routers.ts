import { inFileOrder, type Keyword, keysWhere, type Notice } from './keyword.ts';
import type { Router } from './routers.ts';
import { VRRP_INSTANCE } from './table/vrrp-instance.ts';

/** One thing in which a host's new keepalived.conf no longer agrees with what its peers run. */
export interface PeerVisible extends Notice {
  readonly instance: string;
}

/** What peers notice of one instance that goes on, under whatever name. */
export function compareRouters(old: Router, next: Router): readonly PeerVisible[] {
  return inFileOrder(VRRP_INSTANCE).flatMap(([keyword, row]) =>
    row.peers === undefined || row.peers === 'heard'
      ? []
      : notices(keyword, row, old, next).map((one) => ({ instance: next.name, ...one })),
  );
}

/** Keywords for which keepalived makes an instance anew while its peers go on hearing it. */
export function recreatedBy(old: Router, next: Router): readonly string[] {
  return keysWhere(VRRP_INSTANCE, ({ peers }) => peers === 'heard').filter(
    (keyword) => String(old.values[keyword] ?? 'no') !== String(next.values[keyword] ?? 'no'),
  );
}

function notices(keyword: string, { kind, peers }: Keyword, old: Router, next: Router): readonly Notice[] {
  if (kind.notice !== undefined) return kind.notice(keyword, old, next);
  const [from, to] = [old, next].map(({ values }) => String(values[keyword] ?? 'none'));
  if (from === to) return [];
  return [{ key: keyword, detail: `${from} -> ${to}`, ...(peers === 'anew' ? { anew: true } : {}) }];
}
