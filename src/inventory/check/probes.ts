import { choice } from '../../checks/choice.ts';
import { CHECK_KINDS, kindOf, readProbes } from '../../checks/registry.ts';
import { hasArguments, insteadOfArguments } from '../../checks/script-words.ts';
import { serviceRow } from '../../checks/services.ts';
import { nearest } from '../known-words.ts';
import type { Check, Cluster } from '../model.ts';
import type { Finding, Path } from '../problem.ts';
import type { WrittenCheck } from '../schema/inventory.ts';
import type { ClusterView, InstanceView } from './view.ts';

/** "url: (http, https), … or script: (your own)". */
const CHOICE = choice(
  [...new Map(CHECK_KINDS.filter(({ kind }) => kind !== 'nginx').map(({ key }) => [key.name, key.of]))].map(
    ([name, of]) => `${name}: (${of})`,
  ),
);

/** What the checks of an instance ask, and whether anything is asked at all. */
export function checkProbes(view: InstanceView): Finding[] {
  const { path, written, instance, cluster } = view;
  const findings: Finding[] = Object.entries(written.track_script ?? {}).flatMap(([name, check]) =>
    checkOne(name, check, view),
  );
  if (written.track_script !== undefined && instance.track_script.length === 0 && cluster.services.length > 0) {
    const [first] = cluster.services;
    const message = `no check: the VIP stays on a host whose ${first?.name} is dead; take track_script out to get the service's own check`;
    findings.push({ path: [...path, 'track_script'], at: 'key', severity: 'warning', rule: 'no-check', message });
  }
  return findings;
}

function checkOne(name: string, check: WrittenCheck, { path, instance, cluster }: InstanceView): Finding[] {
  const own = [...path, 'track_script', name];
  const place = { path: own, at: 'key', severity: 'error', rule: 'check-probe' } as const;
  const units = cluster.services.flatMap(({ unit }) => unit ?? []);
  const keys = readProbes(check, String, { name, units }).map(({ key }) => key);
  if (keys.length > 1)
    return [{ ...place, message: `${name} has ${keys.join(' and ')}; a check asks one thing: make two checks of it` }];
  if (check.script !== undefined && hasArguments(check.script)) {
    const message = `script is the path of a file on this machine, without arguments; write ${insteadOfArguments(check.script)}`;
    return [{ path: [...own, 'script'], severity: 'error', rule: 'script-arguments', message }];
  }
  const options = strayOptions(name, check, keys[0], own);
  const built = instance.track_script.find((one) => one.name === name);
  if (built === undefined) {
    const message = `${name} does not say what to check; write ${CHOICE}`;
    return [...options, { ...place, message, involves: [['clusters', cluster.name, 'service'], own] }];
  }
  const kind = kindOf(built.probe);
  const advice = keys.length === 0 ? undefined : kind.advise?.(built.probe);
  return [
    ...options,
    ...(advice === undefined ? [] : [{ path: [...own, kind.key.name], severity: 'warning', ...advice } as const]),
    ...strangeHosts(check, [...own, 'weight'], cluster),
    ...foreign(name, built, units, [...own], cluster.name),
  ];
}

/** Keys that say more about another key, which is not there. */
function strayOptions(name: string, check: WrittenCheck, key: string | undefined, path: Path): Finding[] {
  const written: Readonly<Record<string, unknown>> = { ...check };
  return CHECK_KINDS.flatMap(({ key: own, options = [] }) =>
    own.name === key
      ? []
      : options.flatMap((option): Finding[] => {
          if (written[option] === undefined) return [];
          const message = `${name} has ${option}, which says more about ${own.name}, and there is no ${own.name}; write ${own.name}, or take ${option} out`;
          return [{ path: [...path, option], at: 'key', severity: 'error', rule: 'check-option', message }];
        }),
  );
}

/** A map of weights has every host of the cluster, and no other. */
function strangeHosts({ weight }: WrittenCheck, path: Path, cluster: Cluster): Finding[] {
  if (typeof weight !== 'object') return [];
  const hosts = cluster.hosts.map((host) => host.name);
  const involves = [['clusters', cluster.name, 'hosts']];
  const strange = Object.keys(weight).filter((name) => !hosts.includes(name));
  const missing = hosts.filter((name) => weight[name] === undefined);
  return [
    ...strange.map((name): Finding => {
      const near = nearest(name, hosts);
      const message = `weight names ${name}, which is no host of the cluster; ${near === undefined ? `its hosts are ${hosts.join(', ')}` : `did you mean '${near}'?`}`;
      return { path: [...path, name], at: 'key', severity: 'error', rule: 'unknown-host', message, involves };
    }),
    ...(missing.length === 0
      ? []
      : [
          {
            path,
            at: 'key',
            severity: 'error',
            rule: 'missing-host',
            message: `weight has no value for ${missing.join(' and ')}; 0 makes a host give the VIP up`,
            involves,
          } as const,
        ]),
  ];
}

/** A check of nginx or haproxy where the cluster's service is another: it works where somebody else runs that one. */
function foreign(name: string, { probe }: Check, units: readonly string[], path: Path, cluster: string): Finding[] {
  const { kind } = probe;
  if (serviceRow(kind) === undefined || units.includes(kind)) return [];
  const all = [...units, kind];
  const words = all.length === 1 ? kind : `[${all.join(', ')}]`;
  const message = `${name} watches ${kind}, which haprov neither installs nor starts in this cluster; write service: ${words} if it has to`;
  const involves = [['clusters', cluster, 'service']];
  return [{ path, at: 'key', severity: 'warning', rule: 'check-foreign', message, involves }];
}

/** A vrrp_script is one per host, so one name cannot stand for two checks in a cluster. */
export function checkSharedChecks({ instances }: ClusterView): Finding[] {
  const seen = new Map<string, { check: Check; view: InstanceView }>();
  return instances.flatMap((view) =>
    view.instance.track_script.flatMap((check): Finding[] => {
      const first = seen.get(check.name);
      if (first === undefined) {
        seen.set(check.name, { check, view });
        return [];
      }
      if (JSON.stringify(first.check) === JSON.stringify(check)) return [];
      const message = `${check.name} stands in ${first.view.instance.name} with other values, and a host has one check of a name; make them equal or rename one`;
      const involves = [first.view.path, view.path].map((path) => [...path, 'track_script', check.name]);
      return [
        {
          path: [...view.path, 'track_script', check.name],
          at: 'key',
          severity: 'error',
          rule: 'check-twice',
          message,
          involves,
        },
      ];
    }),
  );
}
