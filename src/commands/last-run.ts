import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { HostOutcome } from '../rollout/events.ts';

const shape = z.object({
  format: z.literal(1),
  run: z.string(),
  verb: z.string(),
  inventory: z.string(),
  at: z.string(),
  hosts: z.record(z.string(), z.object({ cluster: z.string(), status: z.string() })),
});

/** What became of each host in the last run over an inventory, kept on this machine for `--rerun failed`. */
export type LastRun = z.infer<typeof shape>;

/** Hosts as a run's summary has them. */
export type Outcomes = Readonly<Record<string, Pick<HostOutcome, 'cluster' | 'status'>>>;

/**
 * Keeps a run's outcomes, in one rename. Written before the first change with every host `untouched` too, so that a run
 * that was killed is rerun whole. Throws where the directory cannot be written.
 */
export async function saveLastRun(
  env: NodeJS.ProcessEnv,
  file: string,
  run: Pick<LastRun, 'run' | 'verb'>,
  hosts: Outcomes,
): Promise<void> {
  const inventory = await realpath(file);
  const path = pathOf(env, inventory);
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const entries = Object.entries(hosts).map(([id, { cluster, status }]) => [id, { cluster, status }] as const);
  const record: LastRun = {
    format: 1,
    ...run,
    inventory,
    at: new Date().toISOString(),
    hosts: Object.fromEntries(entries),
  };
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  await writeFile(part, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(part, path);
}

/**
 * The clusters of the last run in which a host did not end well, untouched ones included: their partners failed. Whole
 * clusters, since a member alone cannot be rolled out safely. Throws UsageError where there is no such run.
 */
export async function failedClusters(env: NodeJS.ProcessEnv, file: string): Promise<readonly string[]> {
  const inventory = await realpath(file).catch(() => file);
  const text = await readFile(pathOf(env, inventory), 'utf8').catch(() => undefined);
  const record = text === undefined ? undefined : parse(text);
  if (record === undefined) {
    throw new UsageError(`--rerun failed: no earlier apply of ${file} is known on this machine`, {
      next: 'Apply without --rerun.',
    });
  }
  const bad = Object.values(record.hosts).filter(({ status }) => status !== 'ok' && status !== 'changed');
  if (bad.length === 0) {
    throw new UsageError(`--rerun failed: nothing failed in ${record.run}, the last ${record.verb} of ${file}`);
  }
  return [...new Set(bad.map(({ cluster }) => cluster))];
}

function parse(text: string): LastRun | undefined {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Where what is known of an inventory's last run is kept. */
export async function recordPath(env: NodeJS.ProcessEnv, file: string): Promise<string> {
  return pathOf(env, await realpath(file).catch(() => file));
}

/** $XDG_STATE_HOME/haprov, or ~/.local/state/haprov: one file for each inventory. */
function pathOf(env: NodeJS.ProcessEnv, inventory: string): string {
  const base = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  return join(base, 'haprov', `${createHash('sha256').update(inventory).digest('hex').slice(0, 16)}.json`);
}
