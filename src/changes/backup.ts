import { createHash } from 'node:crypto';
import { BACKUP_DIRECTORY } from '../facts/state/state-directory.ts';
import type { FileFact } from '../facts/system/file.ts';
import type { FileVersion } from './version.ts';

/** Where the version of a file with this hash (or word) is kept on its host. */
export function keptPath(path: string, version: string): string {
  return `${BACKUP_DIRECTORY}/${path.replaceAll('/', '%')}.${version}`;
}

/** Name, instead of a hash, of the version that a package brought during the very run that replaced it. */
export const OF_PACKAGE = 'of-package';

/** Where a new version waits, in the directory of the old one, so that putting it in place is one rename. */
export function stagedPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return `${path.slice(0, cut)}/.haprov-staged-${path.slice(cut + 1)}`;
}

/** Where an intermediate version waits: among the names of uploads that were cut short, so that whatever is next clears it away. */
export function intermediatePath(path: string): string {
  const cut = path.lastIndexOf('/');
  return `${path.slice(0, cut)}/.haprov-tmp-${path.slice(cut + 1)}.between`;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The version that a fact tells of; null where there is no regular file. */
export function versionOf(fact: FileFact): FileVersion | null {
  if (fact.type !== 'file' || fact.sha256 === undefined) return null;
  const { sha256, mode, owner, group } = fact;
  return { sha256, mode, owner, group };
}
