import { valueAt } from '../issues.ts';
import type { Locate, Position } from '../locate.ts';
import type { Problem } from '../model.ts';
import type { Finding, Path } from '../problem.ts';
import type { YamlSource } from '../yaml-source.ts';
import { defaultPaths, withDefaults } from './defaults.ts';
import { expandHosts, hasRange } from './ranges.ts';

/** A file of an inventory. */
export interface SourceFile {
  /** As messages name it. */
  readonly file: string;
  /** Absolute; its relative paths are taken from here. */
  readonly directory: string;
  readonly source: YamlSource;
}

/** All files of an inventory as one. */
export interface Composed {
  readonly data: unknown;
  /** With the file where it is not the first. */
  readonly locate: Locate;
  /** Where a cluster's file is; undefined: the inventory's own directory. */
  readonly directoryOf: (cluster: string) => string | undefined;
  /** What `defaults` says of checks, for those that a cluster's services have by themselves. */
  readonly checkDefaults: (cluster: string) => unknown;
  readonly problems: readonly Problem[];
}

type Complain = (from: SourceFile, about: Pick<Finding, 'path' | 'rule' | 'message'>) => void;
type Data = Readonly<Record<string, unknown>>;

interface Owned {
  readonly from: SourceFile;
  /** What `defaults` says of it, the file's own first. */
  readonly defaults: readonly SourceFile[];
  /** Keys of `hosts` by the names that they were expanded to. */
  readonly ranges: ReadonlyMap<string, string>;
}

/**
 * One inventory out of a file and those that it includes: their clusters side by side, `defaults` merged in, ranges of
 * hosts written out. What is no map is left as it is, for the schema to complain about. Pure.
 */
export function compose(main: SourceFile, included: readonly SourceFile[]): Composed {
  const problems: Problem[] = [];
  const owned = new Map<string, Owned>();
  const clusters: [string, unknown][] = [];
  const complain: Complain = (from, { path, ...about }) => {
    problems.push({ file: from.file, ...plain(from.source.locate(path, 'key')), severity: 'error', ...about });
  };
  for (const from of [main, ...included]) {
    const root = mapOf(from.source.data);
    const own = root.clusters;
    if (from !== main) complainOfForeign(root, from, complain);
    if (own === undefined || own === null) continue;
    if (!isMap(own)) {
      if (from !== main)
        complain(from, { path: ['clusters'], rule: 'type', message: 'clusters must be a map of clusters by name' });
      continue;
    }
    const defaults = from === main ? [main] : [from, main];
    for (const [name, written] of Object.entries(own)) {
      const first = owned.get(name);
      if (first !== undefined) {
        const { line } = first.from.source.locate(['clusters', name], 'key');
        const message = `cluster ${name} stands in ${first.from.file}, line ${line}, too; a name is for one cluster`;
        complain(from, { path: ['clusters', name], rule: 'cluster-twice', message });
        continue;
      }
      const levels = from === main ? written : withLevels(written, root);
      const merged = defaults.reduce((data, file) => withDefaults(data, mapOf(file.source.data).defaults), levels);
      const ranges = new Map<string, string>();
      const hosts = withHosts(merged, ranges, (key, message) =>
        complain(from, { path: ['clusters', name, 'hosts', key], rule: 'host-range', message }),
      );
      clusters.push([name, hosts]);
      owned.set(name, { from, defaults, ranges });
    }
  }
  const root = main.source.data;
  const whole =
    isMap(root) && (isMap(root.clusters) || clusters.length > 0)
      ? { ...root, clusters: Object.fromEntries(clusters) }
      : root;
  return {
    data: whole,
    locate: (path, at) => locateIn(path, at, owned, main),
    directoryOf: (cluster) => owned.get(cluster)?.from.directory,
    checkDefaults: (cluster) =>
      Object.assign(
        {},
        ...[...(owned.get(cluster)?.defaults ?? [])]
          .reverse()
          .map(({ source }) => mapOf(mapOf(source.data).defaults).check),
      ),
    problems,
  };
}

const SHARED = ['ssh', 'become', 'defaults', 'clusters', 'include'];

/** Keys of an included file that only the first file can have. */
function complainOfForeign(root: Data, from: SourceFile, complain: Complain): void {
  for (const key of Object.keys(root)) {
    if (SHARED.includes(key)) continue;
    const message = `an included file has ${SHARED.join(', ')}; ${key} is for the inventory that includes it`;
    complain(from, { path: [key], rule: 'include', message });
  }
}

/** What an included file says of SSH and sudo is for its own clusters. */
function withLevels(cluster: unknown, root: Data): unknown {
  if (!isMap(cluster)) return cluster;
  const { ssh, become } = root;
  return {
    ...(become === undefined ? {} : { become }),
    ...cluster,
    ...(ssh === undefined
      ? {}
      : { ssh: isMap(ssh) && isMap(cluster.ssh) ? { ...ssh, ...cluster.ssh } : (cluster.ssh ?? ssh) }),
  };
}

/** The cluster with its ranges of hosts written out; `ranges` gets the key of each name. */
function withHosts(
  cluster: unknown,
  ranges: Map<string, string>,
  fail: (key: string, message: string) => void,
): unknown {
  if (!isMap(cluster) || !isMap(cluster.hosts)) return cluster;
  const { hosts } = cluster;
  if (!Object.keys(hosts).some(hasRange)) return cluster;
  const names = new Set(Object.keys(hosts).filter((key) => !hasRange(key)));
  const entries = Object.entries(hosts).flatMap(([key, value]): [string, unknown][] => {
    const address = isMap(value) ? value.address : value;
    const expanded = expandHosts(key, typeof address === 'string' ? address : undefined);
    if (expanded === undefined) return [[key, value]];
    if ('reason' in expanded) {
      fail(key, expanded.reason);
      return [];
    }
    return expanded.hosts.flatMap(({ name, address: one }): [string, unknown][] => {
      if (names.has(name)) {
        fail(key, `${key} names ${name}, which another line of hosts names too`);
        return [];
      }
      names.add(name);
      ranges.set(name, key);
      return [[name, one === undefined ? value : isMap(value) ? { ...value, address: one } : one]];
    });
  });
  return { ...cluster, hosts: Object.fromEntries(entries) };
}

function locateIn(
  path: Path,
  at: 'key' | 'value' | undefined,
  owned: ReadonlyMap<string, Owned>,
  main: SourceFile,
): Position {
  const own = path[0] === 'clusters' ? owned.get(String(path[1])) : undefined;
  if (own === undefined) return main.source.locate(path, at);
  const { from, defaults, ranges } = own;
  const key = path[2] === 'hosts' ? ranges.get(String(path[3])) : undefined;
  const written = key === undefined ? path : [...path.slice(0, 3), key, ...path.slice(4)];
  const place = (file: SourceFile, where: Path): Position => ({
    ...plain(file.source.locate(where, at)),
    ...(file === main ? {} : { file: file.file }),
  });
  if (has(from, written)) return place(from, written);
  for (const file of defaults) {
    for (const one of defaultPaths(path)) if (has(file, ['defaults', ...one])) return place(file, ['defaults', ...one]);
  }
  const level = path[2] === 'ssh' || path[2] === 'become' ? path.slice(2) : undefined;
  return level !== undefined && from !== main && has(from, level) ? place(from, level) : place(from, written);
}

function has({ source }: SourceFile, path: Path): boolean {
  return valueAt(source.data, path) !== undefined;
}

function plain({ line, column }: Position): { readonly line: number; readonly column: number } {
  return { line, column };
}

function mapOf(value: unknown): Data {
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
