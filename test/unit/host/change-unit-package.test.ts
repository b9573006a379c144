import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stagedPath } from '../../../src/changes/backup.ts';
import type { UnitChange } from '../../../src/changes/unit.ts';
import { encodeValue } from '../../../src/host/encode.ts';
import { type Ended, Workshop } from '../tasks/support.ts';
import { callScript, changeScript } from './call-script.ts';
import { SHELLS } from './support.ts';

const unit =
  (after: UnitChange['after']) =>
  (target: string): string =>
    changeScript({ kind: 'unit', target, before: 'running', after });
const [startScript, enableScript, reloadScript] = [unit('running'), unit('enabled'), unit('reloaded')];
const restartScript = (name: string): string => unit('restarted')(name).replaceAll('/run/haprov-', shop.path('mark-'));
const packages = (family: 'debian' | 'rhel', names: readonly string[], hold: readonly string[] = []): string =>
  changeScript({ kind: 'package', family, names: [...names], hold: [...hold], before: 'absent', after: 'installed' });

let shop: Workshop;
beforeEach(() => {
  shop = new Workshop();
  shop.stub('sleep', '');
  shop.stub('journalctl', 'echo "the journal says why"');
});
afterEach(() => shop.remove());

/** What was called, in order, without the commands that only look. */
function calls(pattern: RegExp): string[] {
  const log = shop.path('calls');
  return existsSync(log)
    ? readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => pattern.test(line))
    : [];
}

const state = (name: string, value: string): void => writeFileSync(shop.path(name), value);

/** A systemctl whose answers stand in files; `start`, `reload-or-restart` and `restart` run `on-<verb>`. */
function systemctl(files: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries({
    active: 'inactive',
    MainPID: '0',
    SubState: 'dead',
    NeedDaemonReload: 'no',
    CanReload: 'yes',
    ...files,
  }))
    state(name, value);
  shop.stub(
    'systemctl',
    `d=${shop.directory}
case "$1" in
  is-active) cat $d/active; [ "$(cat $d/active)" = active ];;
  show) cat "$d/$3";;
  start|restart|reload-or-restart) [ ! -e $d/on-$1 ] || . $d/on-$1;;
esac`,
  );
}

