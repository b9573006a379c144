import { probeOfCommand } from '../../checks/registry.ts';
import type { Check, Cluster, Instance } from '../../inventory/model.ts';
import type { Keyword, Values } from '../../keepalived/keyword.ts';
import { parseKeepalivedConf, type Statement } from '../../keepalived/parse.ts';
import { readBlock } from '../../keepalived/read.ts';
import { opaqueBy } from '../../keepalived/routers.ts';
import { blocksOf, inside } from '../../keepalived/statements.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';

/**
 * A cluster as it will be once its hosts have these texts as keepalived.conf (by host id; null: none): what the gates have
 * to look for, where the inventory says something else. The inventory's own where the texts do not tell it.
 */
export function clusterAfter(cluster: Cluster, texts: ReadonlyMap<string, string | null>): Cluster {
  const known = cluster.hosts.flatMap(({ id, name }) => {
    const text = texts.get(id) ?? null;
    return text === null ? [] : [[name, text] as const];
  });
  if (known.length === 0) return cluster;
  const bodies = new Map<string, readonly Statement[]>();
  for (const [name, text] of known) {
    const statements = parsed(text);
    if (statements === undefined) return cluster;
    bodies.set(name, statements);
  }
  const [first = []] = bodies.values();
  const names = blocksOf(first, 'vrrp_instance').map(([name]) => name);
  return { ...cluster, vrrp_instances: names.map((name) => instanceAfter(name, bodies, cluster)) };
}

function parsed(text: string): readonly Statement[] | undefined {
  try {
    const statements = parseKeepalivedConf(text);
    return opaqueBy(statements) === undefined ? statements : undefined;
  } catch {
    return undefined;
  }
}

function instanceAfter(name: string, bodies: ReadonlyMap<string, readonly Statement[]>, cluster: Cluster): Instance {
  const own: Values = { ...cluster.vrrp_instances.find((one) => one.name === name) };
  const blocks = [...bodies].map(([host, statements]) => {
    const body = bodyOf(statements, 'vrrp_instance', name);
    return { host, statements, block: readBlock(VRRP_INSTANCE, body, inside(statements, 'global_defs')) };
  });
  const [first] = blocks;
  const valueIn = (keyword: string, values: Values = {}): unknown => values[keyword];
  const held = Object.entries<Keyword>(VRRP_INSTANCE).flatMap(([keyword, { kind, perHost, inventory, deprecated }]) => {
    if (kind.type !== 'plain' || inventory === false || deprecated === true) return [];
    if (perHost === undefined) return [[keyword, valueIn(keyword, first?.block)] as const];
    const known = own[keyword];
    const said = blocks.map((one) => [one.host, valueIn(keyword, one.block)] as const);
    // Members that --limit leaves out stay known by the inventory's.
    if (known === undefined && said.every(([, value]) => value === undefined)) return [];
    return [[keyword, { ...(typeof known === 'object' ? known : {}), ...Object.fromEntries(said) }] as const];
  });
  const { track_script = [] } = first?.block ?? {};
  const values: Values = {
    ...Object.fromEntries(held.filter(([, value]) => value !== undefined)),
    track_script: track_script.flatMap((check) => checkAfter(check, first?.statements ?? []) ?? []),
  };
  // Each value comes from its own row.
  return { name, ...values } as Instance;
}

/** A check of haprov's own making; any other cannot be run by the gates. */
function checkAfter(name: string, statements: readonly Statement[]): Check | undefined {
  const { script = '', ...times } = readBlock(VRRP_SCRIPT, bodyOf(statements, 'vrrp_script', name));
  const probe = probeOfCommand(name, script.split(/\s+/));
  return probe === undefined ? undefined : { name, probe, ...times };
}

function bodyOf(statements: readonly Statement[], kind: string, name: string): readonly Statement[] {
  return blocksOf(statements, kind).find(([own]) => own === name)?.[1] ?? [];
}
