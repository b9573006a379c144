import { HaprovError } from '../errors.ts';
import { type FirewalldFact, firewalldSubject } from '../facts/network/firewall.ts';
import { quote } from '../transport/quote.ts';
import type { Change, Undo } from './change.ts';
import { NOTHING, type Planned, type TaskContext } from './task.ts';

/**
 * Protocol vrrp in the zone of each interface, at run time and permanently, never by --reload, which would drop the
 * rules that others hold at run time only.
 */
export async function planFirewalld({ ask, cluster, host, task, notify }: TaskContext): Promise<Planned> {
  const interfaces = [...new Set(cluster.vrrp_instances.flatMap((instance) => instance.interface[host.name] ?? []))];
  const facts = await Promise.all(interfaces.map((name) => ask(firewalldSubject, name)));
  if (facts.some((fact) => fact === null)) {
    throw new HaprovError('firewalld is not running on this host', {
      host: host.id,
      action: 'plan firewall',
      next: 'Start it, or set firewall: auto.',
    });
  }
  const zones = new Map(facts.flatMap((fact) => (fact === null ? [] : [[fact.zone, fact] as const])));
  const changes = [...zones.values()].flatMap((fact): Change[] => {
    const missing = [...(fact.runtime ? [] : ['at run time']), ...(fact.permanent ? [] : ['permanently'])];
    if (missing.length === 0) return [];
    const add = `firewall-cmd -q --zone=${quote(fact.zone)} --add-protocol=vrrp`;
    return [
      {
        task,
        module: 'firewall',
        action: 'open',
        target: `firewalld zone ${fact.zone}: protocol vrrp`,
        detail: missing.join(' and '),
        phase: 'prepare',
        steps: [{ describe: `let VRRP into zone ${fact.zone}`, script: `set -eu\n${add} --permanent\n${add}` }],
        notify,
        undo: undoOpen(fact, missing),
      },
    ];
  });
  return changes.length === 0 ? NOTHING : { changes, notes: [] };
}

/**
 * Takes out of the zone what was put in. firewall-cmd needs the running daemon; without it (while the host boots) there
 * is no runtime state, and the files are changed offline.
 */
function undoOpen({ zone, runtime, permanent }: FirewalldFact, missing: readonly string[]): Undo {
  const name = quote(zone);
  const ways = [...(runtime ? [] : ['firewall-cmd']), ...(permanent ? [] : ['firewall-cmd --permanent'])];
  const offline = permanent ? [] : ['firewall-offline-cmd'];
  const has = (way: string): string => `${way} --zone=${name} --query-protocol=vrrp >/dev/null 2>&1`;
  const take = (way: string): string => `if ${has(way)}; then
  ${way} --zone=${name} --remove-protocol=vrrp >/dev/null || exit 1
  echo ${quote(`took VRRP out of zone ${zone}`)}
fi`;
  const put = (way: string): string => `${has(way)} || ${way} --zone=${name} --add-protocol=vrrp >/dev/null || exit 1`;
  const by = (what: (way: string) => string): string => `command -v firewall-cmd >/dev/null || exit 0
if timeout 20 firewall-cmd --state >/dev/null 2>&1; then
${ways.map(what).join('\n')}
else
${[':', ...offline.map(what)].join('\n')}
fi`;
  return {
    describe: `take VRRP out of zone ${zone} ${missing.join(' and ')}`,
    script: by(take),
    needed: ways.map((way) => `{ ${has(way)}; }`).join(' || '),
    redo: by(put),
  };
}
