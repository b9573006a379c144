import type { PeerVisible, Recreated } from '../keepalived/visible.ts';
import type { ChangeData } from './registry.ts';

export type { PeerVisible, Recreated } from '../keepalived/visible.ts';

/** What will be done to one target on one host: printed, saved, or applied. */
export interface Change {
  /** The playbook task's name. */
  readonly task: string;
  readonly module: string;
  readonly action: Action;
  /** What is changed: a path, `package keepalived`, `service nginx`, `sysctl net.ipv4.ip_nonlocal_bind`. */
  readonly target: string;
  /** One plain line without action and target: "mode 0644 -> 0755", "2.2.7-1 from apt". May be empty. */
  readonly detail: string;
  /** Masked text of a file before and after; null where it is absent. Absent for changes that are not files. */
  readonly diff?: { readonly before: string | null; readonly after: string | null; readonly note?: string };
  /** The file ships with haprov: its text is the same for everyone. */
  readonly bundled?: true;
  /** When it takes effect. */
  readonly phase: Phase;
  /** What the host does, in this order; the same data is recorded, and inverted to take the change back. */
  readonly data: readonly ChangeData[];
  /** The new version of the file that `data` puts in place. */
  readonly upload?: Upload;
  /** Names of handlers to run after the phase. */
  readonly notify: readonly string[];
  /** Handlers that go on the host's record of pending handlers before the change, and off it after the change. */
  readonly owes?: readonly string[];
  readonly pays?: readonly string[];
  /** For changes of a service: the unit's name without `.service`. */
  readonly unit?: string;
  /** What the other hosts of the cluster notice of it: until all have it, two of them may hold the VIP. */
  readonly peerVisible?: readonly PeerVisible[];
  /** Instances that keepalived makes anew at the reload: what they hold goes to a backup meanwhile. */
  readonly recreates?: readonly Recreated[];
}

/** A version of a file that waits on the host until its change is made. Never printed, never saved. */
export interface Upload {
  /** The text, or the name under which the host itself keeps it. */
  readonly from: { readonly text: string } | { readonly kept: string };
  /** What it has to pass before anything is replaced. */
  readonly test?: StagedTest;
  /**
   * A version that every host of the cluster takes, and reloads keepalived after, before any takes the new one: a VIP leaves
   * its old instance before it comes to the new one (keepalived(8), HUP).
   */
  readonly intermediate?: { readonly text: string; readonly test: StagedTest };
}

/** A test of a staged file: a command line of sh with %s for its path, or what a keepalived.conf needs to be there. */
export type StagedTest =
  | { readonly command: string }
  | { readonly interfaces: readonly string[]; readonly scripts: readonly string[] };

export type Action =
  | 'create'
  | 'update'
  | 'remove'
  | 'install'
  | 'enable'
  | 'start'
  | 'stop'
  | 'reload'
  | 'restart'
  | 'set'
  | 'open'
  | 'run'
  | 'wait';

/** prepare: nothing that a running service notices. activate: the rest. */
export type Phase = 'prepare' | 'activate';
