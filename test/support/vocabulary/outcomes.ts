import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseInventory } from '../../../src/inventory/read.ts';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { keepalivedConfigOf } from '../../../src/tasks/host-config.ts';
import { type Difference, differences } from './expected.ts';
import { type RandomInventory, randomInventory } from './random-inventory.ts';

/** The script that tests and runs keepalived.conf files on a host, from standard input. */
export const RUN_KEEPALIVED = readFileSync(fileURLToPath(new URL('run-keepalived.sh', import.meta.url)), 'utf8');

/** A random inventory that lint accepts, and the first host's keepalived.conf of it. */
export interface Accepted {
  readonly inventory: RandomInventory;
  readonly conf: string;
}

/** What keepalived makes of an inventory; empty where all is as it has to be. */
export interface Outcome {
  readonly seed: number;
  /** What keepalived's own test says, where it is not content. */
  readonly test?: string;
  readonly differences: readonly Difference[];
}

const WHERE = { file: 'inventory.yaml', directory: '/', homeDirectory: '/', user: 'deploy' };

/** The first `count` inventories from this seed on that lint accepts. */
export function acceptedFrom(seed: number, count: number): readonly Accepted[] {
  const accepted: Accepted[] = [];
  for (let next = seed; accepted.length < count; next += 1) {
    const inventory = randomInventory(next);
    const cluster = parseInventory(JSON.stringify(inventory.written, null, 1), WHERE).inventory?.clusters[0];
    const host = cluster?.hosts[0];
    if (cluster === undefined || host === undefined) continue;
    accepted.push({ inventory, conf: renderKeepalivedConf(keepalivedConfigOf(cluster, host)) });
  }
  return accepted;
}

/** What RUN_KEEPALIVED reads. */
export function inputOf(accepted: readonly Accepted[]): string {
  return accepted.map(({ inventory, conf }) => `==== ${inventory.seed}\n${conf}`).join('');
}

/** What RUN_KEEPALIVED says of each, in the form of the inventory. */
export function outcomesOf(accepted: readonly Accepted[], output: string): readonly Outcome[] {
  const parts = new Map(output.split(/^==== /m).map((part) => [Number.parseInt(part, 10), part] as const));
  return accepted.map(({ inventory }) => {
    const { seed } = inventory;
    const [, code = 'none', said = 'nothing'] =
      /---- test (\d+)\n([\s\S]*?)---- log\n/.exec(parts.get(seed) ?? '') ?? [];
    const dump = parts.get(seed)?.split('---- dump\n')[1] ?? '';
    const refused = code === '0' && said === '' ? {} : { test: `exit ${code}: ${said}` };
    return { seed, ...refused, differences: differences(inventory, dump) };
  });
}
