import type { ClusterService } from '../../checks/services.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import type { Host, Instance } from '../model.ts';
import type { Path } from '../problem.ts';
import type { WrittenCheck, WrittenInstance, WrittenSecret } from '../schema/inventory.ts';
import { buildChecks } from './check.ts';
import { type BuildContext, buildSecret } from './context.ts';
import { valueFor } from './per-host.ts';
import { buildValues } from './values.ts';

export function buildInstance(
  name: string,
  written: WrittenInstance,
  cluster: {
    readonly services: readonly ClusterService[];
    readonly hosts: readonly Host[];
    readonly path: Path;
    readonly checkDefaults: WrittenCheck;
    /** Lines of global_defs. */
    readonly globals: readonly string[];
  },
  context: BuildContext,
): Instance {
  const path = [...cluster.path, 'vrrp_instances', name];
  const given: Readonly<Record<string, unknown>> = { ...written };
  const secretOf = (keyword: string) => {
    // The schema has passed it.
    const secret = given[keyword] as WrittenSecret | undefined;
    return secret === undefined ? undefined : buildSecret(secret, [...path, keyword], context);
  };
  const names = cluster.hosts.map((host) => host.name);
  const builders = {
    password: secretOf,
    unicast: () => buildUnicast(written.unicast, cluster.hosts),
    checks: () => buildChecks(written.track_script, cluster, context),
  };
  const values = buildValues(VRRP_INSTANCE, given, names, builders, cluster.globals);
  // Each value comes from its own row.
  return { name, ...values } as Instance;
}

function buildUnicast(written: WrittenInstance['unicast'], hosts: readonly Host[]): Instance['unicast'] {
  if (written === undefined || written === false) return undefined;
  const sources = hosts.map((host) => {
    const source = written === true ? host.address : (valueFor(written, host.name) ?? host.address);
    return { name: host.name, source };
  });
  return Object.fromEntries(
    sources.map(({ name, source }) => {
      const peers = sources.filter((other) => other.name !== name).map((other) => other.source);
      return [name, { src_ip: source, peers }];
    }),
  );
}
