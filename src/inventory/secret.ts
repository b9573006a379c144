import { inspect } from 'node:util';

/** Where a secret's value comes from; the contract's four forms, and a prompt that the command line asks for. */
export type SecretSource =
  | { readonly literal: string }
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] }
  | { readonly prompt: string };

/** Where an inventory names a secret; `file` where it is not the inventory's first. */
export interface SecretPlace {
  readonly line: number;
  readonly column: number;
  readonly file?: string;
}

const MASK = '********';

/**
 * A value that never shows itself: printing, JSON and string conversion give the mask. `reveal` is for the one place
 * that the value is meant for.
 */
export class Secret {
  static readonly MASK = MASK;
  readonly source: SecretSource;
  /** Where the inventory names it; absent for a prompt. */
  readonly where: SecretPlace | undefined;
  readonly #value: string | undefined;

  constructor(source: SecretSource, value?: string, where?: SecretPlace) {
    this.source = source;
    this.where = where;
    this.#value = 'literal' in source ? source.literal : value;
  }

  /** Whether the value is known; env, file and command sources are not until they were resolved. */
  get resolved(): boolean {
    return this.#value !== undefined;
  }

  /** The value. Throws when it was not resolved: a programming error, not a user's. */
  reveal(): string {
    if (this.#value === undefined) throw new Error(`secret from ${JSON.stringify(this.source)} was not resolved`);
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
