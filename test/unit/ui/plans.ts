import type { HostPlan, Plan } from '../../../src/plan/plan.ts';
import type { Change } from '../../../src/tasks/change.ts';
import { NO_GUARD } from '../facts/no-guard.ts';

/** A change with what its test does not speak about filled in. */
export function change(part: Partial<Change> & Pick<Change, 'action' | 'target'>): Change {
  return { task: part.target, module: 'file', detail: '', phase: 'prepare', data: [], notify: [], ...part };
}

export function planned(
  host: string,
  changes: readonly Change[],
  more: { readonly holds?: readonly string[]; readonly notes?: readonly string[]; readonly cluster?: string } = {},
): HostPlan {
  const { holds = [], notes = [], cluster = 'web' } = more;
  return { host, cluster, status: 'planned', changes, holds, guard: NO_GUARD, notes };
}

export function plan(...hosts: HostPlan[]): Plan {
  return { format: 1, inventory: 'inventory.yaml', hosts };
}

/** What a host with nothing installed needs, shortened. */
export function blankHost(priority: number): Change[] {
  const conf = `vrrp_instance VI_1 {\n  interface eth0\n  priority ${priority}\n  auth_pass ********\n}\n`;
  return [
    change({ action: 'install', target: 'package keepalived', detail: '1:2.2.7-1 from apt' }),
    change({
      action: 'create',
      target: '/etc/sysctl.d/60-haprov.conf',
      diff: { before: null, after: 'net.ipv4.ip_nonlocal_bind = 1\n' },
    }),
    change({ action: 'set', target: 'sysctl net.ipv4.ip_nonlocal_bind', detail: '0 -> 1' }),
    change({
      action: 'create',
      target: '/etc/keepalived/keepalived.conf',
      detail: 'mode 0640',
      diff: { before: null, after: conf },
    }),
    change({ action: 'open', target: 'firewall vrrp', detail: 'protocol 112, iptables', phase: 'activate' }),
    change({ action: 'start', target: 'service keepalived', phase: 'activate' }),
  ];
}
