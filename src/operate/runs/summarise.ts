import type { ChangeData } from '../../changes/registry.ts';
import type { RecordedChange, RunRecord } from '../../changes/run-record.ts';
import type { RunVerdict } from '../../plan/rollback/judge-run.ts';
import { isLive } from '../../plan/rollback/recorded.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import type { HostRuns } from './get-runs.ts';

/** One run over all hosts that know of it. */
export interface RunSummary {
  readonly run: string;
  /** ISO 8601 */
  readonly at: string;
  readonly who: string;
  readonly why: string;
  readonly clusters: readonly string[];
  readonly hosts: readonly RunOnHost[];
  /** What it changed, the most telling first: "keepalived.conf", "package nginx", "start keepalived". */
  readonly what: readonly string[];
  /** Whether something of it stands and can be taken back on every host where it stands. */
  readonly possible: boolean;
  /** "clean", "clean, packages stay", "no: undo r42 first", "no: kept", "undone". */
  readonly undo: string;
}

export interface RunOnHost {
  readonly host: string;
  readonly state: RunRecord['state'];
  readonly undo: string;
}

/** All runs, the newest first. */
export function summarise(hosts: readonly HostRuns[]): readonly RunSummary[] {
  const runs = new Map<string, { readonly host: string; readonly record: RunRecord; readonly verdict: RunVerdict }[]>();
  for (const { host, runs: own } of hosts) {
    for (const { record, verdict } of own) {
      runs.set(record.run, [...(runs.get(record.run) ?? []), { host: host.id, record, verdict }]);
    }
  }
  return [...runs]
    .toSorted(([a], [b]) => (a < b ? 1 : -1))
    .flatMap(([run, parts]) => {
      const [first] = parts;
      if (first === undefined) return [];
      const { at, who, why } = first.record;
      const live = parts.filter(({ record }) => isLive(record));
      const worst =
        live.find(({ verdict }) => verdict.kind === 'blocked') ?? live.find(({ verdict }) => verdict.kind === 'clean');
      const verdict = (worst ?? live[0] ?? first).verdict;
      const packages = live.some(({ verdict: one }) => one.kind === 'clean' && one.packages);
      return {
        run,
        at,
        who,
        why,
        clusters: [...new Set(parts.map(({ record }) => record.cluster))],
        hosts: parts.map((part) => ({ host: part.host, state: part.record.state, undo: undoText(part.verdict) })),
        what: whatOf(parts.flatMap(({ record }) => record.changes)),
        possible: verdict.kind === 'clean',
        undo: undoText(verdict.kind === 'clean' ? { kind: 'clean', packages } : verdict),
      };
    });
}

function undoText(verdict: RunVerdict): string {
  switch (verdict.kind) {
    case 'clean':
      return verdict.packages ? 'clean, packages stay' : 'clean';
    case 'kept':
      return 'no: kept';
    case 'undone':
      return 'undone';
    case 'put-back':
      return 'was put back';
    case 'blocked': {
      const later = verdict.conflicts
        .flatMap(({ by }) => by?.run ?? [])
        .toSorted()
        .at(-1);
      return later === undefined ? `no: ${verdict.conflicts[0]?.path} was changed by hand` : `no: undo ${later} first`;
    }
  }
}

/** Reloads and restarts follow from the rest, and directories say nothing. */
function whatOf(changes: readonly RecordedChange[]): readonly string[] {
  const words = changes.flatMap(({ module, action, target, data, unit }): readonly [number, string][] => {
    if (target === HOST_PATHS.keepalivedConf) return [[0, 'keepalived.conf']];
    if (module === 'record') return [[0, target.replace(/^run /, 'taking back ')]];
    if (data.some(isOfFile)) return [[1, target.slice(target.lastIndexOf('/') + 1)]];
    if (action === 'start' || action === 'stop') return [[2, `${action} ${unit ?? target}`]];
    if (module === 'package' || module === 'sysctl' || module === 'command') return [[3, target]];
    return module === 'firewall' && action === 'open' ? [[3, 'firewall']] : [];
  });
  return [...new Set(words.toSorted(([a], [b]) => a - b).map(([, word]) => word))];
}

/** The content of a file, or its mode and owner. */
function isOfFile(change: ChangeData): boolean {
  return change.kind === 'file' || (change.kind === 'attributes' && change.sha256 !== undefined);
}
