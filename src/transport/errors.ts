import { type ErrorFacts, HaprovError } from '../errors.ts';

/**
 * Why no session came to be. `dropped`: the server closed before or during the key exchange (MaxStartups, a
 * tcp wrapper). `forward`: a jump host refuses to forward. `auth` covers key files that cannot be used too.
 */
export type ConnectErrorKind =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'dropped'
  | 'protocol'
  | 'forward'
  | 'host-key'
  | 'auth'
  | 'lost';

/** What went wrong on one hop, before it is known on whose behalf. */
export interface HopFault {
  readonly kind: ConnectErrorKind;
  readonly message: string;
  /** Whether the same attempt may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  readonly next?: string | undefined;
  readonly evidence?: string | undefined;
  readonly cause?: unknown;
  readonly hostKey?: HostKeyFault | undefined;
  /** The two sides could not agree on how to speak, which another client may be able to; what was wrong, as a clause. */
  readonly disagreement?: string | undefined;
}

/** The evidence of a refused host key. */
export interface HostKeyFault {
  readonly verdict: 'unknown' | 'changed' | 'revoked';
  /** The name under which the key was looked up: `bastion`, `[10.0.0.1]:2222`. */
  readonly name: string;
  readonly keyType: string;
  /** Of the key that the server showed, as OpenSSH prints it: `SHA256:…`. */
  readonly fingerprint: string;
  /** Entries of known_hosts that speak of this name or key. */
  readonly known: readonly { file: string; line: number; keyType: string; fingerprint: string }[];
}

/** A fault on its way from a hop to the host on whose behalf it was met; becomes a ConnectError there. */
export class HopFaultError extends Error {
  readonly fault: HopFault;

  constructor(fault: HopFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** No session: nothing of any script was sent. */
export class ConnectError extends HaprovError {
  override readonly name: string = 'ConnectError';
  readonly fault: HopFault;
  readonly kind: ConnectErrorKind;
  /** `target`, or `jump 1 of 2 ops@bastion:22`. */
  readonly hop: string;
  readonly retryable: boolean;
  /** See HopFault. */
  readonly disagreement: string | undefined;

  constructor(fault: HopFault, host: string, hop: string) {
    super(hop === 'target' ? fault.message : `${hop}: ${fault.message}`, {
      host,
      action: hop === 'target' ? 'connect' : `connect through ${hop}`,
      next: fault.next,
      evidence: fault.evidence,
      cause: fault.cause,
    });
    this.fault = fault;
    this.kind = fault.kind;
    this.hop = hop;
    this.retryable = fault.retryable;
    this.disagreement = fault.disagreement;
  }
}

/** The server's host key is not the one expected; no credential was sent. */
export class HostKeyError extends ConnectError {
  override readonly name = 'HostKeyError';
  readonly hostKey: HostKeyFault;

  constructor(fault: HopFault, hostKey: HostKeyFault, host: string, hop: string) {
    super(fault, host, hop);
    this.hostKey = hostKey;
  }
}

/** The error that the caller of `connect` sees for a fault met on a hop. */
export function connectError(fault: HopFault, host: string, hop: string): ConnectError {
  return fault.hostKey === undefined
    ? new ConnectError(fault, host, hop)
    : new HostKeyError(fault, fault.hostKey, host, hop);
}

/** The connection went away before the trailer: whether the script ran, or how far, is unknown. */
export class LostConnectionError extends HaprovError {
  override readonly name = 'LostConnectionError';
  readonly hop: string;
  /** false: the script never left, a repetition is safe. true: it may have run, wholly or in part. */
  readonly mayHaveRun: boolean;

  constructor(message: string, hop: string, mayHaveRun: boolean, facts: ErrorFacts) {
    super(hop === 'target' ? message : `${hop}: ${message}`, {
      next: mayHaveRun ? 'Read the host again before repeating: the script may have run.' : 'Run again.',
      ...facts,
    });
    this.hop = hop;
    this.mayHaveRun = mayHaveRun;
  }
}

/** The script outlived its time; it may still be running on the host. */
export class RunTimeoutError extends HaprovError {
  override readonly name = 'RunTimeoutError';
  readonly timeoutMs: number;

  constructor(timeoutMs: number, message: string, facts: ErrorFacts) {
    super(message, facts);
    this.timeoutMs = timeoutMs;
  }
}

/** Root was refused; nothing of the script ran. */
export class BecomeError extends HaprovError {
  override readonly name = 'BecomeError';
  readonly reason: 'refused' | 'wrong-password';
  /** Exit status of sudo, where it ended by itself. */
  readonly code: number | undefined;

  constructor(reason: 'refused' | 'wrong-password', code: number | undefined, message: string, facts: ErrorFacts) {
    super(message, { action: 'become root', ...facts });
    this.reason = reason;
    this.code = code;
  }
}

/** The login shell did not run the command: nologin, a forced command, exec requests forbidden. Nothing ran. */
export class ShellError extends HaprovError {
  override readonly name = 'ShellError';
  readonly code: number | undefined;

  constructor(code: number | undefined, message: string, facts: ErrorFacts) {
    super(message, { action: 'start a shell', ...facts });
    this.code = code;
  }
}

/** The host sent more than `limit` bytes; the run was cut off. */
export class OutputTooLargeError extends HaprovError {
  override readonly name = 'OutputTooLargeError';
  readonly limit: number;

  constructor(limit: number, facts: ErrorFacts) {
    super(`output exceeds ${limit} bytes`, facts);
    this.limit = limit;
  }
}

/** errno code, or the number of an SSH disconnect message. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}

/** Whether a file is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}
