import type { Path } from '../problem.ts';

type Data = Readonly<Record<string, unknown>>;

/** Maps of a cluster that are merged key by key; any other value of a cluster replaces the default as a whole. */
const MERGED = new Set(['notify', 'keepalived', 'ssh', 'firewall']);
/** Keys of `defaults` that are no keys of a cluster. */
const INSTANCE = 'vrrp_instance';
const CHECK = 'check';

/** A cluster with what `defaults` says where it says nothing itself. Anything that is no map is left for the schema. */
export function withDefaults(cluster: unknown, defaults: unknown): unknown {
  if (!isMap(cluster) || !isMap(defaults)) return cluster;
  const { [INSTANCE]: forInstances, [CHECK]: forChecks, ...own } = defaults;
  const instances = cluster.vrrp_instances;
  return {
    ...mergedCluster(own, cluster),
    ...(isMap(instances)
      ? { vrrp_instances: mapValues(instances, (one) => withInstanceDefaults(one, forInstances, forChecks)) }
      : {}),
  };
}

function mergedCluster(defaults: Data, cluster: Data): Data {
  const both = Object.keys(defaults).filter((key) => MERGED.has(key) && isMap(defaults[key]) && isMap(cluster[key]));
  const merged = both.map((key) => [key, { ...asMap(defaults[key]), ...asMap(cluster[key]) }] as const);
  return { ...defaults, ...cluster, ...Object.fromEntries(merged) };
}

function withInstanceDefaults(instance: unknown, defaults: unknown, checks: unknown): unknown {
  if (!isMap(instance)) return instance;
  const all: Data = isMap(defaults) ? { ...defaults, ...instance } : instance;
  const scripts = all.track_script;
  if (!isMap(scripts) || !isMap(checks)) return all;
  return { ...all, track_script: mapValues(scripts, (one) => (isMap(one) ? { ...checks, ...one } : one)) };
}

/** Where `defaults` may say the value at a path of a cluster, its path within `defaults`: the deepest first. */
export function defaultPaths(path: Path): readonly Path[] {
  const [, , key, , word, , ...rest] = path;
  if (key !== 'vrrp_instances') return [path.slice(2)];
  return [...(word === 'track_script' ? [[CHECK, ...rest]] : []), [INSTANCE, ...path.slice(4)]];
}

function mapValues(map: Data, change: (value: unknown) => unknown): Data {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function isMap(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asMap(value: unknown): Data {
  return isMap(value) ? value : {};
}
