import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createStyle } from '../ui/terminal/style.ts';
import { recordPath } from './last-run.ts';

/** How a plan is written to be compared with one that was shown: whatever the terminal. */
export const BARE = createStyle({ colour: false });

/** For how long a plan counts as just shown, in milliseconds. */
const FRESH_MS = 15 * 60_000;

/** Keeps what was shown of an inventory's plan. A machine without a place for it shows plans twice: nothing is lost. */
export async function rememberShown(env: NodeJS.ProcessEnv, inventory: string, text: string): Promise<void> {
  const path = await pathOf(env, inventory);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, JSON.stringify({ at: Date.now(), hash: hashOf(text) }), { mode: 0o600 });
  } catch {
    // Shown once more, then.
  }
}

/** Minutes since exactly this was shown; undefined: it was not, or long ago. */
export async function shownMinutesAgo(
  env: NodeJS.ProcessEnv,
  inventory: string,
  text: string,
): Promise<number | undefined> {
  const kept: unknown = await readFile(await pathOf(env, inventory), 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (typeof kept !== 'object' || kept === null || !('hash' in kept) || !('at' in kept)) return undefined;
  const age = Date.now() - Number(kept.at);
  return kept.hash === hashOf(text) && age >= 0 && age < FRESH_MS ? Math.round(age / 60_000) : undefined;
}

async function pathOf(env: NodeJS.ProcessEnv, inventory: string): Promise<string> {
  return (await recordPath(env, inventory)).replace(/\.json$/, '.shown');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
