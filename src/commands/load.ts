import { UsageError } from '../errors.ts';
import { parseHops } from '../inventory/hop.ts';
import type { Host, Inventory } from '../inventory/model.ts';
import { readInventory } from '../inventory/read.ts';
import { limitInventory } from '../inventory/select.ts';
import { renderProblems } from '../ui/plan/lint-view.ts';
import { reachedFrom } from './from.ts';
import { type CommonOptions, type Io, styleFor } from './io.ts';
import { sourceLines } from './source-lines.ts';

/** Options that choose hosts and how they are reached. */
export interface TargetOptions extends CommonOptions {
  readonly limit?: string;
  readonly jump?: string;
  /** The jump host on which connections are opened. */
  readonly from?: string;
  readonly forks?: number;
  /** Go on in spite of errors about what the inventory means, where nothing of it has to be guessed. */
  readonly despiteErrors?: boolean;
}

/** An inventory with errors; its problems were shown already. */
export class InvalidInventoryError extends UsageError {}

/** Reads and checks the inventory, shows its problems, and applies --limit, --jump, --from and --forks. */
export async function loadInventory(file: string, options: TargetOptions, io: Io): Promise<Inventory> {
  const { inventory: sound, draft, intact, problems } = await readInventory(file);
  const inventory = sound ?? (options.despiteErrors === true && intact === true ? draft : undefined);
  if (problems.length > 0) io.err.write(renderProblems(problems, styleFor(io.err, io, options), sourceLines()));
  if (inventory === undefined) throw new InvalidInventoryError(`${file} has errors`);
  return reachedBy(
    options.limit === undefined ? inventory : limitInventory(inventory, options.limit.split(',')),
    options,
  );
}

/** An inventory with what --forks, --jump and --from say of the way to its hosts. Throws UsageError. */
export function reachedBy(limited: Inventory, options: Pick<TargetOptions, 'forks' | 'jump' | 'from'>): Inventory {
  const forked = options.forks === undefined ? limited : { ...limited, forks: options.forks };
  const jumped = options.jump === undefined ? forked : mapHosts(forked, jumpThrough(options.jump));
  return options.from === undefined ? jumped : mapHosts(jumped, reachedFrom(options.from));
}

/** The inventory with every host replaced. */
export function mapHosts(inventory: Inventory, change: (host: Host) => Host): Inventory {
  return {
    ...inventory,
    clusters: inventory.clusters.map((cluster) => ({ ...cluster, hosts: cluster.hosts.map(change) })),
  };
}

function jumpThrough(text: string): (host: Host) => Host {
  return (host) => {
    try {
      return { ...host, ssh: { ...host.ssh, proxy_jump: parseHops(text, { user: host.ssh.user, port: 22 }) } };
    } catch (error) {
      if (error instanceof UsageError) throw new UsageError(`--jump ${text}: each hop ${error.message}`);
      throw error;
    }
  };
}
