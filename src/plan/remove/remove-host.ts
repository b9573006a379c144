import { dropInPath, SERVICE_ROWS } from '../../checks/services.ts';
import { type RunRecord, runsSubject } from '../../facts/state/runs.ts';
import { STATE_DIRECTORY } from '../../facts/state/state-directory.ts';
import { contentSubject } from '../../facts/system/file.ts';
import { probeSubject } from '../../facts/system/probe.ts';
import type { Persistence } from '../../firewall/backend.ts';
import { PERSISTENCE } from '../../firewall/registry.ts';
import type { Change, Undo } from '../../tasks/change.ts';
import { daemonReloadScript, undoEnable, undoStart } from '../../tasks/service-scripts.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { undoDirectory } from '../../tasks/undo-file.ts';
import { quote } from '../../transport/quote.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import { planScriptBack } from '../rollback/take-back-script.ts';
import { leftOut } from '../waves/blocked.ts';
import { historyOf, packagesOf, scriptsOf } from './history.ts';
import { planFilesAway } from './remove-files.ts';
import { planKeepalivedAway } from './remove-keepalived.ts';
import { planPackagesAway } from './remove-packages.ts';

/** What takes haprov away from one host. */
export interface Removal {
  readonly changes: readonly Change[];
  /** What goes when nothing uses it any more, after the handlers. */
  readonly after: readonly Change[];
  readonly notes: readonly string[];
}

/** Marks that all is gone but the state directory itself, which the run that takes it away still works with. */
const MARK = `${STATE_DIRECTORY}/removed`;

/** Removes the state directory; after everything else, through a session that nothing in it guards. */
export const REMOVE_STATE = `[ ! -e ${MARK} ] || rm -rf -- ${STATE_DIRECTORY} /run/haprov-*`;

/** Plans to take away from a host all that haprov has written there. Throws TakeBackError. */
export async function planRemoval(purge: boolean, context: TaskContext): Promise<Removal> {
  const { ask } = context;
  const records = await ask(runsSubject, 'runs');
  const history = historyOf(records);
  const [keepalived, files, scripts, packages] = await Promise.all([
    planKeepalivedAway(history.get(HOST_PATHS.keepalivedConf), context),
    planFilesAway(history, context),
    planScriptsAway(records, context),
    purge ? planPackagesAway(packagesOf(records), context) : { changes: [], notes: stays(records) },
  ]);
  const noticed = files.changes.filter(({ notify }) => notify.length > 0);
  const unnoticed = files.changes.filter(({ notify }) => notify.length === 0);
  const changes = [...keepalived.changes, ...noticed, ...scripts];
  const going = [...keepalived.changes, ...files.changes].flatMap(({ action, target }) =>
    action === 'remove' ? [target] : [],
  );
  const directories = await planDirectoriesAway(records, going, context);
  const units = files.changes.some(({ target }) => target.startsWith('/etc/systemd/system/'));
  const all = [...changes, ...unnoticed, ...directories, ...packages.changes];
  const state = await planState(units, context);
  return {
    changes,
    after: [...unnoticed, ...directories, ...packages.changes, ...state],
    notes: [
      ...(all.length === 0 ? [] : endOf(keepalived.changes, context)),
      ...keepalived.notes,
      ...files.notes,
      ...packages.notes,
      ...ranCommands(records),
    ],
  };
}

/** Kernel parameters and firewall rules, by the scripts that were recorded; rules of an older haprov by its own script. */
async function planScriptsAway(records: readonly RunRecord[], context: TaskContext): Promise<readonly Change[]> {
  const recorded = scriptsOf(records, ['sysctl', 'firewall']);
  const changes = (await Promise.all(recorded.map((change) => planScriptBack(change, context)))).flat();
  if (recorded.some(({ module }) => module === 'firewall')) return changes;
  return [...changes, ...(await Promise.all(PERSISTENCE.map((one) => planFirewallAway(one, context)))).flat()];
}

