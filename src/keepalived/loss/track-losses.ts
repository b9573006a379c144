import type { Statement } from '../parse.ts';
import { inside, wordOf } from '../statements.ts';
import { type Loss, lossAt, wordsOf } from './loss.ts';

/** What the inventory does beyond keepalived.conf. */
export interface Tracking {
  /** Scripts that a change of state calls: one is the same where its file name is, or where it runs that very command. */
  readonly calls: readonly { readonly path: string; readonly text: string }[];
  /** A word that stands for the service that the new checks watch: an old check that names it watched the same. */
  readonly service?: string;
}

export interface TrackedBy {
  /** "vrrp_instance VI_1". */
  readonly owner: string;
  readonly old: readonly Statement[];
  readonly next: readonly Statement[];
  /** The two files, for the blocks that tracked names stand for. */
  readonly whole: { readonly old: readonly Statement[]; readonly next: readonly Statement[] };
}

/** What is watched or called no more: by what it does, whatever its name. */
export function trackLosses(by: TrackedBy, tracking: Tracking): readonly Loss[] {
  return [...scriptLosses(by, tracking), ...namedLosses(by), ...callLosses(by, tracking)];
}

function scriptLosses({ owner, old, next, whole }: TrackedBy, { service }: Tracking): readonly Loss[] {
  const kept = inside(next, 'track_script');
  const commands = kept.map(({ keyword }) => commandOf(whole.next, 'vrrp_script', keyword, 'script'));
  return inside(old, 'track_script').flatMap((one): readonly Loss[] => {
    const command = commandOf(whole.old, 'vrrp_script', one.keyword, 'script');
    // keepalived leaves out what has no block.
    if (command === '') return [];
    const same =
      kept.some(({ keyword }) => keyword === one.keyword) ||
      commands.includes(command) ||
      (service !== undefined && kept.length > 0 && isAbout(`${one.keyword} ${command}`, service));
    return same
      ? []
      : [lossAt(one, `check ${one.keyword} (${command.slice(0, 80)}) of ${owner}`, 'track_script', one.keyword)];
  });
}

function isAbout(text: string, service: string): boolean {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .includes(service.toLowerCase());
}

const NAMED = {
  track_interface: undefined,
  track_process: ['vrrp_track_process', 'process'],
  track_file: ['track_file', 'file'],
  track_bfd: undefined,
} as const;

function namedLosses({ owner, old, next, whole }: TrackedBy): readonly Loss[] {
  const own = wordOf(old, 'interface');
  return Object.entries(NAMED).flatMap(([list, block]) => {
    const stands = (statements: readonly Statement[], name: string): string =>
      block === undefined ? name : commandOf(statements, block[0], name, block[1]) || name;
    const kept = inside(next, list).map(({ keyword }) => stands(whole.next, keyword));
    return inside(old, list).flatMap((one): readonly Loss[] => {
      // keepalived watches the interface of VRRP by itself.
      if (list === 'track_interface' && one.keyword === own) return [];
      if (kept.includes(stands(whole.old, one.keyword))) return [];
      return [lossAt(one, `${wordsOf(one)} in ${list} of ${owner}`, list, one.keyword)];
    });
  });
}

function callLosses({ owner, old, next }: TrackedBy, { calls }: Tracking): readonly Loss[] {
  const nextCalls = next.filter(isCall).map((one) => one.args.join(' '));
  const names = new Set(calls.map(({ path }) => nameOf(path)));
  return old.filter(isCall).flatMap((one): readonly Loss[] => {
    const line = one.args.join(' ');
    if (nextCalls.includes(line) || names.has(nameOf(line.split(' ')[0] ?? ''))) return [];
    const [command = ''] = one.args;
    if (command !== '' && calls.some(({ text }) => text.includes(command))) return [];
    return [lossAt(one, `${one.keyword} ${line.slice(0, 80)} of ${owner}`, one.keyword)];
  });
}

function isCall({ keyword }: Statement): boolean {
  return /^notify(?:$|_(?!priority_changes))/.test(keyword);
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function commandOf(statements: readonly Statement[], kind: string, name: string, keyword: string): string {
  const found = statements.find((one) => one.keyword === kind && one.args[0] === name);
  return (found?.children?.findLast((one) => one.keyword === keyword)?.args ?? []).join(' ');
}
