import type { Subject } from './subject.ts';

/** Who works on a host, or has worked: one apply at a time holds the lease. Times in seconds. */
export interface LeaseFact {
  /** Known to the run that holds it alone; the higher one gives way where two want several hosts at once. */
  readonly token: string;
  readonly run: string;
  /** alice@ops1 */
  readonly who: string;
  /** "apply prod.yaml" */
  readonly why: string;
  /** Identity of the machine and process that hold it: `MACHINE_ID/BOOT_ID/PID`. */
  readonly process: string;
  readonly heldFor: number;
  /** Until it expires; 0 or less is expired, as is any lease of an earlier boot. */
  readonly left: number;
}

/** The dead man's switch of a host: an old state that comes back unless haprov confirms the new one. */
export interface SwitchFact {
  readonly state: 'armed' | 'rolling';
  readonly run: string;
  readonly who: string;
  /** Seconds until the host puts the old state back; 0 or less: it is due. */
  readonly left: number;
}

/** The host took a run back by itself, and no later apply has been confirmed since. */
export interface PutBackFact {
  readonly run: string;
  readonly who: string;
  /** ISO 8601, by the host's clock. */
  readonly at: string;
  /** "nobody confirmed it within 60 s", "the host was rebooted before it was confirmed". */
  readonly reason: string;
  /** Whether all of it came back. */
  readonly ok: boolean;
}

/** What guards a host against two runs at once and against a run that ends in the middle. */
export interface GuardFact {
  /** Changes whenever a run takes the lease: what was planned before is out of date then. Empty on a blank host. */
  readonly generation: string;
  readonly lease: LeaseFact | null;
  readonly armed: SwitchFact | null;
  readonly putBack: PutBackFact | null;
}

/** A host that haprov has never touched. */
export const NO_GUARD: GuardFact = { generation: '', lease: null, armed: null, putBack: null };

/** Key: always `guard`. */
export const guardSubject: Subject<'guard', GuardFact> = {
  name: 'guard',
  script: () => ':',
  parse: () => [NO_GUARD],
};
