import type { Change } from '../tasks/change.ts';
import { isOfKeepalived } from './waves/passes.ts';

/**
 * What an apply does to a host in maintenance: all but what would have keepalived run. Its peers notice none of it, and it
 * takes no part in what they do at the same moment.
 */
export function inMaintenance(changes: readonly Change[]): readonly Change[] {
  const runs = ['enable', 'start', 'restart', 'reload'];
  return changes
    .filter((change) => !(isOfKeepalived(change) && runs.includes(change.action)))
    .map(({ peerVisible: _, ...change }) => ({ ...change, ...oneStep(change) }));
}

/** Nobody waits for a version in between. */
function oneStep({ upload }: Pick<Change, 'upload'>): Pick<Change, 'upload'> {
  if (upload === undefined) return {};
  const { intermediate: _, ...rest } = upload;
  return { upload: rest };
}
