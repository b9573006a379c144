import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import { invert, isDue } from '../../../src/changes/registry.ts';
import { createReader } from '../../../src/facts/reader/reader.ts';
import { contentSubject, fileSubject } from '../../../src/facts/system/file.ts';
import { osSubject } from '../../../src/facts/system/os.ts';
import { packageSubject } from '../../../src/facts/system/package.ts';
import { probeSubject } from '../../../src/facts/system/probe.ts';
import { sysctlSubject } from '../../../src/facts/system/sysctl.ts';
import { type UnitFact, unitSubject } from '../../../src/facts/system/unit.ts';
import { firewalldPortSubject, firewalldSubject } from '../../../src/firewall/firewalld.ts';
import { iptablesSubject } from '../../../src/firewall/iptables-table.ts';
import { nativeTables } from '../../../src/firewall/registry.ts';
import { ufwSubject } from '../../../src/firewall/ufw.ts';
import { commandModule } from '../../../src/tasks/command.ts';
import { fileModule } from '../../../src/tasks/file.ts';
import { firewallModule } from '../../../src/tasks/firewall.ts';
import { packageModule } from '../../../src/tasks/package.ts';
import { serviceModule } from '../../../src/tasks/service.ts';
import { sysctlModule } from '../../../src/tasks/sysctl.ts';
import type { Module } from '../../../src/tasks/task.ts';
import { waitForModule } from '../../../src/tasks/wait-for.ts';
import { HOST } from '../facts/support.ts';
import { changeScript, revertScript } from '../host/call-script.ts';
import { contextWith, type Ended, type Known, known, SHELLS, Workshop } from './support.ts';

async function plan<A>(module: Module<A>, args: unknown, facts: readonly Known[]): Promise<readonly Change[]> {
  return (await module.plan(module.parse(args), contextWith(facts))).changes;
}

const UNIT: UnitFact = { load: 'loaded', active: 'inactive', enabled: 'disabled', mainPid: 0, needDaemonReload: false };
const RUNNING: UnitFact = { ...UNIT, active: 'active', enabled: 'enabled', mainPid: 7 };
const SILENT: Ended = { code: 0, stdout: '', stderr: '' };

let shop: Workshop;
beforeEach(() => {
  shop = new Workshop();
});
afterEach(() => shop.remove());

const calls = (pattern: RegExp): string[] => {
  const log = shop.path('calls');
  return existsSync(log)
    ? readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => pattern.test(line))
    : [];
};
const state = (name: string, value: string): void => writeFileSync(shop.path(name), value);
const read = (name: string): string => readFileSync(shop.path(name), 'utf8').trim();
const scriptOf = (change: Change | undefined): string => revertScript(...(change?.data ?? []));

describe('changes that leave nothing to take back', () => {
  it('are packages, commands, waits, and services that are reloaded or restarted', async () => {
    const os = known(osSubject, 'os', { family: 'debian', id: 'debian', version: '12', name: 'Debian 12' });
    const running = [known(unitSubject, 'nginx', RUNNING)];
    const changes = [
      ...(await plan(packageModule, { name: ['a'] }, [
        os,
        known(packageSubject, 'a', { version: null, broken: false }),
      ])),
      ...(await plan(commandModule, { argv: ['x'], unless: 'y' }, [known(probeSubject, 'y', false)])),
      ...(await plan(waitForModule, { command: 'z' }, [known(probeSubject, 'z', false)])),
      ...(await plan(serviceModule, { name: 'nginx', state: 'reloaded' }, running)),
      ...(await plan(serviceModule, { name: 'nginx', state: 'restarted' }, running)),
      ...(await plan(fileModule, { path: '/a', state: 'absent' }, [
        known(fileSubject, '/a', { type: 'other', mode: '0644', owner: 'root', group: 'root' }),
      ])),
    ];
    expect(changes.map(({ action, data }) => [action, data.flatMap((one) => invert(one) ?? [])])).toEqual(
      ['install', 'run', 'wait', 'reload', 'restart', 'remove'].map((action) => [action, []]),
    );
  });

  it('name their unit where they are of a service, enabling too', async () => {
    const changes = await plan(serviceModule, { name: 'nginx', state: 'started', enabled: true }, [
      known(unitSubject, 'nginx', UNIT),
    ]);
    expect(changes.map(({ action, unit }) => [action, unit])).toEqual([
      ['enable', 'nginx'],
      ['start', 'nginx'],
    ]);
  });
});

