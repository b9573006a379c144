import type { Host } from '../inventory/model.ts';

export interface RunOptions {
  /** Bytes for the script's standard input. File content and secrets travel here, never in the script. */
  readonly stdin?: Uint8Array;
  /** Default true: as root, by the host's `become`. */
  readonly become?: boolean;
  /** Wall time after which the run ends with RunTimeoutError. Default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with text as it arrives between the begin mark and the trailer. The result's `stdout` is empty then. */
  readonly onStdout?: (text: string) => void;
}

/** A script that ran to its end on the host: its trailer was seen. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * One open connection to one host. `run` resolves only when the script's trailer arrived, whatever its exit status;
 * anything else (lost, timed out, sudo refused) rejects with a typed error from errors.ts beside this file.
 */
export interface Session {
  readonly host: Host;
  /** A POSIX sh script, run with LC_ALL=C and a system PATH. */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  close(): void;
}

/** Opens sessions; shares one connection per jump host among them. */
export interface Transport {
  connect(host: Host, signal?: AbortSignal): Promise<Session>;
  /** Closes every session and jump connection it opened. */
  close(): void;
}
