import { chmodSync, existsSync, lstatSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keptPath, sha256 } from '../../../src/changes/backup.ts';
import { type ChangeData, fieldsOf, invert } from '../../../src/changes/registry.ts';
import { callWords, changeLine, type HostCall } from '../../../src/host/client.ts';
import { beginCall, END_CALL } from '../../../src/operate/maintenance/calls.ts';
import { killEverywhere, type Ordeal, type Ordeals, shellsFor } from './failpoints.ts';
import { type Ended, ScratchRoot } from './support.ts';

const OLD = 'old\n';
const NEW = 'new\n';
const OWNER = { owner: 'root', group: 'root' };
const VERSION = {
  old: { sha256: sha256(OLD), mode: '0644', ...OWNER },
  new: { sha256: sha256(NEW), mode: '0600', ...OWNER },
};
const MARK = 'run/haprov-restarted-app';

/** A host whose services, packages and parameters are files in /run. */
function fresh(): ScratchRoot {
  const root = new ScratchRoot();
  for (const name of ['sync', 'sleep']) root.stub(name, '');
  root.stub(
    'timeout',
    'while [ "$1" != keepalived ] && [ "$1" != systemctl ] && [ "$1" != dnf ]; do shift; done; exec "$@"',
  );
  root.stub(
    'systemctl',
    `d=$HAPROV_ROOT/run
case "$*" in
  "is-active -q "* | "is-active --quiet "*) [ -e $d/active ] ;;
  is-active*) if [ -e $d/active ]; then echo active; else echo inactive; exit 3; fi ;;
  is-enabled*) if [ -e $d/enabled ]; then echo enabled; else echo disabled; exit 1; fi ;;
  *MainPID*) if [ -e $d/active ]; then echo 7; else echo 0; fi ;;
  *CanReload*) echo no ;;
  *NeedDaemonReload*) echo no ;;
  *SubState*) echo running ;;
  *unmask*) rm -f $d/masked ;;
  *mask*) : >$d/masked ;;
  enable*) : >$d/enabled ;;
  disable*) rm -f $d/enabled ;;
  start*) [ -e $d/masked ] && exit 1; : >$d/active ;;
  stop*) rm -f $d/active ;;
  restart*) : >$d/active; cp "$HAPROV_ROOT/etc/thing" $d/read ;;
  reload*) cp "$HAPROV_ROOT/etc/thing" $d/read ;;
esac`,
  );
  root.stub(
    'sysctl',
    'case $1 in -n) cat "$HAPROV_ROOT/run/value" ;; *) echo "$(echo "$3" | cut -d= -f2)" >"$HAPROV_ROOT/run/value" ;; esac',
  );
  root.stub('apt-get', 'case "$*" in *install*) : >"$HAPROV_ROOT/run/installed" ;; esac');
  root.stub('dnf', ': >"$HAPROV_ROOT/run/installed"');
  root.stub('dpkg', 'case $1 in --purge) rm -f "$HAPROV_ROOT/run/installed" ;; esac');
  root.stub('rpm', 'case $1 in -e) rm -f "$HAPROV_ROOT/run/installed" ;; *) exit 1 ;; esac');
  root.stub('dpkg-query', 'exit 1');
  root.stub('keepalived', '');
  root.write('etc/thing', OLD);
  chmodSync(root.path('etc/thing'), 0o644);
  root.write('run/value', '0\n');
  return root;
}

interface Case {
  readonly name: string;
  readonly change: (root: ScratchRoot) => ChangeData;
  /** Its inverse is what is killed, after it was made. */
  readonly back?: true;
  /** More of its line. */
  readonly more?: Readonly<Record<string, string>>;
  readonly before?: (world: Ordeals) => void;
  readonly always?: (root: ScratchRoot) => void;
  readonly converged: (root: ScratchRoot) => void;
}

const run = ({ run }: Ordeals, call: HostCall): Ended => {
  const ended = run(callWords(call), String(call.content ?? ''));
  expect(ended).toMatchObject({ code: 0 });
  return ended;
};
const callOf = (change: ChangeData, more = {}): HostCall => ({
  verb: 'change',
  kind: change.kind,
  args: { ...fieldsOf(change), ...more },
});

