import type { z } from 'zod';
import type { Statement } from './parse.ts';

/** Values of a block by keyword. */
export type Values = Readonly<Record<string, unknown>>;

/** What the values of a block amount to; the lines of some keywords depend on it. */
export interface Frame {
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly interface: string;
  /** keepalived makes an interface of its own for the addresses (use_vmac, use_ipvlan). */
  readonly ownLink?: boolean;
  /** A keyword with its block, for errors: "priority of vrrp_instance VI_1". */
  readonly of: (keyword: string) => string;
}

/** One thing that peers notice; without secrets. */
export interface Notice {
  readonly key: string;
  /** "+ 10.0.0.5/24", "51 -> 52", "changes". */
  readonly detail: string;
  /** keepalived makes the instance anew: it starts as a backup, and its VIPs come back by an election only. */
  readonly anew?: true;
  /** The address that the instance gets; normalised. */
  readonly gets?: string;
}

/** A keyword's value as keepalived's dump (keepalived.data) shows it: the text after ` = `, or the lines of a list. */
export interface Shown {
  readonly text: string | undefined;
  readonly lines: readonly string[] | undefined;
}

/** A type of value: how the inventory, keepalived.conf and keepalived's dump write it. V is one host's value, W the inventory's. */
export interface Kind<V = unknown, W = V> {
  /** password, unicast and checks are built by the inventory, which alone knows secrets, hosts and services. */
  readonly type: 'plain' | 'password' | 'unicast' | 'checks';
  /** The inventory's form of one value; absent where the inventory has its own for the type. */
  readonly schema?: z.ZodType<W>;
  /** Completes "must be"; needed for values per host. */
  readonly must?: string;
  /** The range, for the documents: "1 to 255". */
  readonly says: string;
  /** The value of a form that the schema has passed. Default: the form itself. */
  build?(written: W): V;
  /** The value that one host has, where it holds what differs from host to host. Default: the value itself. */
  forHost?(value: V, host: string): V;
  /** Its lines in a block. Throws UnsafeValueError. */
  write(keyword: string, value: unknown, frame: Frame): readonly string[];
  /** What a block of keepalived.conf says; of two statements the last one counts. undefined: nothing. */
  read(keyword: string, body: readonly Statement[]): V | undefined;
  /** What the dump of a running keepalived says. */
  show?(shown: Shown): unknown;
  /** What keepalived does with a value from a file before it sends it: rounds it, cuts it. Default: nothing. */
  send?(value: V | undefined, sent: Sent): unknown;
  /** What peers notice between two sent values. Default: "51 -> 52" where they differ. */
  notice?(keyword: string, old: Sent, next: Sent): readonly Notice[];
  /** Where what runs differs from the file, in words. Default: "priority 150, not 77". `salt`: for passwords. */
  differ?(keyword: string, body: readonly Statement[], live: Values, salt: string): readonly string[];
}

/** An instance of a file as keepalived sends it. */
export interface Sent {
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  /** By keyword, what `send` gives. */
  readonly values: Values;
  readonly body: readonly Statement[];
  readonly globals: readonly Statement[];
}

/** Where keepalived's dump has a keyword: the title of its line or list, and the name that the fact gives it. */
export interface Dumped {
  readonly title: string;
  readonly as: string;
}

/** One keyword: all that haprov knows of it. */
export interface Keyword {
  readonly kind: Kind;
  /** One line of documentation; `{default}` stands for the default. */
  readonly doc?: string;
  /** The inventory has to name it. `guess` stands in for a broken value while the rest is checked. */
  readonly needed?: { readonly guess: unknown };
  /** keepalived's own default. */
  readonly default?: unknown;
  /** What haprov chooses for a host by its place among the cluster's, from 0, where the inventory names nothing. */
  readonly byOrder?: (place: number, count: number) => unknown;
  /** Another keyword of the block whose value is the default. */
  readonly defaultsTo?: string;
  /** What haprov writes where the inventory names nothing, if not keepalived's default. */
  readonly chosen?: unknown;
  /** The default in words, where it is no single value; filled in by the inventory. */
  readonly derived?: string;
  /** What the other values of the block make of it, whatever is written. */
  readonly implied?: (values: Values) => unknown;
  /** The keyword of global_defs that sets keepalived's default. */
  readonly global?: string;
  /** The inventory takes a map of host names, too; `every`: it has to name every host. */
  readonly perHost?: 'every' | 'some';
  /** Not a key of the inventory: haprov writes it itself (`own`), or only reads it in other people's files. */
  readonly inventory?: false;
  /** People copy it from tutorials; it does nothing. */
  readonly deprecated?: true;
  /** The first keepalived that has it; absent: every one that haprov supports (2.0.19 and later). */
  readonly since?: string;
  /**
   * Whether peers notice another value; anew: keepalived then also makes the instance anew. heard: it does, and peers go on
   * hearing each other, so that the VIP goes to a backup until it comes back. Absent: they do not.
   */
  readonly peers?: 'notice' | 'anew' | 'heard';
  /** keepalived goes by it when it looks for an instance again after a reload. */
  readonly identity?: 'wire' | 'way';
  /** What a change takes. Absent: a reload. */
  readonly change?: 'restart';
  /** Has no effect beside the other values, and keepalived complains: it is left out. */
  readonly idle?: (values: Values, frame: Frame) => boolean;
  /** What keepalived's dump shows of it; `compared: false`: for reading only. */
  readonly dump?: Dumped & { readonly compared?: false };
  /** What the failover proof (src/vrrp) takes from it. */
  readonly proof?: string;
  /** Its place among the lines of the block, from 0; keywords of one place stand in the table's order. Default 50. */
  readonly place?: number;
}

/** The keywords of a block by their names, in the order of the documents. */
export type Table = Readonly<Record<string, Keyword>>;

/** The value of a keyword on one host. */
export type ValueOf<R> = R extends { readonly kind: Kind<infer V, infer _> } ? V : never;

/** Keywords that always have a value once the inventory is read. */
export type SureKeys<T> = {
  [K in keyof T]: T[K] extends { needed: unknown } | { default: unknown } | { derived: unknown } ? K : never;
}[keyof T];

/** A block as one host has it; keywords without a default may be absent. */
export type BlockOf<T> = { readonly [K in SureKeys<T>]: ValueOf<T[K]> } & {
  readonly [K in Exclude<keyof T, SureKeys<T>>]?: ValueOf<T[K]>;
};

/** What haprov writes where the inventory names nothing. */
export function wantedOf({ chosen, default: own }: Keyword): unknown {
  return chosen ?? own;
}

/** The keywords of which something holds, in the table's order. */
export function keysWhere(table: Table, holds: (row: Keyword) => boolean): readonly string[] {
  return Object.entries(table).flatMap(([keyword, row]) => (holds(row) ? [keyword] : []));
}

/** The rows of a table in the order of a file's lines. */
export function inFileOrder(table: Table): readonly (readonly [string, Keyword])[] {
  return Object.entries(table).sort(([, a], [, b]) => (a.place ?? 50) - (b.place ?? 50));
}