describe.each(SHELLS)('a service, through %s,', (...shell) => {
  const run = (script: string): Ended => shop.run(shell, script);

  it('starts, and is looked at twice', () => {
    systemctl({ 'on-start': 'echo active >$d/active; echo 7 >$d/MainPID' });
    expect(run(startScript('nginx'))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(calls(/unmask|daemon-reload|reset-failed| start /)).toEqual([
      'systemctl --runtime unmask nginx.service',
      'systemctl daemon-reload',
      'systemctl reset-failed nginx.service',
      'systemctl start nginx.service',
    ]);
  });

  it('that systemd cannot start says what its journal says', () => {
    systemctl({ 'on-start': 'exit 1' });
    expect(run(startScript('nginx'))).toMatchObject({
      code: 1,
      stderr: 'nginx.service did not start\nthe journal says why\n',
    });
  });

  it('that starts with success and then is not there has not started', () => {
    systemctl({ 'on-start': 'echo failed >$d/active' });
    expect(run(startScript('keepalived'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('keepalived.service does not run'),
    });
  });

  it('that is another process a second later has ended again', () => {
    systemctl({ 'on-start': 'echo active >$d/active; echo 7 >$d/MainPID' });
    shop.stub('sleep', `[ "$1" != 1 ] || echo 8 >${shop.path('MainPID')}`);
    expect(run(startScript('nginx'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('started and ended again'),
    });
  });

  it('that never becomes active is given up', () => {
    systemctl({ 'on-start': 'echo activating >$d/active' });
    expect(run(startScript('nginx'))).toMatchObject({ code: 1, stderr: expect.stringContaining('does not run') });
    expect(calls(/^sleep 0.2/)).toHaveLength(30);
  });

  it('that runs to its end and stays active has started', () => {
    systemctl({ 'on-start': 'echo active >$d/active; echo exited >$d/SubState' });
    expect(run(startScript('nftables')).code).toBe(0);
  });

  it('is reloaded and stays the same process', () => {
    systemctl({ active: 'active', MainPID: '7' });
    expect(run(reloadScript('nginx')).code).toBe(0);
    expect(calls(/daemon-reload|reload-or-restart/)).toEqual(['systemctl reload-or-restart nginx.service']);
  });

  it('has its changed unit file read before it is reloaded', () => {
    systemctl({ active: 'active', MainPID: '7', NeedDaemonReload: 'yes' });
    expect(run(reloadScript('nginx')).code).toBe(0);
    expect(calls(/daemon-reload/)).toHaveLength(1);
  });

  it('that dies of its reload has failed, even where systemd starts it again', () => {
    systemctl({ active: 'active', MainPID: '7', 'on-reload-or-restart': 'echo 8 >$d/MainPID' });
    expect(run(reloadScript('nginx'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did not survive the reload'),
    });
  });

  it('that cannot reload is restarted by it, and may be another process', () => {
    systemctl({ active: 'active', MainPID: '7', CanReload: 'no', 'on-reload-or-restart': 'echo 8 >$d/MainPID' });
    expect(run(reloadScript('app')).code).toBe(0);
  });

  it('is restarted, and a failure is told', () => {
    systemctl({ active: 'active', MainPID: '7', 'on-restart': 'echo 8 >$d/MainPID' });
    expect(run(restartScript('nginx')).code).toBe(0);
    systemctl({ active: 'active', MainPID: '7', 'on-restart': 'exit 1' });
    expect(run(restartScript('nginx'))).toMatchObject({ code: 1, stderr: expect.stringContaining('did not restart') });
  });

  it('is enabled even where a killed installation left it masked at run time', () => {
    systemctl({});
    expect(run(enableScript('nginx')).code).toBe(0);
    expect(calls(/systemctl/)).toEqual([
      'systemctl --runtime unmask nginx.service',
      'systemctl enable -q nginx.service',
    ]);
  });
});

describe.each(SHELLS)('apt, through %s,', (...shell) => {
  const run = (names: readonly string[], hold: readonly string[] = []): Ended =>
    shop.run(
      shell,
      packages('debian', names, hold)
        .replaceAll('/var/lib/dpkg/updates', shop.path('updates'))
        .replace('lock_wait=300', 'lock_wait=9'),
    );
  const apt = (): string[] => calls(/^apt-get/).map((line) => line.replace(/ -o \S+/g, '').replace('-q -y ', ''));

  beforeEach(() => {
    shop.stub('dpkg', '');
    shop.stub('systemctl', '[ "$1" != is-active ]');
    shop.stub('apt-get', '');
  });

  it('installs without asking, and without fetching lists where they do', () => {
    expect(run(['keepalived', 'nginx'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(apt()).toEqual(['apt-get install --no-install-recommends keepalived nginx']);
    expect(calls(/^apt-get/)[0]).toContain('Dpkg::Options::=--force-confold');
    expect(calls(/^dpkg/)).toEqual(['dpkg --audit']);
  });

  it('fetches the lists once where the installation does not work without', () => {
    shop.stub(
      'apt-get',
      `case "$*" in *update*) touch ${shop.path('lists')};; *) [ -e ${shop.path('lists')} ] || { echo "E: Unable to locate package nginx"; exit 100; };; esac`,
    );
    expect(run(['nginx']).code).toBe(0);
    expect(apt()).toEqual([
      'apt-get install --no-install-recommends nginx',
      'apt-get update',
      'apt-get install --no-install-recommends nginx',
    ]);
  });

  it('tells what apt told when nothing helps', () => {
    shop.stub('apt-get', 'echo "E: Unable to locate package nginx" >&2; exit 100');
    expect(run(['nginx'])).toMatchObject({ code: 1, stdout: '', stderr: 'E: Unable to locate package nginx\n' });
  });

  it('waits for the lock, saying who holds it', () => {
    shop.stub(
      'apt-get',
      `n=$(cat ${shop.path('n')} 2>/dev/null || echo 0); echo $((n + 1)) >${shop.path('n')}
[ "$n" -ge 2 ] || { echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 42 (apt-get)"; exit 100; }`,
    );
    const { code, stdout } = run(['nginx']);
    expect(code).toBe(0);
    expect(stdout).toBe("waiting for the package manager's lock: held by process 42 (apt-get)\n".repeat(2));
    expect(apt()).toHaveLength(3);
  });

  it('gives up a lock that is never released', () => {
    shop.stub('apt-get', 'echo "E: Could not get lock /var/lib/dpkg/lock. It is held by process 42 (apt)"; exit 100');
    expect(run(['nginx'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the package manager's lock was held for 9 s"),
    });
  });

  it('finishes an interrupted dpkg first, and waits for its lock too', () => {
    shop.stub(
      'dpkg',
      `case "$1" in --audit) echo "nginx is half configured";; *) n=$(cat ${shop.path('n')} 2>/dev/null || echo 0); echo $((n + 1)) >${shop.path('n')}
[ "$n" -ge 1 ] || { echo "dpkg: error: dpkg frontend lock was locked by another process with pid 42"; exit 2; };; esac`,
    );
    const { code, stdout } = run(['nginx']);
    expect([code, stdout]).toEqual([0, "waiting for the package manager's lock: another process with pid 42\n"]);
    expect(calls(/^(dpkg|apt-get)/).map((line) => line.split(' ')[0])).toEqual(['dpkg', 'dpkg', 'dpkg', 'apt-get']);
  });

  it('does not install over a dpkg that cannot be finished', () => {
    shop.stub('dpkg', 'case "$1" in --audit) echo broken;; *) echo "dpkg: error processing package x"; exit 1;; esac');
    expect(run(['nginx'])).toMatchObject({ code: 1, stderr: 'dpkg: error processing package x\n' });
    expect(apt()).toEqual([]);
  });

  it.each([
    ['installs', '', 0],
    ['fails', 'exit 100', 1],
  ])('holds back the services that do not run yet, and lets them go when it %s', (_, body, code) => {
    shop.stub('apt-get', body);
    shop.stub('systemctl', 'case "$*" in "is-active --quiet nginx.service") exit 0;; is-active*) exit 3;; esac');
    expect(run(['keepalived', 'nginx'], ['keepalived', 'nginx']).code).toBe(code);
    expect(calls(/mask/)).toEqual([
      'systemctl --runtime mask keepalived.service',
      'systemctl --runtime unmask keepalived.service',
    ]);
  });
});

describe.each(SHELLS)('dnf, through %s,', (...shell) => {
  const run = (): Ended => shop.run(shell, packages('rhel', ['keepalived', 'nginx']));

  it('installs without asking and without weak dependencies', () => {
    shop.stub('dnf', '');
    expect(run()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(calls(/^dnf/)).toEqual(['dnf -y -q --setopt=install_weak_deps=False install keepalived nginx']);
  });

  it('tells what it told when it fails', () => {
    shop.stub('dnf', 'echo "Error: Unable to find a match: nginx" >&2; exit 1');
    expect(run()).toMatchObject({ code: 1, stderr: 'Error: Unable to find a match: nginx\n' });
  });

  it('is stopped when it hangs, with the likely reason', () => {
    shop.stub('dnf', '');
    shop.stub('timeout', 'exit 124');
    expect(run()).toMatchObject({ code: 1, stderr: expect.stringContaining('is its lock held?') });
  });
});

describe.each(SHELLS)('the test of a keepalived.conf, through %s,', (...shell) => {
  function run(keepalived: string, scripts = true): Ended {
    const [check, notify] = [shop.path('check'), shop.path('notify')];
    for (const path of scripts ? [check, notify] : [notify]) {
      writeFileSync(path, '#!/bin/sh\n');
      chmodSync(path, 0o755);
    }
    const target = shop.path('keepalived.conf');
    if (!existsSync(stagedPath(target))) writeFileSync(stagedPath(target), 'vrrp_instance VI_1 { }\n');
    shop.stub('keepalived', keepalived);
    const lists = { interfaces: 'lo', scripts: [check, notify].map(encodeValue).join(' ') };
    return shop.run(shell, callScript({ verb: 'test', args: { target, ...lists } }));
  }

  it('passes what keepalived takes without a word', () => {
    expect(run('')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(calls(/^keepalived/)[0]).toContain('--config-test -f');
  });

  it.each([
    ['an exit status', 'exit 1', 'refuses it (exit status 1)'],
    ['a complaint with exit status 0', 'echo "Unknown keyword foo"', 'Unknown keyword foo'],
    ['a complaint on stderr', 'echo "WARNING" >&2', 'WARNING'],
  ])('fails closed on %s', (_, body, message) => {
    expect(run(body)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  });

  const stage = (user: string): void => {
    const text = `vrrp_script a {\n    script "/a"\n    user ${user}\n}\n`;
    writeFileSync(stagedPath(shop.path('keepalived.conf')), text);
  };

  it('passes a check with a user of its own where keepalived kills its own test over it, and reads the rest', () => {
    stage('nobody');
    const killed = (rest: string): string =>
      `for f; do :; done; if grep -q "user nobody" "$f"; then kill -TERM $$; fi; ${rest}`;
    expect(run(killed('exit 0'))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(run(killed('echo "Unknown keyword foo"'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('foo'),
    });
    expect(existsSync(`${stagedPath(shop.path('keepalived.conf'))}.plain`)).toBe(false);
  });

  it.each([
    ['no-such-user', 'there is no user no-such-user here'],
    ['nobody no-such-group', 'there is no group no-such-group here'],
  ])('refuses a check of %s', (user, message) => {
    stage(user);
    expect(run('')).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  });

  it('refuses what keepalived would pass: an empty file, and scripts that are not there', () => {
    expect(run('', false)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not there or not executable'),
    });
    writeFileSync(stagedPath(shop.path('keepalived.conf')), '');
    expect(run('')).toMatchObject({ code: 1, stderr: 'the candidate is empty\n' });
  });
});
