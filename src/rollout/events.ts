import type { ErrorReport } from '../errors.ts';
import type { Batch } from '../plan/waves/plan-rollout.ts';

/** How a host ended. Every host of the inventory (after --limit) has one. */
export interface HostOutcome {
  readonly status: 'ok' | 'changed' | 'failed' | 'unreachable' | 'untouched';
  readonly cluster: string;
  /** Changes that were made. */
  readonly changes: number;
  readonly error?: ErrorReport;
  /** It failed, and what was there before was put back. */
  readonly putBack?: true;
}

/** Who holds a VIP at the end. */
export interface VipOutcome {
  readonly cluster: string;
  readonly instance: string;
  readonly vip: string;
  /** Host ids. */
  readonly holders: readonly string[];
  /** Names of members that were not asked: unreachable, or left out by --limit. */
  readonly unseen: readonly string[];
}

/** What happens, as it happens. Views draw these; --json prints each as one line with `time` added. */
export type ApplyEvent =
  | { readonly event: 'version'; readonly format: 1; readonly haprov: string }
  | { readonly event: 'hosts'; readonly hosts: readonly { readonly host: string; readonly cluster: string }[] }
  | { readonly event: 'connect'; readonly host: string }
  | { readonly event: 'planned'; readonly host: string; readonly changes: number }
  | { readonly event: 'phase-start'; readonly host: string; readonly phase: 'prepare' | 'activate' | 'verify' }
  | { readonly event: 'phase-end'; readonly host: string; readonly phase: 'prepare' | 'activate' | 'verify' }
  | {
      readonly event: 'change-start';
      readonly host: string;
      readonly task: string;
      readonly action: string;
      readonly target: string;
    }
  | {
      readonly event: 'change-end';
      readonly host: string;
      readonly task: string;
      readonly action: string;
      readonly target: string;
      readonly ok: boolean;
      readonly ms: number;
    }
  /** A batch of a cluster's rollout begins: these hosts are activated together. */
  | {
      readonly event: 'move-start';
      readonly cluster: string;
      readonly hosts: readonly string[];
      readonly kind: Batch['kind'];
    }
  /** From here on the host puts its old state back by itself after so many seconds, unless haprov confirms the new one. */
  | { readonly event: 'armed'; readonly host: string; readonly seconds: number }
  /** Confirmed through a new connection: the new state stays. */
  | { readonly event: 'confirmed'; readonly host: string }
  /** The old state is back, or as much of it as could be. */
  | { readonly event: 'put-back'; readonly host: string; readonly ok: boolean; readonly detail: string }
  /** A step that takes long says what it waits for. */
  | { readonly event: 'waiting'; readonly host: string; readonly reason: string }
  | {
      readonly event: 'gate';
      readonly cluster: string;
      readonly host?: string;
      readonly gate: string;
      readonly ok: boolean;
      readonly detail: string;
    }
  | ({ readonly event: 'host-end'; readonly host: string } & HostOutcome)
  | {
      readonly event: 'summary';
      readonly hosts: Readonly<Record<string, HostOutcome>>;
      readonly vips: readonly VipOutcome[];
      readonly ms: number;
    };

export type Emit = (event: ApplyEvent) => void;