function ordealOf({ name, change, back, more = {}, before, always, converged }: Case): Ordeal {
  const inverse = (root: ScratchRoot): ChangeData => {
    const one = invert(change(root));
    if (one === undefined) throw new Error(`${name} has no inverse`);
    return one;
  };
  return {
    name,
    before: (world) => {
      before?.(world);
      if (back) run(world, callOf(change(world.root)));
    },
    words: (root) => (back ? ['changes', 'reverting=1'] : callWords(callOf(change(root), more))),
    stdin: (root) => (back ? `${changeLine(inverse(root).kind, { ...fieldsOf(inverse(root)), ...more })}\n` : ''),
    always: ({ root }) => always?.(root),
    converged: ({ root }, again) => {
      expect(again).toMatchObject({ code: 0, stderr: '' });
      converged(root);
    },
  };
}

const thing = (root: ScratchRoot): string => root.path('etc/thing');
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const alone = (root: ScratchRoot): void =>
  expect(readdirSync(root.path('etc')).filter((name) => name.startsWith('.haprov'))).toEqual([]);
/** The file is one of the two, whole, and where it is the new one, the old one is kept. */
const oldOrNew = (root: ScratchRoot): void => {
  const text = root.read('etc/thing');
  expect([OLD, NEW]).toContain(text);
  expect(modeOf(thing(root))).toBe(text === OLD ? '644' : '600');
  if (text === NEW) expect(root.read(keptPath(thing(root), sha256(OLD)).slice(1))).toBe(OLD);
};
const stage = (world: Ordeals): void => {
  const args = { target: thing(world.root), sha256: sha256(NEW), owner: 'root:root', mode: '0600' };
  run(world, { verb: 'stage', args, content: NEW });
};
const file =
  (before: keyof typeof VERSION | null, after: keyof typeof VERSION | null) =>
  (root: ScratchRoot): ChangeData => ({
    kind: 'file',
    target: thing(root),
    before: before && VERSION[before],
    after: after && VERSION[after],
  });
const attributes = (root: ScratchRoot): ChangeData => ({
  kind: 'attributes',
  target: thing(root),
  sha256: sha256(OLD),
  before: { mode: '0644', ...OWNER },
  after: { mode: '0600', owner: 'daemon', group: 'daemon' },
});
const eitherMode = (root: ScratchRoot): void => expect(['644', '600']).toContain(modeOf(thing(root)));
const directory = (root: ScratchRoot): ChangeData => ({
  kind: 'directory',
  target: root.path('etc/made'),
  before: null,
  after: { mode: '0750', ...OWNER },
});
const link = (root: ScratchRoot): ChangeData => ({
  kind: 'link',
  target: root.path('etc/link'),
  before: 'link',
  after: 'absent',
});
const linked = ({ root }: Ordeals): void => symlinkSync('/dev/null', root.path('etc/link'));
const isLink = (root: ScratchRoot): boolean => readdirSync(root.path('etc')).includes('link');
const sysctl = (): ChangeData => ({ kind: 'sysctl', target: 'net.x', before: '0', after: '1' });
const unit =
  (
    before: 'stopped' | 'running' | 'disabled' | 'enabled',
    after: 'stopped' | 'running' | 'disabled' | 'enabled' | 'reloaded' | 'restarted',
  ) =>
  (): ChangeData => ({ kind: 'unit', target: 'app', before, after });
const set =
  (...names: readonly string[]) =>
  ({ root }: Ordeals): void => {
    for (const name of names) root.write(`run/${name}`, '');
  };
const isSet = (name: string, is: boolean) => (root: ScratchRoot) => expect(root.exists(`run/${name}`)).toBe(is);
const packages =
  (family: 'debian' | 'rhel', before: 'absent' | 'installed', after: 'absent' | 'installed') => (): ChangeData => ({
    kind: 'package',
    family,
    names: ['app'],
    hold: ['app'],
    before,
    after,
  });
