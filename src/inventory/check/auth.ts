import { AUTH_PASS, AUTH_PASS_LENGTH, isInclude } from '../../keepalived/names.ts';
import type { Finding } from '../problem.ts';
import type { InstanceView } from './view.ts';

/** What is wrong with an auth_pass, without ever saying it. Also used once env, file and command are resolved. */
export function judgeAuthPass(value: string): { readonly rule: string; readonly message: string }[] {
  const length = [...value].length;
  const findings: { rule: string; message: string }[] = [];
  if (length > AUTH_PASS_LENGTH) {
    const message = `auth_pass has ${length} characters, limit ${AUTH_PASS_LENGTH}: VRRP has room for no more, and keepalived cuts the rest off; write at most ${AUTH_PASS_LENGTH}`;
    findings.push({ rule: 'auth-length', message });
  }
  if (!AUTH_PASS.test(value) || isInclude(value)) {
    const message =
      'auth_pass holds something that keepalived’s parser cuts at or reads otherwise (as # and ! do); write letters and digits only';
    findings.push({ rule: 'auth-characters', message });
  }
  return findings;
}

/** A literal auth_pass, and one that VRRP version 3 refuses. */
export function checkAuth({ path, instance }: InstanceView): Finding[] {
  const secret = instance.auth_pass;
  if (secret === undefined) return [];
  const place = { path: [...path, 'auth_pass'] };
  const judged = 'literal' in secret.source ? judgeAuthPass(secret.source.literal) : [];
  const findings = judged.map((finding): Finding => ({ ...place, severity: 'error', ...finding }));
  if (instance.version === 3) {
    const message = 'VRRP version 3 has no passwords, and keepalived rejects auth_pass there; take it out';
    findings.push({ ...place, severity: 'error', rule: 'auth-version', message, involves: [[...path, 'version']] });
  }
  return findings;
}