/** Rules that no record tells of, by the file that sets them, and the unit that runs it. */
async function planFirewallAway(
  { files, unit, target, close }: Persistence,
  { ask, task }: TaskContext,
): Promise<readonly Change[]> {
  const [file] = files([]);
  const script = file === undefined ? null : await ask(contentSubject, file.path);
  if (script === null) return [];
  const undos: readonly (Pick<Change, 'action' | 'target'> & { readonly undo: Undo })[] = [
    { action: 'remove', target, undo: close(script) },
    { action: 'set', target: `service ${unit}`, undo: undoStart(unit) },
    { action: 'set', target: `service ${unit}`, undo: undoEnable(unit) },
  ];
  const needed = await Promise.all(undos.map(({ undo }) => ask(probeSubject, undo.needed ?? 'true')));
  return undos
    .filter((_, index) => needed[index])
    .map(({ action, target: one, undo: { describe, script: steps } }) => ({
      task,
      module: 'firewall',
      action,
      target: one,
      detail: describe,
      phase: 'activate',
      steps: [{ describe, script: steps }],
      notify: [],
    }));
}

const DIRECTORIES = [
  ...[HOST_PATHS.keepalivedDropIn, ...SERVICE_ROWS.map(dropInPath)].map((path) => path.slice(0, path.lastIndexOf('/'))),
  HOST_PATHS.scripts,
];

/** Directories that haprov has made, by its records; without any, those that it always makes. Only what `going` leaves empty. */
async function planDirectoriesAway(
  records: readonly RunRecord[],
  going: readonly string[],
  context: TaskContext,
): Promise<readonly Change[]> {
  const made = records.flatMap(({ changes }) =>
    changes.flatMap(({ module, action, target, undo }) =>
      module === 'file' && action === 'create' && undo?.file === undefined ? [target] : [],
    ),
  );
  const wanted = [...new Set(records.length === 0 ? DIRECTORIES : made)].toSorted().reverse();
  const changes = wanted.map((path): readonly [string, Change] => {
    const leaving = [...going, ...wanted].flatMap((one) =>
      one.startsWith(`${path}/`) ? one.slice(path.length + 1) : [],
    );
    const { describe, script, needed = 'true', redo = '' } = undoDirectory(path, `mkdir -p -- ${quote(path)}`, leaving);
    const step = { describe, script };
    const more = { task: context.task, module: 'file', action: 'remove', target: path, notify: [] } as const;
    return [
      needed,
      {
        ...more,
        detail: 'if it is empty',
        phase: 'activate',
        steps: [step],
        undo: { describe: `make ${path}`, script: redo },
      },
    ];
  });
  const there = await Promise.all(changes.map(([needed]) => context.ask(probeSubject, needed)));
  return changes.filter((_, index) => there[index]).map(([, change]) => change);
}

/** The mark of another run is none: that did not come to the end. A run is known by the token of its lease. */
async function planState(units: boolean, { ask, task }: TaskContext): Promise<readonly Change[]> {
  const marked = `[ -s ${MARK} ] && grep -qxF -f ${MARK} ${STATE_DIRECTORY}/lease`;
  const due = await ask(probeSubject, `[ -d ${STATE_DIRECTORY} ] && ! { ${marked}; }`);
  if (!due) return [];
  const reload = units ? [{ describe: 'have systemd read its unit files again', script: daemonReloadScript() }] : [];
  return [
    {
      task,
      module: 'record',
      action: 'remove',
      target: STATE_DIRECTORY,
      detail: 'with the copies of what haprov replaced, and the records of its runs',
      phase: 'activate',
      steps: [
        ...reload,
        {
          describe: `mark ${STATE_DIRECTORY} as done with`,
          script: `umask 077; grep '^token=' ${STATE_DIRECTORY}/lease >${MARK}`,
        },
      ],
      notify: [],
      undo: { describe: `keep ${STATE_DIRECTORY}`, script: `rm -f -- ${MARK}` },
    },
  ];
}

function endOf(keepalived: readonly Change[], { cluster }: TaskContext): readonly string[] {
  if (!keepalived.some(({ action }) => action === 'stop')) return [];
  const vips = vipAddresses(cluster.vrrp_instances);
  const others = leftOut(cluster);
  return vips.map((vip) =>
    others.length > 0 ? `${vip} is left to ${others.join(', ')}` : `${vip} will be on no host afterwards`,
  );
}

function stays(records: readonly RunRecord[]): readonly string[] {
  const names = packagesOf(records);
  return names.length === 0
    ? []
    : [`package ${names.join(', ')} stays installed: --purge takes away what haprov installed`];
}

function ranCommands(records: readonly RunRecord[]): readonly string[] {
  const ran = records.flatMap(({ changes }) => changes.filter(({ module }) => module === 'command'));
  return [...new Set(ran.map(({ target }) => `${target} was run, and cannot be taken back`))];
}
