import { SERVICE_NAMES } from '../../checks/services.ts';
import { nearest } from '../known-words.ts';
import type { Finding, Path } from '../problem.ts';
import type { WrittenService } from '../schema/service.ts';
import type { ClusterView } from './view.ts';

/** What is written as a cluster's service: words that were probably meant otherwise, and maps that say too much or too little. */
export function checkServices({ path, written, cluster }: ClusterView): Finding[] {
  const place = [...path, 'service'];
  const { service } = written;
  if (service === undefined) return [];
  const entries = Array.isArray(service)
    ? service.map((one: WrittenService, index) => ({ one, at: [...place, index] as Path }))
    : [{ one: service as WrittenService, at: place as Path }];
  const names = cluster.services.map(({ name }) => name);
  return [
    ...entries.flatMap(({ one, at }) =>
      typeof one === 'string' ? judgeWord(one, at, entries.length) : judgeMap(one, at),
    ),
    ...entries.flatMap(({ at }, index): Finding[] => {
      const name = names[index];
      if (name === undefined || names.length !== entries.length || names.indexOf(name) === index) return [];
      return [
        { path: at, severity: 'error', rule: 'service', message: `${name} is named twice; take one of them out` },
      ];
    }),
    ...containerHint(path, cluster, written),
  ];
}

function judgeWord(word: string, path: Path, count: number): Finding[] {
  if (word === 'none' && count > 1)
    return [
      {
        path,
        severity: 'error',
        rule: 'service',
        message: 'none stands for no service at all; take it out of the list',
      },
    ];
  if (SERVICE_NAMES.includes(word)) return [];
  const place = { path, severity: 'error', rule: 'service' } as const;
  if (word.endsWith('.service'))
    return [
      { ...place, message: `service is the unit's name without .service: write ${word.slice(0, -'.service'.length)}` },
    ];
  const near = nearest(word, SERVICE_NAMES);
  if (near === undefined) return [];
  const message = `unknown service '${word}'; did you mean '${near}'? A systemd unit of that name is { unit: ${word} }`;
  return [{ ...place, message }];
}

function judgeMap(one: Exclude<WrittenService, string>, path: Path): Finding[] {
  const place = { severity: 'error', rule: 'service' } as const;
  const { unit, container, package: packages, install } = one;
  if (unit === undefined && container === undefined)
    return [{ ...place, path, message: 'service does not say what runs; write unit: NAME, or container: NAME' }];
  if (unit === undefined) {
    if (packages === undefined && install !== true) return [];
    const key = packages === undefined ? 'install' : 'package';
    const message = `${container} runs in a container, so haprov installs nothing for it; take ${key} out, or write unit in place of container`;
    return [{ ...place, path: [...path, key], at: 'key', message }];
  }
  if (container !== undefined) {
    const message = 'a service is a unit or a program in a container, not both; take one of them out';
    return [{ ...place, path: [...path, 'container'], at: 'key', message }];
  }
  if (install === false && packages !== undefined) {
    const message = 'install: false leaves packages alone, so package does nothing; take one of them out';
    return [{ ...place, severity: 'warning', path: [...path, 'package'], at: 'key', message }];
  }
  return [];
}

const CONTAINER = /container|docker|podman/i;

/** A check of a container beside a service that would be installed as a package. */
function containerHint(path: Path, cluster: ClusterView['cluster'], written: ClusterView['written']): Finding[] {
  const installed = cluster.services.filter(({ packages }) => packages.debian.length > 0);
  return cluster.vrrp_instances.flatMap((instance) =>
    instance.track_script.flatMap((check): Finding[] => {
      const [service] = installed;
      if (service === undefined || written.vrrp_instances[instance.name]?.track_script === undefined) return [];
      const { probe, name } = check;
      const inside =
        probe.kind === 'container' ? installed.some((one) => one.name === probe.process) : CONTAINER.test(name);
      if (!inside) return [];
      const message = `haprov installs the package ${service.packages.debian.join(', ')} and starts ${service.unit} on the hosts; where ${service.name} runs in a container write service: { container: ${service.name} }, or service: { unit: UNIT, install: false } where a unit runs it`;
      const place = [...path, 'vrrp_instances', instance.name, 'track_script', name];
      return [
        {
          path: place,
          at: 'key',
          severity: 'warning',
          rule: 'service-container',
          message,
          involves: [[...path, 'service']],
        },
      ];
    }),
  );
}
