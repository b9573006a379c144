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
