import { FRAGMENTS } from '../fragments.ts';
import type { Statement } from '../parse.ts';
import { BLOCKS } from '../table/blocks.ts';

const MODELLED = new Set([
  'global_defs',
  'vrrp_instance',
  'vrrp_script',
  'vrrp_sync_group',
  'vrrp_track_process',
  'track_file',
  ...Object.keys(BLOCKS),
]);

/** Whether haprov wrote this file: its first lines say so. */
export function isOwn(text: string): boolean {
  return text.split('\n', 3).some((line) => line.includes('Written by haprov'));
}

/**
 * Whether haprov wrote this block of a file of its own, so that it stands or falls with the inventory; what it never writes
 * itself, as virtual_server, somebody has added. Fragments stand beside, and are the inventory's as well.
 */
export function ownWords({ keyword, file }: Statement, root: string): boolean {
  if (file !== undefined && file !== root) return file.startsWith(`${FRAGMENTS}/`);
  return MODELLED.has(keyword);
}
