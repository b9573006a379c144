import type { VrrpState } from '../../facts/keepalived/vrrp-state.ts';
import { holds } from '../../facts/network/address.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { MemberView } from '../gates/members.ts';

/** What a host holds of one instance, and who stands by for it. */
export interface HeldInstance {
  readonly instance: Instance;
  /** VIPs of the instance that the host has. */
  readonly vips: readonly string[];
  /** Highest effective priority first: the likely taker. */
  readonly backups: readonly Backup[];
  /** By host id, why each of the others that was asked cannot take it. */
  readonly reasons: ReadonlyMap<string, string>;
}

export interface Backup {
  /** Host id. */
  readonly host: string;
  /** Effective. */
  readonly priority: number;
}

/** Instances of which the host holds VIPs by these views; pure. */
export function heldBy(cluster: Cluster, host: string, views: readonly MemberView[]): readonly HeldInstance[] {
  const addresses = views.find((view) => view.host === host)?.addresses ?? [];
  return cluster.vrrp_instances.flatMap((instance) => {
    const vips = vipAddresses([instance]).filter((vip) => holds(addresses, vip));
    return vips.length === 0 ? [] : [{ instance, vips, ...backupsOf(instance, host, views) }];
  });
}

/** Members that are BACKUP of the instance at this moment and in good health; of the others why they are not. */
function backupsOf(
  instance: Instance,
  host: string,
  views: readonly MemberView[],
): { readonly backups: readonly Backup[]; readonly reasons: ReadonlyMap<string, string> } {
  const backups: Backup[] = [];
  const reasons = new Map<string, string>();
  for (const { host: id, daemons } of views) {
    if (id === host || daemons === undefined) continue;
    const { vrrp, keepalived } = daemons;
    if (keepalived.active !== 'active' || vrrp === null) reasons.set(id, `keepalived on ${id} does not run`);
    else if (typeof vrrp === 'string') reasons.set(id, `keepalived on ${id} does not tell its state: ${vrrp}`);
    else {
      const verdict = judgeBackup(id, instance, vrrp);
      if (typeof verdict === 'string') reasons.set(id, verdict);
      else backups.push({ host: id, priority: verdict });
    }
  }
  return { backups: backups.sort((a, b) => b.priority - a.priority), reasons };
}

/** The effective priority of a backup that may take over, or why it may not. */
function judgeBackup(id: string, { name, track_script }: Instance, vrrp: VrrpState): number | string {
  const own = vrrp.instances.find((one) => one.name === name);
  if (own === undefined) return `${id} has no ${name}`;
  if (own.state !== 'BACKUP') return `${id} is in ${own.state}`;
  // With a weight a failing check leaves it a backup that would take over, and serve nothing.
  const tracked = track_script.map((check) => check.name);
  const bad = vrrp.checks.find((check) => check.status === 'bad' && tracked.includes(check.name));
  return bad === undefined ? own.effectivePriority : `${bad.name} fails on ${id}`;
}
