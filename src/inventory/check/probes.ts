import { choice } from '../../checks/choice.ts';
import { CHECK_KINDS, kindOf } from '../../checks/registry.ts';
import { serviceRow } from '../../checks/services.ts';
import type { Check } from '../model.ts';
import type { Finding } from '../problem.ts';
import type { ClusterView, InstanceView } from './view.ts';

/** "url: (nginx), … or script: (your own)". */
const CHOICE = choice(CHECK_KINDS.map(({ key }) => `${key.name}: (${key.of})`));

/** What the checks of an instance ask, and whether anything is asked at all. */
export function checkProbes(view: InstanceView): Finding[] {
  const { path, written, instance, cluster } = view;
  const findings: Finding[] = Object.entries(written.track_script ?? {}).flatMap(([name, check]): Finding[] => {
    const own = [...path, 'track_script', name];
    const keys = CHECK_KINDS.filter((kind) => kind.read(check, String) !== undefined).map(({ key }) => key.name);
    const place = { path: own, at: 'key', severity: 'error', rule: 'check-probe' } as const;
    if (keys.length > 1)
      return [
        { ...place, message: `${name} has ${keys.join(' and ')}; a check asks one thing: make two checks of it` },
      ];
    const built = instance.track_script.find((one) => one.name === name);
    if (built === undefined) {
      const message = `${name} does not say what to check; write ${CHOICE}`;
      return [{ ...place, message, involves: [['clusters', cluster.name, 'service'], own] }];
    }
    const kind = kindOf(built.probe);
    const advice = keys.length === 0 ? undefined : kind.advise?.(built.probe);
    return advice === undefined ? [] : [{ path: [...own, kind.key.name], severity: 'warning', ...advice }];
  });
  if (
    written.track_script !== undefined &&
    instance.track_script.length === 0 &&
    serviceRow(cluster.service) !== null
  ) {
    const message = `no check: the VIP stays on a host whose ${cluster.service} is dead; take track_script out to get the service's own check`;
    findings.push({ path: [...path, 'track_script'], at: 'key', severity: 'warning', rule: 'no-check', message });
  }
  return findings;
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
