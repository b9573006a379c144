import type { ErrorReport } from '../../errors.ts';
import type { VrrpCheckState, VrrpPhase } from '../../facts/keepalived/vrrp-state.ts';
import type { GuardFact } from '../../facts/state/guard.ts';
import type { MaintenanceFact } from '../../facts/state/maintenance.ts';

/** A VRRP instance as one host has it. */
export interface MemberInstance {
  readonly state: VrrpPhase;
  /** What the checks leave of the configured priority. */
  readonly effectivePriority: number;
  /** Seconds since its last transition; absent where it never had one. */
  readonly since?: number;
}

/** What a host that was asked said of itself. */
export interface SeenHost {
  readonly reachable: true;
  /** systemd's word: active, inactive, failed …; not-found where it is not installed. */
  readonly keepalived: string;
  /** The same of what the VIP stands for; null for service: none. */
  readonly service: string | null;
  /** By instance name. null: keepalived does not run, or did not tell (`cannotSee` says so). */
  readonly instances: Readonly<Record<string, MemberInstance>> | null;
  readonly checks: readonly VrrpCheckState[];
  /** VIPs on its interfaces. */
  readonly holds: readonly string[];
  /** Changes that an apply would make; null where that could not be found out. */
  readonly drift: number | null;
  readonly guard: GuardFact;
  /** Who keeps it standby; null: nobody does. */
  readonly maintenance: MaintenanceFact | null;
  /** What could not be looked into, as clauses. */
  readonly cannotSee: readonly string[];
}

export interface UnseenHost {
  readonly reachable: false;
  readonly error: ErrorReport;
}

export type HostStatus = SeenHost | UnseenHost;

export type Verdict = 'ok' | 'degraded' | 'no-master' | 'split-brain' | 'unknown';

export interface InstanceStatus {
  readonly vips: readonly string[];
  /** Host ids; several only where several hold one of the VIPs. */
  readonly holders: readonly string[];
}

export interface ClusterStatus {
  readonly cluster: string;
  readonly verdict: Verdict;
  /** Why it is not ok, worst first; each names instance, VIP or host. */
  readonly reasons: readonly string[];
  readonly instances: Readonly<Record<string, InstanceStatus>>;
  /** By host id, in the inventory's order. */
  readonly hosts: Readonly<Record<string, HostStatus>>;
}