const installed = (root: ScratchRoot): void => {
  isSet('installed', true)(root);
  isSet('masked', false)(root);
};

const CASES: readonly Case[] = [
  {
    name: 'a new version of a file',
    change: file('old', 'new'),
    before: stage,
    // Whatever is cut short, the handler is on record until it is done.
    more: { owes: 'reload' },
    always: (root) => {
      oldOrNew(root);
      if (root.read('etc/thing') === NEW) expect(existsSync(root.path('var/lib/haprov/owed/reload'))).toBe(true);
    },
    converged: (root) => {
      expect([root.read('etc/thing'), modeOf(thing(root))]).toEqual([NEW, '600']);
      alone(root);
    },
  },
  {
    name: 'a file put back',
    change: file('old', 'new'),
    back: true,
    before: stage,
    always: oldOrNew,
    converged: (root) => {
      expect([root.read('etc/thing'), modeOf(thing(root))]).toEqual([OLD, '644']);
      alone(root);
    },
  },
  {
    name: 'a file removed',
    change: file('old', null),
    always: (root) => {
      if (!existsSync(thing(root))) expect(root.read(keptPath(thing(root), sha256(OLD)).slice(1))).toBe(OLD);
      else expect(root.read('etc/thing')).toBe(OLD);
    },
    converged: (root) => expect(existsSync(thing(root))).toBe(false),
  },
  {
    name: 'a removed file put back',
    change: file('old', null),
    back: true,
    always: (root) => expect([OLD, undefined]).toContain(root.read('etc/thing')),
    converged: (root) => {
      expect([root.read('etc/thing'), modeOf(thing(root))]).toEqual([OLD, '644']);
      alone(root);
    },
  },
  {
    name: 'mode and owner',
    change: attributes,
    always: eitherMode,
    converged: (root) => expect([modeOf(thing(root)), statSync(thing(root)).uid]).toEqual(['600', 1]),
  },
  {
    name: 'mode and owner put back',
    change: attributes,
    back: true,
    always: eitherMode,
    converged: (root) => expect([modeOf(thing(root)), statSync(thing(root)).uid]).toEqual(['644', 0]),
  },
  {
    name: 'a directory made',
    change: directory,
    converged: (root) => expect(modeOf(root.path('etc/made'))).toBe('750'),
  },
  {
    name: 'a directory removed',
    change: directory,
    back: true,
    converged: (root) => expect(root.exists('etc/made')).toBe(false),
  },
  { name: 'a link removed', change: link, before: linked, converged: (root) => expect(isLink(root)).toBe(false) },
  {
    name: 'a link put back',
    change: link,
    back: true,
    before: linked,
    converged: (root) => expect(lstatSync(root.path('etc/link')).isSymbolicLink()).toBe(true),
  },
  {
    name: 'a kernel parameter set',
    change: sysctl,
    always: (root) => expect(['0\n', '1\n']).toContain(root.read('run/value')),
    converged: (root) => expect(root.read('run/value')).toBe('1\n'),
  },
  {
    name: 'a kernel parameter set back',
    change: sysctl,
    back: true,
    always: (root) => expect(['0\n', '1\n']).toContain(root.read('run/value')),
    converged: (root) => expect(root.read('run/value')).toBe('0\n'),
  },
  {
    name: 'a unit started',
    change: unit('stopped', 'running'),
    before: set('masked'),
    converged: isSet('active', true),
  },
  { name: 'a unit stopped again', change: unit('stopped', 'running'), back: true, converged: isSet('active', false) },
  {
    name: 'a unit stopped',
    change: unit('running', 'stopped'),
    before: set('active'),
    converged: isSet('active', false),
  },
  {
    name: 'a unit enabled',
    change: unit('disabled', 'enabled'),
    before: set('masked'),
    converged: isSet('enabled', true),
  },
  {
    name: 'a unit disabled again',
    change: unit('disabled', 'enabled'),
    back: true,
    converged: isSet('enabled', false),
  },
  {
    name: 'a unit reloaded',
    change: unit('running', 'reloaded'),
    before: set('active'),
    more: { pays: 'reload' },
    converged: (root) => expect(root.read('run/read')).toBe(OLD),
  },
  {
    name: 'a unit restarted',
    change: unit('running', 'restarted'),
    before: set('active'),
    // One that has read the new file is restarted once more by a revert.
    always: (root) => {
      if (root.exists('run/read')) expect(root.exists(MARK)).toBe(true);
    },
    converged: (root) => expect([root.read('run/read'), root.exists(MARK)]).toEqual([OLD, true]),
  },
  {
    name: 'packages installed by apt',
    change: packages('debian', 'absent', 'installed'),
    converged: installed,
  },
  { name: 'packages installed by dnf', change: packages('rhel', 'absent', 'installed'), converged: installed },
  {
    name: 'packages removed by dpkg',
    change: packages('debian', 'installed', 'absent'),
    before: set('installed'),
    converged: isSet('installed', false),
  },
  {
    name: 'packages removed by rpm',
    change: packages('rhel', 'installed', 'absent'),
    before: set('installed'),
    converged: isSet('installed', false),
  },
];

