import { CHECK_KINDS, serviceCheck } from '../../checks/registry.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';
import type { Check, Service } from '../model.ts';
import type { WrittenCheck, WrittenInstance } from '../schema/inventory.ts';
import { absolutePath, type Where } from './context.ts';
import { buildValues } from './values.ts';

/** An instance's checks; without track_script the service's own. */
export function buildChecks(written: WrittenInstance['track_script'], service: Service, where: Where): Check[] {
  const own = serviceCheck(service);
  const checks = written ?? (own === undefined ? {} : { [`check_${own.kind}`]: {} });
  return Object.entries(checks).flatMap(([name, check]) => buildCheck(name, check, service, where) ?? []);
}

function buildCheck(name: string, written: WrittenCheck, service: Service, where: Where): Check | undefined {
  const probe = buildProbe(name, written, service, where);
  if (probe === undefined) return undefined;
  // Each value comes from its own row.
  return { name, ...buildValues(VRRP_SCRIPT, { ...written }, []), probe } as Check;
}

/** What a check asks: what it says itself, else what its name or the cluster's service says. */
function buildProbe(name: string, written: WrittenCheck, service: Service, where: Where): Check['probe'] | undefined {
  const absolute = (path: string): string => absolutePath(path, where);
  const said = CHECK_KINDS.map((kind) => kind.read(written, absolute)).find((probe) => probe !== undefined);
  const meant = CHECK_KINDS.find(({ kind, standard }) => standard !== undefined && name === `check_${kind}`);
  return said ?? (meant ?? serviceCheck(service))?.standard;
}
