import { probeOfCommand } from '../../checks/registry.ts';
import type { Check, Cluster, Instance } from '../../inventory/model.ts';
import { parseKeepalivedConf, type Statement } from '../../keepalived/parse.ts';
import { opaqueBy } from '../../keepalived/routers.ts';
import { parseVip } from '../../keepalived/vip.ts';

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
  const names = first.filter(({ keyword }) => keyword === 'vrrp_instance').flatMap(({ args }) => args.slice(0, 1));
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
  const own = cluster.vrrp_instances.find((one) => one.name === name);
  const blocks = [...bodies].map(([host, statements]) => [host, bodyOf(statements, name), statements] as const);
  const [[, body, statements] = ['', [], []] as const] = blocks;
  const perHost = <T>(of: (block: readonly Statement[]) => T): Record<string, T> =>
    Object.fromEntries(blocks.map(([host, block]) => [host, of(block)]));
  const number = (block: readonly Statement[], keyword: string, otherwise: number): number =>
    Number(word(block, keyword) ?? otherwise);
  const delay = word(body, 'preempt_delay');
  const version = word(body, 'version');
  return {
    name,
    virtual_router_id: number(body, 'virtual_router_id', 0),
    interface: { ...own?.interface, ...perHost((block) => word(block, 'interface') ?? '') },
    // Members that --limit leaves out stay known by the inventory's.
    priority: { ...own?.priority, ...perHost((block) => number(block, 'priority', 100)) },
    virtual_ipaddress: [...inside(body, 'virtual_ipaddress'), ...inside(body, 'virtual_ipaddress_excluded')].flatMap(
      ({ keyword, args }) => {
        const vip = parseVip([keyword, ...args].join(' '));
        return 'vip' in vip ? [vip.vip] : [];
      },
    ),
    advert_int: number(body, 'advert_int', 1),
    nopreempt: { ...own?.nopreempt, ...perHost((block) => block.some(({ keyword }) => keyword === 'nopreempt')) },
    ...(delay === undefined ? {} : { preempt_delay: Number(delay) }),
    ...(version === '2' || version === '3' ? { version: version === '3' ? 3 : 2 } : {}),
    track_script: inside(body, 'track_script').flatMap(({ keyword }) => checkAfter(keyword, statements) ?? []),
  };
}

/** A check of haprov's own making; any other cannot be run by the gates. */
function checkAfter(name: string, statements: readonly Statement[]): Check | undefined {
  const body = statements.find(({ keyword, args }) => keyword === 'vrrp_script' && args[0] === name)?.children ?? [];
  const probe = probeOfCommand(name, (word(body, 'script') ?? '').split(/\s+/));
  if (probe === undefined) return undefined;
  const number = (keyword: string, otherwise: number): number => Number(word(body, keyword) ?? otherwise);
  const interval = number('interval', 1);
  return {
    name,
    probe,
    interval,
    timeout: number('timeout', interval),
    weight: number('weight', 0),
    fall: number('fall', 1),
    rise: number('rise', 1),
  };
}

function bodyOf(statements: readonly Statement[], name: string): readonly Statement[] {
  return statements.find(({ keyword, args }) => keyword === 'vrrp_instance' && args[0] === name)?.children ?? [];
}

function inside(body: readonly Statement[], keyword: string): readonly Statement[] {
  return body.filter((statement) => statement.keyword === keyword).flatMap(({ children = [] }) => children);
}

/** Two statements of one name: the last one counts. */
function word(body: readonly Statement[], keyword: string): string | undefined {
  return body.findLast((statement) => statement.keyword === keyword)?.args[0];
}
