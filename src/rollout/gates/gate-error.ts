import { HaprovError } from '../../errors.ts';

/** A cluster whose state is not the one that was to be reached. */
export class GateError extends HaprovError {
  override readonly name = 'GateError';
}

/** What stands in a gate's way. */
export interface Trouble {
  /** The gate's name, as its event has it. */
  readonly gate: string;
  /** One clause that names host or VIP. */
  readonly message: string;
  /** Ids of the hosts whose journals may tell why. */
  readonly hosts: readonly string[];
  /** What to run. */
  readonly next: string;
  /** Waiting does not help. */
  readonly final?: true;
  /** keepalived has given up on this host, since a check fails or its interface is down: "VI_1 on lb1 is in FAULT". */
  readonly fault?: { readonly host: string; readonly what: string };
}
