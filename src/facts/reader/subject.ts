/**
 * A kind of fact: one script answers all the keys that were asked in a round. Questions have no side effects, and
 * absence is a value: a script exits 0 unless it could not find out.
 */
export interface Subject<K, V> {
  readonly name: string;
  /** POSIX sh; prints the answers to stdout. Keys are distinct. */
  script(keys: readonly K[]): string;
  /** One value for each key, in the keys' order. */
  parse(output: string, keys: readonly K[]): readonly V[];
}

/** Asks one question of a host. Questions that are asked together are answered in one round trip. */
export type Ask = <K extends string, V>(subject: Subject<K, V>, key: K) => Promise<V>;
