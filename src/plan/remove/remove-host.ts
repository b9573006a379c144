import type { Change } from '../../changes/change.ts';
import { isOwn } from '../../changes/directory.ts';
import { type ChangeData, describeBack, isDue } from '../../changes/registry.ts';
import type { RunRecord } from '../../changes/run-record.ts';
import { runsSubject } from '../../changes/run-records.ts';
import { UNITS_READ } from '../../changes/unit.ts';
import { dropInPath, SERVICE_ROWS } from '../../checks/services.ts';
import { STATE_DIRECTORY } from '../../facts/state/state-directory.ts';
import { contentSubject, fileSubject } from '../../facts/system/file.ts';
import { probeSubject } from '../../facts/system/probe.ts';
import { FIREWALL_NAMES, FIREWALLS, type FirewallName } from '../../firewall/registry.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import { isContent } from '../rollback/recorded.ts';
import { planBack } from '../rollback/take-back-other.ts';
import { leftOut } from '../waves/blocked.ts';
import { historyOf, packagesOf, settingsOf } from './history.ts';
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

/**
 * Removes the state directory; after everything else, through a session that nothing in it guards. By one rename, under the
 * lock: a run that waits for the host finds the lease of this one in it, or no directory, and never a part of it.
 */
export const REMOVE_STATE = `[ -e ${MARK} ] || exit 0
exec 9>>${STATE_DIRECTORY}/lock
flock -w 30 9 || exit 1
rm -rf -- ${STATE_DIRECTORY}.gone /run/haprov-*
mv -T -- ${STATE_DIRECTORY} ${STATE_DIRECTORY}.gone && rm -rf -- ${STATE_DIRECTORY}.gone`;

/** Plans to take away from a host all that haprov has written there. Throws TakeBackError. */
export async function planRemoval(purge: boolean, context: TaskContext): Promise<Removal> {
  const { ask } = context;
  const records = await ask(runsSubject, 'runs');
  const history = historyOf(records);
  const [keepalived, files, settings, packages] = await Promise.all([
    planKeepalivedAway(history.get(HOST_PATHS.keepalivedConf), context),
    planFilesAway(history, context),
    planSettingsAway(records, context),
    purge ? planPackagesAway(packagesOf(records), context) : { changes: [], notes: stays(records) },
  ]);
  const noticed = files.changes.filter(({ notify }) => notify.length > 0);
  const unnoticed = files.changes.filter(({ notify }) => notify.length === 0);
  const changes = [...keepalived.changes, ...noticed, ...settings];
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

/** Firewalls with rules of their own: ufw's are those of iptables. */
const WRITERS = FIREWALL_NAMES.filter((name, at) => {
  const later = FIREWALL_NAMES.slice(at + 1);
  return !later.some((other) => FIREWALLS[other].persistence === FIREWALLS[name].persistence);
});

/** Kernel parameters and firewall rules, as they were recorded; rules of an older haprov by its own script. */
async function planSettingsAway(records: readonly RunRecord[], context: TaskContext): Promise<readonly Change[]> {
  const recorded = settingsOf(records, ['sysctl', 'firewall']);
  const planned = await Promise.all(recorded.map(([change, data]) => planBack(change, data, context.ask)));
  const changes = planned.flatMap((change) => change ?? []);
  if (recorded.some(([{ module }]) => module === 'firewall')) return changes;
  return [...changes, ...(await Promise.all(WRITERS.map((name) => planFirewallAway(name, context)))).flat()];
}

/** Rules that no record tells of, by the file that sets them, and the unit that runs it. */
async function planFirewallAway(backend: FirewallName, { ask, task }: TaskContext): Promise<readonly Change[]> {
  const { persistence } = FIREWALLS[backend];
  const [file] = persistence?.files([]) ?? [];
  const script = file === undefined ? null : await ask(contentSubject, file.path);
  if (persistence === undefined || script === null) return [];
  const { unit, target } = persistence;
  const rules = { kind: 'firewall', backend, ...persistence.close(script) } as const;
  const ways: readonly (readonly [string, ChangeData])[] = [
    [target, rules],
    [`service ${unit}`, { kind: 'unit', target: unit, before: 'running', after: 'stopped' }],
    [`service ${unit}`, { kind: 'unit', target: unit, before: 'enabled', after: 'disabled' }],
  ];
  const due = await Promise.all(ways.map(([, data]) => isDue(data, ask)));
  return ways
    .filter((_, index) => due[index])
    .map(([one, data]) => ({
      task,
      module: 'firewall',
      action: one === target ? 'remove' : 'set',
      target: one,
      detail: describeBack(data),
      phase: 'activate',
      data: [data],
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
    changes.flatMap(({ module, action, target, data }) =>
      module === 'file' && action === 'create' && !data.some(isContent) ? [target] : [],
    ),
  );
  const wanted = [...new Set(records.length === 0 ? DIRECTORIES : made)].toSorted().reverse();
  const facts = await Promise.all(wanted.map((path) => context.ask(fileSubject, path)));
  const there = await Promise.all(
    wanted.map((path) => {
      const leaving = [...going, ...wanted].flatMap((one) =>
        one.startsWith(`${path}/`) ? one.slice(path.length + 1) : [],
      );
      return context.ask(probeSubject, isOwn(path, leaving));
    }),
  );
  return wanted.flatMap((target, index): readonly Change[] => {
    const fact = facts[index];
    if (fact?.type !== 'directory' || there[index] !== true) return [];
    const before = { mode: fact.mode, owner: fact.owner, group: fact.group };
    return [
      {
        task: context.task,
        module: 'file',
        action: 'remove',
        target,
        detail: 'if it is empty',
        phase: 'activate',
        data: [{ kind: 'directory', target, before, after: null }],
        notify: [],
      },
    ];
  });
}

/** The mark of another run is none: that did not come to the end. A run is known by the token of its lease. */
async function planState(units: boolean, { ask, task }: TaskContext): Promise<readonly Change[]> {
  const marked = `[ -s ${MARK} ] && grep -qxF -f ${MARK} ${STATE_DIRECTORY}/lease`;
  const due = await ask(probeSubject, `[ -d ${STATE_DIRECTORY} ] && ! { ${marked}; }`);
  if (!due) return [];
  return [
    {
      task,
      module: 'record',
      action: 'remove',
      target: STATE_DIRECTORY,
      detail: 'with the copies of what haprov replaced, and the records of its runs',
      phase: 'activate',
      data: [...(units ? [UNITS_READ] : []), { kind: 'removal', before: 'kept', after: 'removed' }],
      notify: [],
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
