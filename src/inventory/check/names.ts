import type { Keyword } from '../../keepalived/keyword.ts';
import { isName } from '../../keepalived/names.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { label } from '../issues.ts';
import { nearest } from '../known-words.ts';
import type { Finding, Path } from '../problem.ts';
import type { ClusterView, InstanceView } from './view.ts';

/** Names that end in keepalived.conf, and maps that name hosts which the cluster does not have. */
export function checkNames(clusters: readonly ClusterView[]): Finding[] {
  return clusters.flatMap(({ path, written, instances }) => [
    ...judge([path]),
    ...judge(Object.keys(written.hosts).map((host) => [...path, 'hosts', host])),
    ...instances.flatMap((view) => [
      ...judge([view.path]),
      ...judge(Object.keys(view.written.track_script ?? {}).map((check) => [...view.path, 'track_script', check])),
      ...checkHostMaps(view),
    ]),
  ]);
}

function judge(paths: readonly Path[]): Finding[] {
  return paths.flatMap((path): Finding[] => {
    if (isName(String(path.at(-1)))) return [];
    const kind = label(path).split(' ')[0] ?? 'this';
    const message = `the name of a ${kind} must be 1 to 63 letters, digits, _, . and -, begin with a letter or a digit, and not be include`;
    return [{ path, at: 'key', severity: 'error', rule: 'name', message }];
  });
}

function checkHostMaps({ path, written, cluster }: InstanceView): Finding[] {
  const hosts = cluster.hosts.map((host) => host.name);
  const values: Readonly<Record<string, unknown>> = { ...written };
  return Object.entries<Keyword>(VRRP_INSTANCE).flatMap(([key, { perHost }]): Finding[] => {
    const map = values[key];
    if (perHost === undefined || typeof map !== 'object' || map === null || Array.isArray(map)) return [];
    const involves = [['clusters', cluster.name, 'hosts']];
    const unknown = Object.keys(map).filter((host) => !hosts.includes(host));
    const missing = hosts.filter((host) => !Object.hasOwn(map, host));
    return [
      ...unknown.map((host): Finding => {
        const near = nearest(host, hosts);
        const hint = near === undefined ? `its hosts are ${hosts.join(', ')}` : `did you mean '${near}'?`;
        const message = `${key} names '${host}', which is no host of ${cluster.name}; ${hint}`;
        return { path: [...path, key, host], at: 'key', severity: 'error', rule: 'unknown-host', message, involves };
      }),
      ...(perHost === 'every' && missing.length > 0
        ? [
            {
              path: [...path, key],
              at: 'key',
              severity: 'error',
              rule: 'missing-host',
              message: `${key} has no value for ${missing.join(', ')}; a map names every host of the cluster`,
              involves: [...involves, [...path, key]],
            } as const,
          ]
        : []),
    ];
  });
}