describe.each(SHELLS)('taken back through %s', (...shell) => {
  const run = (script: string): Ended => shop.run(shell, script);
  /** Whether there is something to take back: after the change, after the revert, and after the change was made again. */
  const dueInTurn = async (change: Change | undefined): Promise<(boolean | undefined)[]> => {
    const [inverse] = (change?.data ?? []).flatMap((one) => invert(one) ?? []);
    if (inverse === undefined) return [];
    const due = (): Promise<boolean | undefined> =>
      isDue(inverse, createReader({ host: HOST, run: async (script) => run(script) }).ask);
    const seen = [await due(), run(scriptOf(change)).code === 0 && (await due())];
    return [...seen, run(revertScript(inverse)).code === 0 && (await due())];
  };

  describe('a service', () => {
    beforeEach(() => {
      const d = shop.directory;
      shop.stub(
        'systemctl',
        `case "$1" in
  is-enabled) cat ${d}/enabled;;
  is-active) cat ${d}/active;;
  disable) echo disabled >${d}/enabled;;
  enable) echo enabled >${d}/enabled;;
  stop) echo inactive >${d}/active;;
esac`,
      );
    });

    it('that was started stops, and one that was enabled is disabled, once', async () => {
      state('enabled', 'enabled\n');
      state('active', 'active\n');
      const [enable, start] = await plan(serviceModule, { name: 'nginx', state: 'started', enabled: true }, [
        known(unitSubject, 'nginx', UNIT),
      ]);
      expect([run(scriptOf(start)), run(scriptOf(enable))]).toEqual([
        { ...SILENT, stdout: 'stopped nginx\n' },
        { ...SILENT, stdout: 'disabled nginx\n' },
      ]);
      expect([run(scriptOf(start)), run(scriptOf(enable))]).toEqual([SILENT, SILENT]);
      expect(calls(/ (stop|disable) /)).toEqual(['systemctl stop nginx.service', 'systemctl disable -q nginx.service']);
    });

    it('that was disabled again can be enabled once more', async () => {
      state('enabled', 'enabled\n');
      const [enable] = await plan(serviceModule, { name: 'nginx', enabled: true }, [known(unitSubject, 'nginx', UNIT)]);
      expect(run(scriptOf(enable)).code).toBe(0);
      expect(read('enabled')).toBe('disabled');
      const [inverse] = (enable?.data ?? []).flatMap((one) => invert(one) ?? []);
      if (inverse === undefined) throw new Error('it has an inverse');
      expect(run(revertScript(inverse)).code).toBe(0);
      expect(read('enabled')).toBe('enabled');
    });

    it('is not waited for while the host boots; its start is called off where it was enabled', async () => {
      state('enabled', 'enabled\n');
      state('active', 'activating\n');
      const [enable, start] = await plan(serviceModule, { name: 'nginx', state: 'started', enabled: true }, [
        known(unitSubject, 'nginx', UNIT),
      ]);
      expect(run(`HAPROV_BOOT=1; export HAPROV_BOOT\n${scriptOf(start)}`)).toEqual(SILENT);
      expect(calls(/ stop /)).toEqual([]);
      expect(run(`HAPROV_BOOT=1; export HAPROV_BOOT\n${scriptOf(enable)}`).stdout).toBe('disabled nginx\n');
      expect(calls(/ stop /)).toEqual(['systemctl stop --no-block nginx.service']);
    });

    it('that cannot be stopped is told', async () => {
      state('active', 'active\n');
      shop.stub('systemctl', `case "$1" in is-active) echo active;; *) echo "no bus" >&2; exit 1;; esac`);
      const [start] = await plan(serviceModule, { name: 'nginx', state: 'started' }, [
        known(unitSubject, 'nginx', UNIT),
      ]);
      expect(run(scriptOf(start))).toEqual({ code: 1, stdout: '', stderr: 'no bus\nnot all of it came back\n' });
    });
  });

  it('a kernel parameter has its old value, unless somebody set a third', async () => {
    const name = 'net.ipv4.tcp_rmem';
    shop.stub(
      'sysctl',
      `case "$1" in -n) cat ${shop.path('value')};; -q) echo "\${3#*=}" >${shop.path('value')};; esac`,
    );
    const changes = await plan(sysctlModule, { values: [{ name, value: '4096 1 2' }] }, [
      known(fileSubject, '/etc/sysctl.d/60-haprov.conf', { type: 'absent' }),
      known(sysctlSubject, name, { live: '4096\t131072\t6291456', boot: [] }),
    ]);
    const script = scriptOf(changes[1]);
    state('value', '4096\t1\t2\n');
    expect(run(script)).toEqual({ ...SILENT, stdout: `set ${name} back to 4096\t131072\t6291456\n` });
    expect(run(script)).toEqual(SILENT);
    expect(read('value')).toBe('4096\t131072\t6291456');
    state('value', '9\t9\t9\n');
    expect(run(script).stdout).toBe(`left ${name} alone: it is no longer what haprov set\n`);
    expect(read('value')).toBe('9\t9\t9');
  });

  describe('iptables', () => {
    const facts = [
      known(unitSubject, 'firewalld', UNIT),
      known(unitSubject, 'haprov-firewall', RUNNING),
      known(ufwSubject, 'ufw', false),
      known(nativeTables, 'tables', null),
      known(firewalldSubject, 'eth0', null),
      known(iptablesSubject, 'iptables', { policy: {}, rules: [] }),
      known(iptablesSubject, 'ip6tables', null),
      known(fileSubject, '/usr/libexec/keepalived/haprov-firewall', { type: 'absent' }),
      known(contentSubject, '/usr/libexec/keepalived/haprov-firewall', null),
      known(fileSubject, '/etc/systemd/system/haprov-firewall.service', { type: 'absent' }),
    ];
    /** An iptables that keeps its rules as lines of a file. */
    const IPTABLES = (rules: string): string => `shift 2; verb=$1; shift
case $verb in
  -C) grep -qxF -- "$*" ${rules};;
  -D) grep -qxF -- "$*" ${rules} || exit 1; grep -vxF -- "$*" ${rules} >${rules}.new; mv ${rules}.new ${rules};;
esac`;
    const IN = 'INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT';
    const OUT = 'OUTPUT -d 224.0.0.18/32 -o eth0 -p 112 -j ACCEPT';

    beforeEach(() => {
      shop.stub('iptables', IPTABLES(shop.path('rules')));
      shop.stub('systemctl', `case "$1" in is-active) echo active;; esac`);
    });

    it('says whether its rules are there, and sets them again', async () => {
      const open = (await plan(firewallModule, { allow: 'vrrp' }, facts)).at(-1);
      state('rules', `${IN}\n${OUT}\n`);
      shop.stub('systemctl', `[ "$1" != restart ] || printf '%s\\n' '${IN}' >>${shop.path('rules')}`);
      expect(await dueInTurn(open)).toEqual([true, false, true]);
      expect(
        run(`HAPROV_BOOT=1; export HAPROV_BOOT; : >${shop.path('rules')}\n${open?.data.map(changeScript).join('')}`)
          .code,
      ).toBe(0);
      expect(read('rules')).toBe('');
    });
  });

  describe('firewalld', () => {
    const changesOf = (runtime: boolean, permanent: boolean): Promise<readonly Change[]> => {
      const facts = [
        known(unitSubject, 'firewalld', RUNNING),
        known(unitSubject, 'haprov-firewall', UNIT),
        known(ufwSubject, 'ufw', false),
        known(nativeTables, 'tables', null),
        known(firewalldSubject, 'eth0', { zone: 'public', runtime, permanent }),
        known(iptablesSubject, 'iptables', null),
        known(iptablesSubject, 'ip6tables', null),
        known(firewalldPortSubject, 'eth0 80/tcp', { zone: 'public', runtime: true, permanent: true }),
        known(fileSubject, '/usr/libexec/keepalived/haprov-firewall', { type: 'absent' }),
        known(contentSubject, '/usr/libexec/keepalived/haprov-firewall', null),
        known(fileSubject, '/etc/systemd/system/haprov-firewall.service', { type: 'absent' }),
      ];
      return plan(firewallModule, { allow: 'vrrp' }, facts);
    };

    it('says whether VRRP is in the zone, and puts it in again', async () => {
      shop.stub(
        'firewall-cmd',
        `z=${shop.path('zone')}; case "$*" in *--query*) [ -e $z ];; *--remove*) rm -f $z;; *--add*) : >$z;; esac`,
      );
      state('zone', '');
      const [change] = await changesOf(false, true);
      expect(await dueInTurn(change)).toEqual([true, false, true]);
    });
  });
});
