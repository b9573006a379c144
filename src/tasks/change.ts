import type { PeerVisible } from '../keepalived/visible.ts';

export type { PeerVisible } from '../keepalived/visible.ts';

/** What will be done to one target on one host, as data: printed, saved, or applied. */
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
  /** When it takes effect. */
  readonly phase: Phase;
  /** What an activate change does ahead of time, while every host prepares: upload, test. */
  readonly stage?: readonly Step[];
  /** Takes away what was staged and never put in place. */
  readonly unstage?: readonly Step[];
  readonly steps: readonly Step[];
  /** Names of handlers to run after the phase. */
  readonly notify: readonly string[];
  /** How it is taken back. Absent where there is nothing to take back (a package stays, a wait leaves nothing). */
  readonly undo?: Undo;
  /** For changes of a service: the unit's name without `.service`. */
  readonly unit?: string;
  /** What the other hosts of the cluster notice of it: until all have it, two of them may hold the VIP. */
  readonly peerVisible?: readonly PeerVisible[];
  /**
   * Steps that every host of the cluster takes, and reloads keepalived after, before any takes `steps`: a VIP leaves
   * its old instance before it comes to the new one (keepalived(8), HUP).
   */
  readonly first?: readonly Step[];
}

/** How a change is taken back on its host. */
export interface Undo {
  /** A verb phrase: "put /etc/keepalived/keepalived.conf back", "remove /etc/sysctl.d/60-haprov.conf". */
  readonly describe: string;
  /**
   * POSIX sh for root, run in a shell of its own, without standard input, by a host that nobody may be connected to. Does
   * nothing where the change was not made, or something else stands there by now; may be run again. Exits 0 unless the
   * old state could not be brought back. Never touches SSH.
   */
  readonly script: string;
  /** Looks only, and exits 0 where there is something to take back. Absent for the content of a file: its hash tells. */
  readonly needed?: string;
  /** Makes the change again after it was taken back, under the same terms as `script`. Absent where a start does it, or a backup. */
  readonly redo?: string;
  /** For a file: what stood there. The text of `before` is in the host's backup directory once the change was made. */
  readonly file?: {
    readonly path: string;
    readonly before: FileVersion | null;
    /** sha256 of what the change puts there; null where it removes the file. */
    readonly after: string | null;
    /** sha256 of versions that stand there for a moment on the way (`Change.first`). */
    readonly between?: readonly string[];
  };
}

/** A version of a file. */
export interface FileVersion {
  readonly sha256: string;
  /** 0644 */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
}

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

/** One script on the host. It exits 0 or the step failed; its stderr is the evidence. Safe to run again. */
export interface Step {
  readonly describe: string;
  readonly script: string;
  /** Never printed, never saved. */
  readonly stdin?: Uint8Array;
  readonly timeoutMs?: number;
}
