import { kindByName, readProbes, serviceCheck } from '../../checks/registry.ts';
import type { ClusterService } from '../../checks/services.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';
import type { Check, Cluster, Host } from '../model.ts';
import type { WrittenCheck, WrittenInstance } from '../schema/inventory.ts';
import { absolutePath, type Where } from './context.ts';
import { buildValues } from './values.ts';

/** An instance's checks; without track_script those of the cluster's services. */
export function buildChecks(
  written: WrittenInstance['track_script'],
  { services, checkDefaults, hosts }: Pick<Cluster, 'services' | 'hosts'> & { readonly checkDefaults: WrittenCheck },
  where: Where,
): Check[] {
  if (written === undefined) {
    const own = services.flatMap((service) => serviceCheck(service) ?? []);
    return own.map(({ name, probe }) => buildCheck(name, checkDefaults, probe, hosts));
  }
  return Object.entries(written).flatMap(([name, check]) => {
    const probe = probeOf(name, check, services, where);
    return probe === undefined ? [] : [buildCheck(name, check, probe, hosts)];
  });
}

function buildCheck(name: string, written: WrittenCheck, probe: Check['probe'], hosts: readonly Host[]): Check {
  const names = hosts.map((host) => host.name);
  const { weight: _, ...values } = buildValues(VRRP_SCRIPT, { ...written }, names);
  const { weight = 0 } = written;
  const weights = typeof weight === 'number' ? { weight } : { weight: 0, weights: weight };
  // Each value comes from its own row.
  return { name, ...values, ...weights, probe } as Check;
}

/** What a check asks: what it says itself, else what its name or the cluster's first service says. */
function probeOf(
  name: string,
  written: WrittenCheck,
  services: readonly ClusterService[],
  where: Where,
): Check['probe'] | undefined {
  const units = services.flatMap(({ unit }) => unit ?? []);
  const [said] = readProbes(written, (path) => absolutePath(path, where), { name, units });
  const named = services.map(serviceCheck).find((own) => own?.name === name);
  return said?.probe ?? kindByName(name)?.standard ?? (named ?? serviceCheck(services[0]))?.probe;
}
