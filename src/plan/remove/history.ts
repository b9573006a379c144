import { type ChangeData, invert } from '../../changes/registry.ts';
import type { RecordedChange, RunRecord } from '../../changes/run-record.ts';
import type { FileVersion } from '../../changes/version.ts';
import { filesOf, isContent } from '../rollback/recorded.ts';

/** All that is known of a file that haprov has written. */
export interface FileHistory {
  readonly path: string;
  /** What stood there before the first run that is known; null for nothing. */
  readonly original: FileVersion | null;
  /** sha256 of every version that haprov has put there. */
  readonly written: ReadonlySet<string>;
  readonly task: string;
  readonly notify: readonly string[];
}

/** A rollback put back what was there, or what another run had written: it has nothing of its own. */
function isOwnWork({ changes }: RunRecord): boolean {
  return changes.every(({ module }) => module !== 'record');
}

/** The files of all runs that the host has records of, by path. */
export function historyOf(records: readonly RunRecord[]): ReadonlyMap<string, FileHistory> {
  const files = new Map<string, FileHistory>();
  for (const record of records.filter(isOwnWork).toReversed()) {
    for (const { path, before, after, between, task, notify } of filesOf(record)) {
      const earlier = files.get(path);
      files.set(path, {
        path,
        original: earlier === undefined ? before : earlier.original,
        written: new Set([...(earlier?.written ?? []), ...between, ...(after === null ? [] : [after])]),
        task,
        notify: [...new Set([...(earlier?.notify ?? []), ...notify])],
      });
    }
  }
  return files;
}

/**
 * Changes of all runs by these modules that are no file's content and have an inverse, the latest first, each once. Each begins
 * with what was there before the first run that is known: a value that went from A to B and back to A has nothing to go back from.
 */
export function settingsOf(
  records: readonly RunRecord[],
  modules: readonly string[],
): readonly (readonly [RecordedChange, ChangeData])[] {
  const settings = records
    .filter(isOwnWork)
    .flatMap((record) => record.changes.toReversed())
    .filter(({ module }) => modules.includes(module))
    .flatMap((change) => change.data.toReversed().map((data) => [change, data] as const))
    .filter(([, data]) => !isContent(data) && invert(data) !== undefined);
  // The earliest comes last, and is the one that stays.
  const firsts = new Map(settings.map(([change, data]) => [subjectOf(change, data), data]));
  const rules = rulesAfter(settings.map(([, data]) => data));
  const whole = settings
    .map(([change, data]) => [change, since(firsts.get(subjectOf(change, data)) ?? data, data, rules)] as const)
    .filter(([, data]) => !isUnchanged(data) && invert(data) !== undefined);
  return [...new Map(whole.map((setting) => [JSON.stringify(setting[1]), setting])).values()];
}

/** What a change is about: changes of one subject bring it from one value to the next. */
function subjectOf({ target }: RecordedChange, data: ChangeData): string {
  if (data.kind === 'sysctl') return `sysctl ${data.target}`;
  if (data.kind === 'unit') return `unit ${data.target} ${[data.before, data.after].sort().join()}`;
  if (data.kind !== 'firewall') return JSON.stringify(data);
  if (data.after.rules !== undefined) return 'firewall rules';
  const same = Object.entries(data.after).filter(([key, value]) => data.before[key] === value);
  return `firewall ${data.backend} ${target} ${JSON.stringify(same)}`;
}

/** The rules that stand after changes, the latest first: what one did not find, because its inventory had it no more, stays. */
function rulesAfter(changes: readonly ChangeData[]): readonly string[] {
  const standing = new Set<string>();
  for (const data of changes.toReversed()) {
    if (data.kind !== 'firewall') continue;
    for (const rule of rulesOf(data.before)) standing.delete(rule);
    for (const rule of rulesOf(data.after)) standing.add(rule);
  }
  return [...standing];
}

function rulesOf({ rules = '' }: Readonly<Record<string, string>>): readonly string[] {
  return rules.split('\n').filter((rule) => rule !== '');
}

/** The last change as one from before the first; of rules, as one that has set those that stand. */
function since(first: ChangeData, last: ChangeData, rules: readonly string[]): ChangeData {
  if (first.kind === 'sysctl' && last.kind === 'sysctl') return { ...last, before: first.before };
  if (first.kind === 'unit' && last.kind === 'unit') return { ...last, before: first.before };
  if (first.kind === 'firewall' && last.kind === 'firewall') {
    if (first.before.rules === undefined) return { ...last, before: first.before };
    const after = { ...first.after, rules: rules.join('\n') };
    if (after.rules === first.after.rules) return first;
    const kept = rulesOf(first.before);
    return {
      ...first,
      after,
      describeBack: `delete ${rules.filter((rule) => !kept.includes(rule)).length} rules of VRRP`,
    };
  }
  return last;
}

function isUnchanged(data: ChangeData): boolean {
  return (data.kind === 'sysctl' || data.kind === 'unit') && data.before === data.after;
}

/** Names of the packages that haprov has installed. */
export function packagesOf(records: readonly RunRecord[]): readonly string[] {
  const targets = records.flatMap(({ changes }) =>
    changes.flatMap(({ module, action, target }) => (module === 'package' && action === 'install' ? [target] : [])),
  );
  return [...new Set(targets.flatMap((target) => target.replace(/^package /, '').split(', ')))];
}
