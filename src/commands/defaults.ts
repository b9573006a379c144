import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { DIFF_CHOICES } from '../ui/plan/diff-lines.ts';
import type { Io } from './io.ts';

const shape = z.strictObject({
  inventory: z.string().min(1).optional(),
  forks: z.int().min(1).max(1000).optional(),
  jump: z.string().min(1).optional(),
  lockTimeout: z.int().min(0).max(86_400).optional(),
  diff: z.enum(DIFF_CHOICES).optional(),
  color: z.boolean().optional(),
  verbose: z.boolean().optional(),
  quiet: z.boolean().optional(),
});

/** What ~/.config/haprov/config.yaml sets: an inventory, and options that a command takes where they are not given. */
export type Defaults = z.infer<typeof shape>;

/** What `init` writes. */
export const DEFAULT_FILE = 'inventory.yaml';

/**
 * The inventory of a command: as given, else HAPROV_INVENTORY, the configuration's, inventory.yaml in this directory.
 * Throws UsageError.
 */
export async function inventoryFile(given: string | undefined, io: Pick<Io, 'env'>): Promise<string> {
  if (given !== undefined) return given;
  const named = io.env['HAPROV_INVENTORY'] || (await readDefaults(io)).inventory;
  if (named !== undefined) return named;
  if (existsSync(DEFAULT_FILE)) return DEFAULT_FILE;
  throw new UsageError(`no inventory is named, and there is no ${DEFAULT_FILE} here`, {
    next: 'Name one: haprov COMMAND FILE.yaml. Or write one: haprov init',
  });
}

/** Gives a command the configured options that it knows and that were not typed. Throws UsageError. */
export async function takeDefaults(command: Command, io: Pick<Io, 'env'>): Promise<void> {
  const { inventory: _, ...defaults } = await readDefaults(io);
  for (const [name, value] of Object.entries(defaults)) {
    const known = command.options.some((option) => option.attributeName() === name);
    const typed = command.getOptionValueSource(name) === 'cli';
    if (known && !typed && value !== undefined) command.setOptionValueWithSource(name, value, 'config');
  }
}

async function readDefaults({ env }: Pick<Io, 'env'>): Promise<Defaults> {
  const home = env['HOME'] || homedir();
  const path = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'haprov', 'config.yaml');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code))) return '';
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const parsed = shape.safeParse(yamlOf(text, path) ?? {});
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    throw new UsageError(`${path}: ${reasons.join('; ')}`, {
      next: `Known keys: ${Object.keys(shape.shape).join(', ')}`,
    });
  }
  const { inventory } = parsed.data;
  if (inventory === undefined) return parsed.data;
  return {
    ...parsed.data,
    inventory: inventory.startsWith('~/') ? join(home, inventory.slice(2)) : resolve(path, '..', inventory),
  };
}

function yamlOf(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
