import type { VrrpInstanceState, VrrpState } from '../../facts/keepalived/vrrp-state.ts';
import { holds } from '../../facts/network/address.ts';
import type { UnitFact } from '../../facts/system/unit.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { Trouble } from './gate-error.ts';
import type { Daemons, MemberView } from './members.ts';

/** Names of the gates that a member passes by itself. */
export const MEMBER_GATES = { state: 'VRRP state', checks: 'checks' } as const;

export function unitGate(unit: string): string {
  return `${unit} runs`;
}

/**
 * What keeps a member that was activated from being in order; nothing where its daemons run, and keepalived has been the same
 * process for a second (`steady`) and is MASTER or BACKUP in each instance, with the VIPs where it is MASTER.
 */
export function judgeMember(cluster: Cluster, view: MemberView, steady: boolean): Trouble | undefined {
  const { host, daemons } = view;
  if (daemons === undefined) return undefined;
  const { keepalived, service, others = new Map<string, UnitFact>() } = daemons;
  return (
    judgeUnit(host, 'keepalived', keepalived) ??
    // One by another name, as in a container, is seen by its check.
    (service === undefined || service.load === 'not-found' ? undefined : judgeUnit(host, cluster.service, service)) ??
    [...others].map(([unit, fact]) => judgeUnit(host, unit, fact)).find((trouble) => trouble !== undefined) ??
    judgeState(cluster, view, daemons, steady)
  );
}

function judgeUnit(host: string, unit: string, { active, load }: UnitFact): Trouble | undefined {
  if (active === 'active') return undefined;
  const about = {
    gate: unitGate(unit),
    message: `${unit} does not run on ${host}: ${load === 'loaded' ? active : load}`,
    hosts: [host],
    next: `On ${host}: systemctl status ${unit}; journalctl -u ${unit} -n 50`,
  };
  // Others pass: activating is a start under way, or systemd's wait before it tries again.
  return active === 'failed' || active === 'inactive' ? { ...about, final: true } : about;
}

function judgeState(cluster: Cluster, view: MemberView, { vrrp }: Daemons, steady: boolean): Trouble | undefined {
  const { host } = view;
  const trouble = (message: string, more: Pick<Trouble, 'fault'> = {}): Trouble => ({
    gate: MEMBER_GATES.state,
    message,
    hosts: [host],
    next: `On ${host}: journalctl -u keepalived -n 50`,
    ...more,
  });
  if (vrrp === null) return trouble(`keepalived has no process on ${host}`);
  if (typeof vrrp === 'string') return trouble(`keepalived on ${host} does not tell its state: ${vrrp}`);
  const found = cluster.vrrp_instances.map((instance) => ({
    instance,
    state: vrrp.instances.find(({ name }) => name === instance.name),
  }));
  for (const { instance, state } of found) {
    const what = judgeInstance(host, view, instance, state);
    if (what === undefined) continue;
    if (state?.state !== 'FAULT' || state.waitsFor > 0) return trouble(what);
    const bad = instance.track_script.map((check) => check.name).filter((name) => isBad(vrrp, name));
    return trouble(`${what}${bad.length > 0 ? `: ${bad.join(', ')} fails` : ''}`, { fault: { host, what } });
  }
  return steady ? undefined : trouble(`keepalived on ${host} has been started this second`);
}

function judgeInstance(
  host: string,
  { addresses }: MemberView,
  instance: Instance,
  state: VrrpInstanceState | undefined,
): string | undefined {
  const { name } = instance;
  if (state === undefined) return `keepalived on ${host} has no instance ${name}: it did not take in its configuration`;
  if (state.waitsFor > 0) return `${name} on ${host} still waits for a first result of its checks`;
  if (state.state === 'INIT') return `${name} on ${host} is still in INIT`;
  if (state.state !== 'MASTER' && state.state !== 'BACKUP') return `${name} on ${host} is in ${state.state}`;
  const vips = vipAddresses([instance]);
  const held = vips.filter((vip) => holds(addresses, vip));
  if (state.state === 'BACKUP' && held[0] !== undefined) return `${host} has ${held[0]}, and is BACKUP in ${name}`;
  const missing = vips.find((vip) => !held.includes(vip));
  if (state.state === 'MASTER' && missing !== undefined) return `${host} is MASTER in ${name}, and has not ${missing}`;
  return undefined;
}

function isBad({ checks }: VrrpState, check: string): boolean {
  return checks.some(({ name, status }) => name === check && status === 'bad');
}

/** "VI_1 MASTER, VI_2 BACKUP". */
export function stateText({ vrrp }: Daemons): string {
  if (vrrp === null || typeof vrrp === 'string') return '';
  return vrrp.instances.map(({ name, state }) => `${name} ${state}`).join(', ');
}
