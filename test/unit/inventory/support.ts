import { parse, stringify } from 'yaml';
import type { Inventory, Problem } from '../../../src/inventory/model.ts';
import { formatProblem, parseInventory, type ReadInventory } from '../../../src/inventory/read.ts';

export const WHERE = { file: 'inventory.yaml', directory: '/srv/ha', homeDirectory: '/home/ada', user: 'ada' };

/** A good inventory: two hosts, one instance. */
export const GOOD = `clusters:
  web:
    service: nginx
    hosts:
      lb1: 192.168.1.10
      lb2: 192.168.1.11
    vrrp_instances:
      VI_1:
        virtual_router_id: 51
        interface: eth0
        priority: { lb1: 100, lb2: 90 }
        virtual_ipaddress: [192.168.1.100/24]
`;

export function read(text: string): ReadInventory {
  return parseInventory(text, WHERE);
}

export function lines(text: string): string[] {
  return read(text).problems.map(formatProblem);
}

/** The inventory of a text that must be a good one. */
export function good(text: string): Inventory {
  const { inventory, problems } = read(text);
  if (inventory === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return inventory;
}

/** The good inventory with more keys in its instance, written as YAML. */
export function withInstance(extra: string, text = GOOD): string {
  return merge(text, (data) => Object.assign(data.clusters.web.vrrp_instances.VI_1, parse(extra)));
}

/** The good inventory with more keys in its cluster. */
export function withCluster(extra: string, text = GOOD): string {
  return merge(text, (data) => Object.assign(data.clusters.web, parse(extra)));
}

/** The good inventory with a second cluster beside `web`. */
export function withSecond(extra: string, text = GOOD): string {
  return merge(text, (data) => Object.assign(data.clusters, { api: { ...parse(GOOD).clusters.web, ...parse(extra) } }));
}

function merge(text: string, change: (data: ReturnType<typeof parse>) => void): string {
  const data: unknown = parse(text);
  change(data);
  return stringify(data, { lineWidth: 0 });
}

export function rules(problems: readonly Problem[]): string[] {
  return problems.map(({ rule }) => rule);
}

/** The text that a problem points at, to the end of its line. */
export function pointedAt(text: string, problem: Problem): string {
  return (text.split('\n')[problem.line - 1] ?? '').slice(problem.column - 1);
}
