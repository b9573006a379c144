import { NGINX_HEALTH_URL } from '../../vrrp/paths.ts';
import type { Check } from '../model.ts';
import type { Finding } from '../problem.ts';
import type { ClusterView, InstanceView } from './view.ts';

/** What the checks of an instance ask, and whether anything is asked at all. */
export function checkProbes(view: InstanceView): Finding[] {
  const { path, written, instance, cluster } = view;
  const findings: Finding[] = Object.entries(written.track_script ?? {}).flatMap(([name, check]): Finding[] => {
    const own = [...path, 'track_script', name];
    const kinds = (['url', 'socket', 'script'] as const).filter((kind) => check[kind] !== undefined);
    const place = { path: own, at: 'key', severity: 'error', rule: 'check-probe' } as const;
    if (kinds.length > 1)
      return [
        { ...place, message: `${name} has ${kinds.join(' and ')}; a check asks one thing: make two checks of it` },
      ];
    if (kinds.length === 0 && !instance.track_script.some((built) => built.name === name)) {
      const message = `${name} does not say what to check; write url: (nginx), socket: (haproxy) or script: (your own)`;
      return [{ ...place, message, involves: [['clusters', cluster.name, 'service'], own] }];
    }
    return check.url === undefined ? [] : checkUrl(check.url, [...own, 'url']);
  });
  if (written.track_script !== undefined && instance.track_script.length === 0 && cluster.service !== 'none') {
    const message = `no check: the VIP stays on a host whose ${cluster.service} is dead; take track_script out to get the service's own check`;
    findings.push({ path: [...path, 'track_script'], at: 'key', severity: 'warning', rule: 'no-check', message });
  }
  return findings;
}

function checkUrl(url: string, path: Finding['path']): Finding[] {
  if (!URL.canParse(url)) return [];
  const { hostname, pathname, port } = new URL(url);
  const local = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (!local) {
    const message = `the check asks ${hostname}, so it can fail on every host at once, or pass while this host's nginx is dead; ask 127.0.0.1`;
    return [{ path, severity: 'warning', rule: 'check-remote', message }];
  }
  if (url === NGINX_HEALTH_URL || pathname === '/' || port !== '') return [];
  const message = `stock nginx has no ${pathname} and answers 404, so the check would always fail; serve it yourself, or take url out: haprov sets up ${NGINX_HEALTH_URL}`;
  return [{ path, severity: 'warning', rule: 'health-location', message }];
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
