import { keysWhere } from '../../keepalived/keyword.ts';
import { judgePassword } from '../../keepalived/kinds/password.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import type { Finding } from '../problem.ts';
import { Secret } from '../secret.ts';
import type { InstanceView } from './view.ts';

/** Passwords that stand in the file, and those that VRRP version 3 refuses. */
export function checkAuth({ path, instance }: InstanceView): Finding[] {
  const held: Readonly<Record<string, unknown>> = { ...instance };
  return keysWhere(VRRP_INSTANCE, ({ kind }) => kind.type === 'password').flatMap((keyword): Finding[] => {
    const secret = held[keyword];
    if (!(secret instanceof Secret)) return [];
    const place = { path: [...path, keyword], severity: 'error' } as const;
    const judged = 'literal' in secret.source ? judgePassword(keyword, secret.source.literal) : [];
    const findings = judged.map((finding): Finding => ({ ...place, ...finding }));
    if (instance.version !== 3) return findings;
    const message = `VRRP version 3 has no passwords, and keepalived rejects ${keyword} there; take it out`;
    return [...findings, { ...place, rule: 'auth-version', message, involves: [[...path, 'version']] }];
  });
}
