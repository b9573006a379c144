import type { AddressFact } from '../../facts/network/address.ts';
import type { ReadSources } from '../../keepalived/source/read-sources.ts';
import type { Sources } from '../../keepalived/source/sources.ts';

/** A host that runs keepalived already, as it was found. */
export interface FoundHost {
  /** Its name in the inventory. */
  readonly name: string;
  /** What connects to it, as the inventory has it. */
  readonly address: string;
  /** What of the way to it is its own. */
  readonly ssh?: { readonly user?: string; readonly port?: number };
  readonly sources: Sources;
  readonly config: ReadSources;
  readonly addresses: readonly AddressFact[];
  /** Options that keepalived was started with. */
  readonly options: string;
  /** Who runs scripts where nothing says it: keepalived_script where there is such an account. */
  readonly scriptUser: string;
  /** Texts of the scripts that it names, by their paths on the host. */
  readonly scripts: ReadonlyMap<string, string>;
}

/** One line of the inventory to be: where it stands, what it says, and where that came from. */
export interface Line {
  readonly path: readonly string[];
  readonly value: unknown;
  /** "lb1 /etc/keepalived/keepalived.conf:12", or what else there is to say. */
  readonly from?: string;
}

/** A file beside the inventory. */
export interface BesideFile {
  /** Relative to the inventory. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** It is not written: this variable of the environment stands for it. */
  readonly variable?: string;
}

/** Something that cannot be written into an inventory, or that contradicts itself. */
export interface Trouble {
  readonly host: string;
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** What comes of hosts, or of a part of them. */
export interface Part {
  readonly lines: readonly Line[];
  readonly files: readonly BesideFile[];
  /** It goes into no inventory as it is: nothing is written. */
  readonly refused: readonly Trouble[];
  /** It goes, and the administrator should know. */
  readonly notes: readonly Trouble[];
}

export const EMPTY: Part = { lines: [], files: [], refused: [], notes: [] };

export function joined(parts: readonly Part[]): Part {
  return {
    lines: parts.flatMap(({ lines }) => lines),
    files: parts.flatMap(({ files }) => files),
    refused: parts.flatMap(({ refused }) => refused),
    notes: parts.flatMap(({ notes }) => notes),
  };
}
