/** A rule of lint in words, as docs/inventory.md has it: what it finds, and what to write instead. */
export interface Rule {
  readonly finds: string;
  readonly write: string;
}

/** Rules by their ids. */
export type Rules = Readonly<Record<string, Rule>>;
