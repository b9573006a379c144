import { resolve } from 'node:path';
import type { Locate } from '../locate.ts';
import type { Path } from '../problem.ts';
import type { WrittenCheck, WrittenSecret } from '../schema/inventory.ts';
import { Secret } from '../secret.ts';

/** Where an inventory stands, and who reads it. */
export interface Where {
  /** As the user named it; problems carry it. */
  readonly file: string;
  /** Absolute; relative paths are taken from here. */
  readonly directory: string;
  /** What `~` stands for. */
  readonly homeDirectory: string;
  /** Who logs in where the inventory names nobody. */
  readonly user: string;
}

export interface BuildContext extends Where {
  readonly locate: Locate;
  /** Where a cluster's file is; undefined: the inventory's own directory. */
  readonly directoryOf: (cluster: string) => string | undefined;
  /** What `defaults` says of checks, for those that a cluster's services have by themselves. */
  readonly checkDefaults: (cluster: string) => WrittenCheck;
}

/** An absolute path: `~` is the home directory, anything relative starts at the inventory. */
export function absolutePath(written: string, where: Where): string {
  const expanded = written === '~' || written.startsWith('~/') ? where.homeDirectory + written.slice(1) : written;
  return resolve(where.directory, expanded);
}

export function buildSecret(written: WrittenSecret, path: Path, context: BuildContext): Secret {
  const place = context.locate(path);
  if (typeof written === 'string') return new Secret({ literal: written }, undefined, place);
  if ('file' in written) return new Secret({ file: absolutePath(written.file, context) }, undefined, place);
  return new Secret(written, undefined, place);
}
