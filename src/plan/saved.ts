import { createHash, randomBytes, scrypt } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { ChangeData } from '../changes/registry.ts';
import { HaprovError, UsageError } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { HostPlan, Plan } from './plan.ts';
import type { HostTasks } from './plan-host.ts';

/** The hosts are no longer what the plan saw, or the inventory says something else: nothing was changed. */
export class StalePlanError extends HaprovError {
  override readonly name = 'StalePlanError';
}

/** 1, of haprov 0.1, had scripts in its seal. */
const FORMAT = 2;

const savedShape = z.strictObject({
  haprov_plan: z.literal(FORMAT),
  inventory: z.string(),
  made: z.string(),
  salt: z.string(),
  seal: z.string(),
  asks: z.record(z.string(), z.array(z.string())),
  hosts: z.record(z.string(), z.unknown()),
});

/** A saved plan as its file has it. */
export type SavedPlan = z.infer<typeof savedShape>;

/**
 * Saves a plan without its secrets: what it shows of each host, the scripts of the user's own that making it ran there, and a
 * seal over all of it, secrets included. The seal is scrypt's, since a plain hash over a file with an eight-character
 * password in it would give the password away.
 */
export async function savePlan(
  file: string,
  plan: Plan,
  inventory: Inventory,
  tasks: readonly HostTasks[],
): Promise<void> {
  const bad = plan.hosts.find((host) => host.status !== 'planned');
  if (bad !== undefined) {
    throw new HaprovError(`${bad.host} could not be planned, so the plan is not whole and was not saved`, {
      action: `save ${file}`,
      next: 'Mend it, or leave it out with --limit.',
    });
  }
  const salt = randomBytes(16).toString('hex');
  const saved = {
    haprov_plan: FORMAT,
    inventory: inventory.file,
    made: new Date().toISOString(),
    salt,
    seal: await sealOf(plan, salt),
    asks: asksOf(tasks),
    hosts: Object.fromEntries(plan.hosts.map((host) => [host.host, shownOf(host)])),
  };
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeFile(part, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(part, file);
  } catch (error) {
    throw new HaprovError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      action: 'save the plan',
      cause: error,
    });
  }
}

/**
 * Passes when planning will run the user's own scripts that it ran for the saved plan, and no others. Comes before any
 * connection: a script runs as root on the host by being asked. Throws StalePlanError.
 */
export function checkSavedAsks(file: string, saved: SavedPlan, tasks: readonly HostTasks[]): void {
  const now = asksOf(tasks);
  const names = [...new Set([...Object.keys(now), ...Object.keys(saved.asks)])];
  const differing = names.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(saved.asks[name]));
  if (differing.length > 0)
    throw stale(`what planning asks ${differing.join(', ')} by \`unless\` is not what ${file} was made with`);
}

function asksOf(tasks: readonly HostTasks[]): SavedPlan['asks'] {
  const each = tasks.map(({ host, tasks: own, handlers, after = [] }) => {
    return [host.id, [...own, ...handlers, ...after].flatMap(({ asks = [] }) => asks)] as const;
  });
  return Object.fromEntries(each.filter(([, scripts]) => scripts.length > 0));
}

/** Passes when the plan of now is the saved one to the letter. Throws StalePlanError. */
export async function checkSavedPlan(file: string, saved: SavedPlan, plan: Plan): Promise<void> {
  const now = new Map(plan.hosts.map((host) => [host.host, JSON.stringify(shownOf(host))]));
  const names = new Set([...now.keys(), ...Object.keys(saved.hosts)]);
  const differing = [...names].filter((name) => now.get(name) !== JSON.stringify(saved.hosts[name]));
  if (differing.length > 0)
    throw stale(`${differing.join(', ')} ${differing.length === 1 ? 'is' : 'are'} not as ${file} saw it`);
  if ((await sealOf(plan, saved.salt)) !== saved.seal)
    throw stale(`a secret, or what haprov would run, differs from ${file}`);
}

/** Reads a saved plan, before any host is asked. Throws UsageError, and StalePlanError for a plan of haprov 0.1. */
export async function readSavedPlan(file: string): Promise<SavedPlan> {
  try {
    const plan: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (z.object({ haprov_plan: z.literal(1), seal: z.string() }).safeParse(plan).success)
      throw stale(`${file} was saved by haprov 0.1`);
    return savedShape.parse(plan);
  } catch (error) {
    if (error instanceof StalePlanError) throw error;
    throw new UsageError(`${file} is not a plan that haprov saved`, {
      cause: error,
      next: 'Make one: haprov plan INVENTORY --out FILE',
    });
  }
}

function stale(message: string): StalePlanError {
  return new StalePlanError(`the saved plan is stale: ${message}`, {
    action: 'apply --plan',
    next: 'Nothing was changed. Make and look at a new plan.',
  });
}

/** What may be seen of a host's plan. */
function shownOf(host: HostPlan): unknown {
  if (host.status !== 'planned') return { status: host.status };
  return {
    changes: host.changes.map(
      ({ task, module, action, target, detail, phase, diff, data, upload, owes = [], pays = [] }) => ({
        task,
        module,
        action,
        target,
        detail,
        phase,
        diff: diff ?? null,
        data: withoutHashes(data),
        test: upload?.test ?? null,
        owes,
        pays,
      }),
    ),
  };
}

/** A hash would give a short secret in a file away: the seal alone covers what files hold. */
function withoutHashes(data: readonly ChangeData[]): unknown {
  const hidden = new Set(['sha256', 'between']);
  return JSON.parse(JSON.stringify(data, (key, value: unknown) => (hidden.has(key) ? undefined : value)));
}

const derive = promisify<string, string, number, Buffer>(scrypt);

async function sealOf(plan: Plan, salt: string): Promise<string> {
  const hash = createHash('sha256');
  for (const host of plan.hosts) {
    hash.update(`${host.host}\n`);
    if (host.status !== 'planned') continue;
    for (const { data, upload, owes = [], pays = [] } of host.changes)
      hash.update(JSON.stringify([data, upload ?? null, owes, pays]));
  }
  return (await derive(hash.digest('hex'), salt, 32)).toString('hex');
}
