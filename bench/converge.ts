import { join } from 'node:path';
import { LabError } from '../docker/errors.ts';
import type { Report } from '../docker/report.ts';
import { type Contender, haprovCommand } from './contenders.ts';
import type { Fleet } from './fleet.ts';
import { measure } from './measure.ts';

/** What the first apply did. */
export interface Converged {
  readonly seconds: number;
  readonly rssMiB: number;
  /** Hosts by their status in the summary. */
  readonly hosts: Readonly<Record<string, number>>;
}

/** Makes the fleet what its inventory says, by haprov's own apply. Throws LabError where a host is not so afterwards. */
export async function converge(fleet: Fleet): Promise<Converged> {
  const argv = haprovCommand(['apply', fleet.inventory, '--yes', '--json']);
  const { code, stdout, stderr, wallMs, rssMiB } = await measure({ argv }, join(fleet.scratch, 'time'));
  if (code !== 0) {
    const evidence = `${stdout.slice(-2000)}\n${stderr.slice(-2000)}`;
    throw new LabError(`haprov apply ended with exit ${code} on ${fleet.hosts.length} hosts`, { evidence });
  }
  return { seconds: wallMs / 1000, rssMiB, hosts: countStatuses(stdout) };
}

function countStatuses(events: string): Record<string, number> {
  const last: unknown = JSON.parse(events.trim().split('\n').at(-1) ?? '{}');
  const hosts = typeof last === 'object' && last !== null && 'hosts' in last ? last.hosts : {};
  const counts: Record<string, number> = {};
  for (const host of Object.values(typeof hosts === 'object' && hosts !== null ? hosts : {})) {
    const status = typeof host === 'object' && host !== null && 'status' in host ? String(host.status) : 'unknown';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

const ATTEMPTS = 3;

/** Lets a peer that makes changes of its own make them, so that its measured runs find nothing to do. */
export async function convergePeer(peer: Contender, fleet: Fleet, report: Report): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    report(`${peer.name}: converging`);
    const measured = await measure(peer.invoke(fleet), join(fleet.scratch, 'time'));
    await peer.after?.(fleet);
    const fault = peer.fault(measured, fleet);
    if (fault === undefined) return;
    report(`${peer.name}: ${fault}`);
  }
}
