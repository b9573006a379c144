/** ok: as it should be. warn: will hurt some day. fail: hurts now, or at the next failover. skip: could not be looked into. */
export type FindingStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** What one check found on one host, or in one cluster. The form of `doctor --json`. */
export interface Finding {
  /** Stable: HD022. */
  readonly id: string;
  /** In a word: "firewall". */
  readonly name: string;
  readonly cluster: string;
  /** Host id; null where it is the cluster's. */
  readonly host: string | null;
  readonly status: FindingStatus;
  /** What was seen. */
  readonly evidence: string;
  /** What comes of it; null where nothing does. */
  readonly why: string | null;
  /** The command or the step that mends it. */
  readonly fix: string | null;
}

/** What a judge says, before it is known whether `haprov apply` would mend it. */
export interface Verdict {
  /** Host id; undefined: the cluster's. */
  readonly host?: string;
  readonly status: FindingStatus;
  readonly evidence: string;
  readonly why?: string;
  /** The ordinary apply mends it, where it has anything to change in the cluster. */
  readonly mends?: true;
  /** What mends it where apply does not. */
  readonly fix?: string;
}

/** What is wrong, and why it matters. */
export interface Trouble {
  readonly why: string;
  readonly mends?: true;
  readonly fix?: string;
}

export function ok(host: string | undefined, evidence: string): Verdict {
  return { ...on(host), status: 'ok', evidence };
}

export function warn(host: string | undefined, evidence: string, trouble: Trouble): Verdict {
  return { ...on(host), status: 'warn', evidence, ...trouble };
}

export function fail(host: string | undefined, evidence: string, trouble: Trouble): Verdict {
  return { ...on(host), status: 'fail', evidence, ...trouble };
}

export function skip(host: string | undefined, evidence: string): Verdict {
  return { ...on(host), status: 'skip', evidence };
}

function on(host: string | undefined): Pick<Verdict, 'host'> {
  return host === undefined ? {} : { host };
}
