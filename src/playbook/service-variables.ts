import { packagesFor } from '../checks/packages.ts';
import { CHECK_KEYS, CHECK_KINDS, kindOf } from '../checks/registry.ts';
import { dropInPath, healthUrl, SERVICE_ROWS } from '../checks/services.ts';
import type { Check, Cluster } from '../inventory/model.ts';
import type { Variables } from './liquid.ts';

/** What a playbook sees of a cluster's services and checks, and of what these need on the host. */
export function serviceVariables({ service, services, vrrp_instances }: Cluster): Variables {
  const all = vrrp_instances.flatMap(({ track_script }) => track_script);
  const checks = [...new Map(all.map((check) => [check.name, check])).values()];
  const { hold, commands, ...names } = packagesFor(
    services,
    checks.map(({ probe }) => probe),
  );
  // Two kinds may share a script.
  const scripts = new Map(
    CHECK_KINDS.flatMap(({ kind, script }) =>
      script === undefined ? [] : [[script.dest, { kind, ...script }] as const],
    ),
  );
  const used = new Set(checks.flatMap(({ probe }) => kindOf(probe).script?.dest ?? []));
  const pages = SERVICE_ROWS.flatMap((row) =>
    'health' in row
      ? [{ unit: row.unit, ...row.health, used: checks.some((check) => asks(check, healthUrl(row.health))) }]
      : [],
  );
  const units = services.flatMap(({ unit, dropIn }) => (unit === undefined ? [] : [{ unit, dropIn }]));
  // A page that a check asks for, of a service that somebody else looks after.
  const foreign = pages.filter((page) => page.used && !units.some(({ unit }) => unit === page.unit));
  return {
    service,
    ...unitVariables(
      units,
      foreign.map(({ unit }) => unit),
    ),
    packages: { names, commands, hold, alone: services.flatMap(({ command }) => command ?? []) },
    checks: checks.map(describeCheck),
    check_scripts: [...scripts].flatMap(([dest, script]) => (used.has(dest) ? [script] : [])),
    health_pages: pages.filter((page) => page.used || units.some(({ unit }) => unit === page.unit)),
    uses: Object.fromEntries([
      ...CHECK_KINDS.flatMap(({ kind, script }) =>
        script === undefined ? [] : [[`check_${kind}`, checks.some(({ probe }) => probe.kind === kind)]],
      ),
      ...pages.map((page) => [`${page.unit}_health`, page.used]),
    ]),
    ...Object.fromEntries(pages.map(({ unit, address, port, path }) => [`${unit}_health`, { address, port, path }])),
  };
}

interface UnitSettings {
  readonly unit: string;
  readonly dropIn: string | undefined;
}

/** Units that run, those of them whose settings haprov writes, and those that may have to be reloaded. */
function unitVariables(units: readonly UnitSettings[], foreign: readonly string[]): Variables {
  return {
    services: units.map(({ unit, dropIn }) => ({
      unit,
      drop_in: dropIn === undefined ? null : { src: dropIn, dest: dropInPath({ unit }) },
    })),
    reloadable: [...new Set([...units.map(({ unit }) => unit), ...foreign])].map((unit) => ({ unit })),
  };
}

/** A URL of the administrator's own is answered by a site of the administrator's own. */
function asks({ probe }: Check, url: string): boolean {
  return 'url' in probe && probe.url === url;
}

/** Every key of every kind, so that a template may ask for it whatever the check is. */
const NO_KEYS = Object.fromEntries(Object.keys(CHECK_KEYS).map((key) => [key, null]));

function describeCheck(check: Check): Variables {
  const { name, probe } = check;
  const upload = kindOf(probe).upload?.(name, probe);
  // keepalived runs it as another user, who has to read it.
  const own = check.user === undefined || check.user === 'root';
  return {
    name,
    ...NO_KEYS,
    ...probe,
    path: upload?.dest ?? null,
    upload:
      upload === undefined ? null : { src: upload.src, mode: upload.use === 'run' ? (own ? '0700' : '0755') : '0644' },
  };
}
