import { NGINX_HEALTH_URL } from '../../vrrp/paths.ts';
import { CHECK_DEFAULTS, HAPROXY_SOCKET } from '../defaults.ts';
import type { Check, Service } from '../model.ts';
import type { WrittenCheck, WrittenInstance } from '../schema/inventory.ts';
import { absolutePath, type Where } from './context.ts';

/** An instance's checks; without track_script the service's own. */
export function buildChecks(written: WrittenInstance['track_script'], service: Service, where: Where): Check[] {
  const checks = written ?? (service === 'none' ? {} : { [`check_${service}`]: {} });
  return Object.entries(checks).flatMap(([name, check]) => buildCheck(name, check, service, where) ?? []);
}

function buildCheck(name: string, written: WrittenCheck, service: Service, where: Where): Check | undefined {
  const probe = buildProbe(name, written, service, where);
  if (probe === undefined) return undefined;
  const { interval, timeout, weight, fall, rise } = { ...CHECK_DEFAULTS, ...defined(written) };
  return { name, interval, timeout, weight, fall, rise, probe };
}

/** What a check asks: what it says itself, else what its name or the cluster's service says. */
function buildProbe(name: string, written: WrittenCheck, service: Service, where: Where): Check['probe'] | undefined {
  if (written.script !== undefined) return { kind: 'script', script: absolutePath(written.script, where) };
  if (written.url !== undefined) return { kind: 'nginx', url: written.url };
  if (written.socket !== undefined) return { kind: 'haproxy', socket: written.socket };
  const meant = name === 'check_nginx' ? 'nginx' : name === 'check_haproxy' ? 'haproxy' : service;
  if (meant === 'nginx') return { kind: 'nginx', url: NGINX_HEALTH_URL };
  return meant === 'haproxy' ? { kind: 'haproxy', socket: HAPROXY_SOCKET } : undefined;
}

function defined(written: WrittenCheck) {
  const { interval, timeout, weight, fall, rise } = written;
  return {
    ...(interval === undefined ? {} : { interval }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(weight === undefined ? {} : { weight }),
    ...(fall === undefined ? {} : { fall }),
    ...(rise === undefined ? {} : { rise }),
  };
}
