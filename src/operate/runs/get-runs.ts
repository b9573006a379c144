import pLimit from 'p-limit';
import { keptPath, versionOf } from '../../changes/backup.ts';
import type { RunRecord } from '../../changes/run-record.ts';
import { runsSubject } from '../../changes/run-records.ts';
import { type ErrorReport, reportError } from '../../errors.ts';
import { createReader } from '../../facts/reader/reader.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import { contentSubject, fileSubject } from '../../facts/system/file.ts';
import type { Host } from '../../inventory/model.ts';
import type { HostTasks } from '../../plan/plan-host.ts';
import { judgeRun, type RunVerdict } from '../../plan/rollback/judge-run.ts';
import { filesOf, isLive, judgeFile } from '../../plan/rollback/recorded.ts';
import { LostConnectionError, RunTimeoutError } from '../../transport/errors.ts';
import type { Transport } from '../../transport/session.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';

/** What a host's last runs changed there, the newest first. */
export interface HostRuns {
  readonly host: Host;
  readonly runs: readonly { readonly record: RunRecord; readonly verdict: RunVerdict }[];
  /** keepalived.conf as a run found it, and so as it will be once the run is taken back; null: none. Not masked. */
  readonly confBefore: (run: string) => Promise<string | null>;
  readonly close: () => void;
}

export interface UnknownRuns {
  readonly host: Host;
  readonly status: 'failed' | 'unreachable';
  readonly error: ErrorReport;
}

/** Reads the records of all hosts, at most `forks` at a time, and looks whether what they tell still stands. */
export async function getRuns(
  hosts: readonly HostTasks[],
  forks: number,
  transport: Transport,
  signal: AbortSignal,
): Promise<readonly (HostRuns | UnknownRuns)[]> {
  const limit = pLimit(forks);
  return Promise.all(hosts.map(({ host }) => limit(() => askHost(host, transport, signal))));
}

export function isKnown(one: HostRuns | UnknownRuns): one is HostRuns {
  return 'runs' in one;
}

async function askHost(host: Host, transport: Transport, signal: AbortSignal): Promise<HostRuns | UnknownRuns> {
  let connected = false;
  try {
    const session = await transport.connect(host, signal);
    connected = true;
    const { ask } = createReader(session, signal);
    const records = await ask(runsSubject, 'runs');
    const paths = new Set(records.filter(isLive).flatMap((record) => filesOf(record).map(({ path }) => path)));
    const hashes = new Map(await Promise.all([...paths].map(async (path) => [path, await hashOf(path, ask)] as const)));
    return {
      host,
      runs: records.map((record) => ({ record, verdict: judgeRun(record, records, hashes) })),
      confBefore: (run) => confBefore(run, records, ask),
      close: () => session.close(),
    };
  } catch (error) {
    const lost = error instanceof LostConnectionError || error instanceof RunTimeoutError;
    const status = !connected || lost ? 'unreachable' : 'failed';
    return { host, status, error: { host: host.id, ...reportError(error) } };
  }
}

async function hashOf(path: string, ask: Ask): Promise<string | null> {
  const fact = await ask(fileSubject, path);
  return fact.type === 'absent' ? null : (versionOf(fact)?.sha256 ?? fact.type);
}

async function confBefore(run: string, records: readonly RunRecord[], ask: Ask): Promise<string | null> {
  const path = HOST_PATHS.keepalivedConf;
  const record = records.find((one) => one.run === run && isLive(one));
  const file = record === undefined ? undefined : filesOf(record).find((one) => one.path === path);
  if (record?.changes.some(({ unit, action }) => unit === 'keepalived' && action === 'start')) {
    return null;
  }
  if (record === undefined || file === undefined) return ask(contentSubject, path);
  const verdict = judgeFile(file, await hashOf(path, ask), record, records);
  if (verdict !== 'new') return ask(contentSubject, path);
  return file.before === null ? null : ask(contentSubject, keptPath(path, file.before.sha256));
}
