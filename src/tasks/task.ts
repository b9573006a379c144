import type { Change } from '../changes/change.ts';
import type { Ask } from '../facts/reader/subject.ts';
import type { Cluster, Host } from '../inventory/model.ts';

/** Text for a file on a host, and the same with its secrets masked. They are equal where it holds none. */
export interface Content {
  readonly text: string;
  readonly masked: string;
}

/** All that a task may know while it plans. It has no session: it asks facts and yields changes. */
export interface TaskContext {
  readonly cluster: Cluster;
  readonly host: Host;
  readonly ask: Ask;
  /** The playbook task's name. */
  readonly task: string;
  readonly notify: readonly string[];
  /** A local file: absolute, or relative to the playbook (then to its `files`). */
  readonly read: (path: string) => Promise<string>;
  /** A Liquid template with the playbook's variables. */
  readonly render: (template: string) => Promise<Content>;
  /** Masks every secret of the inventory in a text from the host. */
  readonly redact: (text: string) => string;
}

export interface Planned {
  readonly changes: readonly Change[];
  /** What the administrator should know although nothing is changed about it. */
  readonly notes: readonly string[];
}

export const NOTHING: Planned = { changes: [], notes: [] };

/** A task's kind: parses its arguments once, plans them for each host. */
export interface Module<A> {
  readonly name: string;
  /** Arguments whose text is left unrendered, because the module renders it itself and knows how to mask it. */
  readonly raw?: readonly string[];
  /** Throws a ZodError. */
  readonly parse: (args: unknown) => A;
  /** Local files that it would upload. */
  readonly files?: (args: A) => readonly string[];
  /** Scripts of the user's own that planning runs on the host, as root. */
  readonly asks?: (args: A) => readonly string[];
  readonly plan: (args: A, context: TaskContext) => Promise<Planned>;
}
