import { HaprovError } from '../errors.ts';
import { createReader } from '../facts/reader/reader.ts';
import { type HostTasks, planHost } from '../plan/plan-host.ts';
import type { Session } from '../transport/session.ts';

/** A host that is not as the inventory says although every change was made. */
export class LeftOverError extends HaprovError {
  override readonly name = 'LeftOverError';
}

/** Reads the facts of a changed host again: what is left over is a failure. */
export async function verifyHost(tasks: HostTasks, session: Session): Promise<void> {
  const plan = await planHost(tasks, createReader(session).ask);
  if (plan.status !== 'planned' || plan.changes.length === 0) return;
  const left = plan.changes.map(
    ({ action, target, detail }) => `${action} ${target}${detail === '' ? '' : ` (${detail})`}`,
  );
  throw new LeftOverError(
    `still to be done after the apply: ${left[0]}${left.length > 1 ? ` and ${left.length - 1} more` : ''}`,
    {
      host: session.host.id,
      action: 'read the facts again',
      evidence: left.join('\n'),
      next: 'Something on the host changes it back; look who writes it.',
    },
  );
}
