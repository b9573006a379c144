import type { Statement } from '../parse.ts';

/** One thing that a host's keepalived.conf has and the new one does not keep. */
export interface Loss {
  /** Absolute path on the host; absent: the keepalived.conf itself. */
  readonly file?: string;
  /** From 1. */
  readonly line: number;
  /** As a noun phrase, without secrets: "virtual_server 10.0.0.1 80", "address 10.0.0.5 of vrrp_instance VI_1". */
  readonly what: string;
  /** The word of keepalived that `drop` takes for it. */
  readonly word: string;
  /** Its name, where the word has one: `drop` takes both together, too. */
  readonly name?: string;
}

export function lossAt({ file, line }: Statement, what: string, word: string, name?: string): Loss {
  return { ...(file === undefined ? {} : { file }), line, what, word, ...(name === undefined ? {} : { name }) };
}

/** A statement's words as they may be shown: no more than a few, and nothing of a password. */
export function wordsOf({ keyword, args }: Statement): string {
  return [keyword, ...(/pass|key|secret/i.test(keyword) ? ['********'] : args)].join(' ').slice(0, 120);
}

/** Whether the user gave something up: by its word, or by word and name. */
export function isDropped({ word, name }: Loss, drop: readonly string[]): boolean {
  return drop.includes(word) || (name !== undefined && drop.includes(`${word} ${name}`));
}
