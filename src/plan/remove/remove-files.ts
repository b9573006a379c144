import { versionOf } from '../../changes/backup.ts';
import type { Change } from '../../changes/change.ts';
import { SERVICE_FILES } from '../../checks/host-files.ts';
import { ownFilesSubject } from '../../facts/state/own-files.ts';
import { fileSubject } from '../../facts/system/file.ts';
import { FIREWALL_FILES } from '../../firewall/registry.ts';
import type { Planned, TaskContext } from '../../tasks/task.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { planFileBack } from '../rollback/take-back-file.ts';
import type { FileHistory } from './history.ts';

const NAMED: readonly string[] = [
  ...SERVICE_FILES.filter(({ unit }) => unit === undefined).map(({ path }) => path),
  ...Object.values(HOST_PATHS).filter((path) => path !== HOST_PATHS.keepalivedConf && path !== HOST_PATHS.scripts),
  ...SERVICE_FILES.map(({ path }) => path),
  ...FIREWALL_FILES,
];

/** Who has to notice that a file is gone, whatever a playbook said. */
const NOTIFY: ReadonlyMap<string, readonly string[]> = new Map(
  SERVICE_FILES.flatMap(({ path, unit }) => (unit === undefined ? [] : [[path, [`reload ${unit}`]] as const])),
);

/**
 * Takes away the files that haprov has written, keepalived.conf aside: those with haprov in their names in any case, those
 * of a playbook where they are still as haprov left them; what stood there before comes back.
 */
export async function planFilesAway(history: ReadonlyMap<string, FileHistory>, context: TaskContext): Promise<Planned> {
  const listed = await context.ask(ownFilesSubject, 'own');
  const paths = new Set([...NAMED, ...listed, ...history.keys()]);
  paths.delete(HOST_PATHS.keepalivedConf);
  const parts = await Promise.all([...paths].map((path) => planOne(path, history.get(path), context)));
  return { changes: parts.flatMap(({ changes }) => changes), notes: parts.flatMap(({ notes }) => notes) };
}

async function planOne(path: string, known: FileHistory | undefined, context: TaskContext): Promise<Planned> {
  const fact = await context.ask(fileSubject, path);
  if (fact.type === 'absent') return { changes: [], notes: [] };
  if (path.startsWith(HOST_PATHS.notifyLog)) return { changes: [logAway(path, context.task)], notes: [] };
  const version = versionOf(fact);
  if (version === null) return leave(`${path} is no regular file by now`);
  const written = known?.written.has(version.sha256) === true;
  const own = path.slice(path.lastIndexOf('/')).includes('haprov');
  if (!own && version.sha256 === known?.original?.sha256) return { changes: [], notes: [] };
  if (!own && !written) return leave(`${path} was changed since haprov wrote it`);
  const task = known?.task ?? context.task;
  const notify = [...new Set([...(known?.notify ?? []), ...(NOTIFY.get(path) ?? [])])];
  const before = own ? null : (known?.original ?? null);
  const file = { path, before, after: version.sha256, between: [], task, notify };
  const change = await planFileBack(file, fact, context, { activates: false });
  const edited = own && known !== undefined && !written;
  return {
    changes: [before === null ? { ...change, detail: edited ? 'somebody changed it by hand' : '' } : change],
    notes: edited ? [`${path} was changed by hand, and goes all the same: keep a copy if you want one`] : [],
  };
}

function leave(why: string): Planned {
  return { changes: [], notes: [`${why}: it is left alone`] };
}

/** Its lines need not be shown, and do not come back. */
function logAway(path: string, task: string): Change {
  return {
    task,
    module: 'file',
    action: 'remove',
    target: path,
    detail: 'the log of haprov-notify',
    phase: 'activate',
    data: [{ kind: 'command', argv: ['rm', '-f', '--', path], timeout: 60 }],
    notify: [],
  };
}
