import type { Change } from '../../changes/change.ts';
import type { Cluster } from '../../inventory/model.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';

/** One host's activate changes where the cluster has a change that peers see. */
export interface Passes {
  /** While keepalived goes on with its old configuration. */
  readonly before: readonly Change[];
  /** keepalived.conf and its reload: on all hosts at once. */
  readonly together: readonly Change[];
  /** What disturbs keepalived, or may need its new configuration. */
  readonly after: readonly Change[];
}

/** Whether the change is one of keepalived's service. */
export function isOfKeepalived({ unit, target }: Change): boolean {
  return unit === 'keepalived' || (unit === undefined && target === 'service keepalived');
}

/** The unit's name of a change of a service. */
export function unitOf({ unit, module, target }: Change): string | undefined {
  return unit ?? (module === 'service' ? target.replace(/^service /, '') : undefined);
}

/** Whether keepalived, or the service that the VIP stands for, does not run while the change is made. */
export function isDisturbing(change: Change, { service }: Cluster): boolean {
  const unit = unitOf(change);
  return (change.action === 'restart' || change.action === 'stop') && (unit === 'keepalived' || unit === service);
}

/** Whether the change gives peers something to notice. */
export function isPeerVisible({ peerVisible = [] }: Change): boolean {
  return peerVisible.length > 0;
}

/** A reload of keepalived that no change of this plan asks for: an earlier apply was cut short, and what runs is unknown. */
export function isPendingReload(change: Change, changes: readonly Change[]): boolean {
  return isReload(change) && !changes.some(({ notify }) => notify.includes(change.task));
}

/**
 * keepalived.conf and keepalived's reload are taken out; everything else keeps its order around them. Other services and
 * their handlers need not wait for keepalived, unless something that comes after keepalived.conf stands before them. A
 * host whose keepalived is still to be started comes last: with the new configuration among old ones it would be a second
 * master.
 */
export function splitPasses(changes: readonly Change[]): Passes {
  if (changes.some((change) => isOfKeepalived(change) && change.action === 'start')) {
    return { before: [], together: [], after: changes };
  }
  const before: Change[] = [];
  const together: Change[] = [];
  const after: Change[] = [];
  let passed = false;
  for (const change of changes) {
    if (change.target === HOST_PATHS.keepalivedConf || isReload(change)) {
      passed ||= change.target === HOST_PATHS.keepalivedConf;
      together.push(change);
    } else if (isOfKeepalived(change) && (change.action === 'restart' || change.action === 'stop')) after.push(change);
    else if (!passed || (isServices(change) && after.every(isOfKeepalived))) before.push(change);
    else after.push(change);
  }
  return { before, together, after };
}

function isReload(change: Change): boolean {
  return isOfKeepalived(change) && change.action === 'reload';
}

function isServices(change: Change): boolean {
  return unitOf(change) !== undefined;
}
