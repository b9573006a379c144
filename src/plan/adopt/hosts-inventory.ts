import { UsageError } from '../../errors.ts';
import { parseHop } from '../../inventory/hop.ts';
import type { Inventory } from '../../inventory/model.ts';
import { parseInventory } from '../../inventory/read.ts';
import { isName } from '../../keepalived/names.ts';
import type { Line } from './model.ts';

/** How hosts are reached, in the words of the inventory's `ssh`. */
export interface SaidReach {
  readonly user?: string;
  readonly identity_file?: string;
  readonly known_hosts_file?: string;
  readonly proxy_jump?: readonly string[];
  readonly become?: boolean;
}

/** What a host's own word says of the way to it. */
export interface OwnReach {
  readonly user?: string;
  readonly port?: number;
}

/**
 * Hosts of a command line as an inventory that can be connected to and nothing else. A host is [NAME=][USER@]ADDRESS[:PORT].
 *
 * @throws UsageError
 */
export function hostsInventory(
  words: readonly string[],
  said: SaidReach,
  where: { readonly homeDirectory: string; readonly user: string },
): { readonly inventory: Inventory; readonly own: ReadonlyMap<string, OwnReach> } {
  const { become, ...ssh } = said;
  const hosts = words.map((word) => {
    const cut = word.indexOf('=');
    const address = cut < 0 ? word : word.slice(cut + 1);
    try {
      const hop = parseHop(address, { user: 'root', port: 22 });
      const name = cut < 0 ? nameOf(hop.host) : word.slice(0, cut);
      if (!isName(name)) throw new UsageError('has to have a name of letters, digits, _, . and - before the =');
      const own: OwnReach = {
        ...(hop.unsaid?.includes('user') === true ? {} : { user: hop.user }),
        ...(hop.unsaid?.includes('port') === true ? {} : { port: hop.port }),
      };
      const written: { readonly address: string; readonly ssh?: OwnReach } = {
        address: hop.host,
        ...(Object.keys(own).length === 0 ? {} : { ssh: own }),
      };
      return [name, written] as const;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${word}: a host ${error.message}`, {
        next: 'haprov adopt lb1=192.168.1.10 lb2=192.168.1.11',
      });
    }
  });
  const names = hosts.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UsageError(`two hosts are called ${twice}: give them names, as ${twice}-1=ADDRESS`);
  const text = JSON.stringify({
    ...(Object.keys(ssh).length === 0 ? {} : { ssh }),
    ...(become === undefined ? {} : { become }),
    clusters: {
      adopted: {
        service: 'none',
        hosts: Object.fromEntries(hosts),
        // Never rendered: an inventory has instances.
        vrrp_instances: { VI_1: { virtual_router_id: 1, interface: 'eth0', virtual_ipaddress: ['192.0.2.1/32'] } },
      },
    },
  });
  const { inventory, draft, problems } = parseInventory(text, {
    file: 'the command line',
    directory: process.cwd(),
    ...where,
  });
  const read = inventory ?? draft;
  const wrong = problems.find(({ severity, rule }) => severity === 'error' && rule === 'wrong-value');
  if (read === undefined || wrong !== undefined)
    throw new UsageError(wrong?.message ?? problems[0]?.message ?? 'these hosts make no inventory');
  return {
    inventory: read,
    own: new Map(hosts.flatMap(([name, { ssh: mine }]) => (mine === undefined ? [] : [[name, mine]]))),
  };
}

/** The first label of a name; an address by itself with its marks replaced. */
function nameOf(host: string): string {
  return /^[A-Za-z]/.test(host) && !host.includes(':')
    ? (host.split('.')[0] ?? host)
    : `host-${host.replace(/[^A-Za-z0-9]/g, '-')}`;
}

/** The same as lines of the inventory that is written. */
export function reachLines(said: SaidReach): readonly Line[] {
  const { become, ...ssh } = said;
  return [
    ...Object.entries(ssh).map(([key, value]): Line => ({ path: ['ssh', key], value })),
    ...(become === undefined ? [] : [{ path: ['become'], value: become }]),
  ];
}
