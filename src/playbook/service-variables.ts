import { packagesFor } from '../checks/packages.ts';
import { CHECK_KEYS, CHECK_KINDS, kindOf } from '../checks/registry.ts';
import { dropInPath, healthUrl, SERVICE_ROWS, serviceRow } from '../checks/services.ts';
import type { Check, Cluster } from '../inventory/model.ts';
import type { Variables } from './liquid.ts';

/** What a playbook sees of a cluster's service and checks, and of what these need on the host. */
export function serviceVariables({ service, vrrp_instances }: Cluster): Variables {
  const all = vrrp_instances.flatMap(({ track_script }) => track_script);
  const checks = [...new Map(all.map((check) => [check.name, check])).values()];
  const row = serviceRow(service);
  const rows = row === null ? [] : [row];
  const { hold, ...names } = packagesFor(
    service,
    checks.map(({ probe }) => probe),
  );
  const scripts = CHECK_KINDS.map(({ kind, script }) => ({
    kind,
    script,
    used: checks.some(({ probe }) => probe.kind === kind),
  }));
  const pages = SERVICE_ROWS.flatMap(({ unit, health }) =>
    health === undefined ? [] : [{ unit, ...health, used: checks.some((check) => asks(check, healthUrl(health))) }],
  );
  return {
    service,
    services: rows.map((one) => ({ unit: one.unit, drop_in: { src: one.dropIn, dest: dropInPath(one) } })),
    packages: { names, hold },
    checks: checks.map(describeCheck),
    check_scripts: scripts.flatMap(({ kind, script, used }) =>
      used && script !== undefined ? [{ kind, ...script }] : [],
    ),
    health_pages: pages.filter(({ unit }) => unit === row?.unit),
    uses: Object.fromEntries([
      ...scripts.flatMap(({ kind, script, used }) => (script === undefined ? [] : [[`check_${kind}`, used]])),
      ...pages.map(({ unit, used }) => [`${unit}_health`, used]),
    ]),
    ...Object.fromEntries(pages.map(({ unit, address, port, path }) => [`${unit}_health`, { address, port, path }])),
  };
}

/** A URL of the administrator's own is answered by a site of the administrator's own. */
function asks({ probe }: Check, url: string): boolean {
  return 'url' in probe && probe.url === url;
}

/** Every key of every kind, so that a template may ask for it whatever the check is. */
const NO_KEYS = Object.fromEntries(Object.keys(CHECK_KEYS).map((key) => [key, null]));

function describeCheck({ name, probe }: Check): Variables {
  return { name, ...NO_KEYS, ...probe, path: kindOf(probe).upload?.(name, probe).dest ?? null };
}
