import { HaprovError } from '../errors.ts';
import { type NotKept, notKept, type Successor } from '../keepalived/not-kept.ts';
import { KeepalivedSyntaxError, parseKeepalivedConf } from '../keepalived/parse.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { TaskContext } from './task.ts';

/** What keepalived will have by a new keepalived.conf, the fragments that it includes among it. */
export async function successorOf(text: string, { cluster, read }: TaskContext): Promise<Successor> {
  const fragments = await Promise.all((cluster.keepalived.fragments ?? []).map(read));
  const { script, states = {}, instances = {} } = cluster.notify;
  return {
    statements: [text, ...fragments].flatMap((one) => [...parseKeepalivedConf(one)]),
    notifies: script !== undefined || [states, instances].some((own) => Object.keys(own).length > 0),
  };
}

/**
 * All that the keepalived.conf that stands there has is in the new one, or the inventory lets it go
 * (`keepalived: { drop: [virtual_server] }`).
 *
 * @throws HaprovError that names what would go, each with its line
 */
export function mustKeep(old: string | null, successor: Successor, { cluster, host }: TaskContext): void {
  if (old === null) return;
  const dropped = new Set(cluster.keepalived.drop ?? []);
  const lost = lossesOf(old, successor).filter(({ keyword }) => !dropped.has(keyword));
  if (lost.length === 0) return;
  const named = lost.map(({ line, what }) => `line ${line}: ${what}`);
  const words = [...new Set(lost.map(({ keyword }) => keyword))];
  throw new HaprovError(`${HOST_PATHS.keepalivedConf} has what this inventory does not keep: ${named.join('; ')}`, {
    host: host.id,
    action: 'plan /etc/keepalived/keepalived.conf',
    next: `Write it into the inventory (blocks that haprov does not model into a file, under keepalived: { fragments: [./own.conf] }), or let it go: keepalived: { drop: [${words.join(', ')}] }`,
  });
}

/** A file that cannot be read tells nothing; what keepalived makes of it, no one knows. */
function lossesOf(old: string, successor: Successor): readonly NotKept[] {
  try {
    return notKept(old, parseKeepalivedConf(old), successor);
  } catch (error) {
    if (!(error instanceof KeepalivedSyntaxError)) throw error;
    return [];
  }
}