const settle = (name: string, args: Readonly<Record<string, string>>, before: (world: Ordeals) => void): Ordeal => ({
  name,
  before,
  words: ['changes', 'reverting=1'],
  stdin: `${changeLine('settle', { target: 'app', ...args })}\n`,
  // What is owed stays on record until the unit has read the file, and so does the mark of a restart.
  always: ({ root }) => {
    if (root.exists('run/read')) return;
    expect(root.exists('var/lib/haprov/owed/reload')).toBe(true);
    if ('restarts' in args) expect(root.exists(MARK)).toBe(true);
  },
  converged: ({ root }, again) => {
    expect(again).toMatchObject({ code: 0 });
    expect([root.read('run/read'), root.exists('run/active')]).toEqual([OLD, true]);
    expect([root.exists('var/lib/haprov/owed/reload'), root.exists(MARK)]).toEqual([false, false]);
  },
});
const owed =
  (...names: readonly string[]) =>
  (world: Ordeals): void => {
    set(...names)(world);
    world.root.write('var/lib/haprov/owed/reload', '');
  };
const CONDITION = 'etc/systemd/system/keepalived.service.d/haprov-maintenance.conf';
const RECORD = 'var/lib/haprov/maintenance';
const begin = beginCall({ who: 'ada@ops', reason: 'a new disk', kind: 'maintenance' });
const maintained = (on: boolean): Pick<Ordeal, 'always' | 'converged'> => ({
  // A record without its condition would be a lie: keepalived would start at boot.
  always: ({ root }) => expect(root.exists(RECORD) && !root.exists(CONDITION)).toBe(false),
  converged: ({ root }, again) => {
    expect(again).toMatchObject({ code: 0 });
    expect([root.exists(RECORD), root.exists(CONDITION), root.exists('run/active')]).toEqual([on, on, !on]);
  },
});

const ORDEALS: readonly Ordeal[] = [
  ...CASES.map(ordealOf),
  settle('a unit settled by a reload', { reloads: 'reload' }, owed('active')),
  settle(
    'a unit settled by a restart',
    { reloads: 'reload', restarts: 'restart' },
    owed('active', 'haprov-restarted-app'),
  ),
  settle('a unit settled that does not run', { reloads: 'reload' }, owed()),
  { name: 'maintenance begun', before: set('active', 'enabled'), words: callWords(begin), ...maintained(true) },
  {
    name: 'maintenance ended',
    before: (world) => {
      set('active', 'enabled')(world);
      run(world, begin);
    },
    words: callWords(END_CALL),
    ...maintained(false),
  },
];

const cases = ORDEALS.flatMap((ordeal, index) =>
  shellsFor(index).map((shell) => [ordeal.name, shell.join(' '), ordeal, shell] as const),
);
it.each(cases)(
  '%s, killed at any line under %s, leaves the host before or after it, and converges',
  async (_n, _s, ordeal, shell) => {
    const { points } = await killEverywhere(ordeal, shell, fresh);
    expect(points).toBeGreaterThan(2);
  },
  1_800_000,
);
