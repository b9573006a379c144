import { reportError } from '../../errors.ts';
import { BecomeError, ShellError } from '../../transport/errors.ts';
import type { Verdict } from './finding.ts';

/** A host that could not be asked: the connection (HD001), or the way from a login to root (HD002). */
export function refused(host: string, error: unknown): Verdict & { readonly id: string; readonly name: string } {
  const report = reportError(error);
  const root = error instanceof BecomeError || error instanceof ShellError;
  return {
    id: root ? 'HD002' : 'HD001',
    name: root ? 'root' : 'ssh',
    host,
    status: 'fail',
    evidence: report.action === undefined ? report.message : `${report.action}: ${report.message}`,
    why: 'nothing else of this host could be looked into, and apply cannot reach it either',
    ...(report.next === undefined ? {} : { fix: report.next }),
  };
}
