import { describe, expect, it } from 'vitest';
import { keptPath, sha256 } from '../../../../src/changes/backup.ts';
import type { Change } from '../../../../src/changes/change.ts';
import type { RunState } from '../../../../src/changes/record.ts';
import { invert } from '../../../../src/changes/registry.ts';
import type { RunRecord } from '../../../../src/changes/run-record.ts';
import { runsSubject } from '../../../../src/changes/run-records.ts';
import { stageOf } from '../../../../src/changes/steps.ts';
import { SERVICES } from '../../../../src/checks/services.ts';
import type { Ask } from '../../../../src/facts/reader/subject.ts';
import { type KeptVersion, keptSubject } from '../../../../src/facts/state/kept.ts';
import { ownFilesSubject } from '../../../../src/facts/state/own-files.ts';
import { contentSubject, type FileFact, fileSubject } from '../../../../src/facts/system/file.ts';
import { osSubject } from '../../../../src/facts/system/os.ts';
import { packageSubject } from '../../../../src/facts/system/package.ts';
import { probeSubject } from '../../../../src/facts/system/probe.ts';
import { sysctlSubject } from '../../../../src/facts/system/sysctl.ts';
import { unitSubject } from '../../../../src/facts/system/unit.ts';
import type { RuleState } from '../../../../src/firewall/backend.ts';
import { FIREWALL_FILES } from '../../../../src/firewall/registry.ts';
import { planRemoval } from '../../../../src/plan/remove/remove-host.ts';
import { recordOf } from '../../../../src/rollout/run-record/run-record.ts';
import { HOST_PATHS } from '../../../../src/vrrp/paths.ts';
import { clusterWith, contextWith } from '../../tasks/support.ts';

const [SCRIPT = '', UNIT = ''] = FIREWALL_FILES;
const CONF = HOST_PATHS.keepalivedConf;
const HEALTH = SERVICES.nginx.health.dest;
const OURS = '# Written by haprov; changes made here are overwritten.\nglobal_defs {\n}\n';
const ADMINS = '! mine\nvrrp_instance OLD {\n}\n';
const version = (text: string) => ({ sha256: sha256(text), mode: '0644', owner: 'root', group: 'root' });

/** A host as facts: texts of files, what haprov kept and recorded. Questions with a probe are answered by `probes`. */
interface Seen {
  readonly files?: Readonly<Record<string, string>>;
  readonly kept?: readonly { readonly text: string; readonly own: boolean }[];
  readonly records?: readonly RunRecord[];
  readonly running?: boolean;
  readonly probes?: (script: string) => boolean;
}

function asking({ files = {}, kept = [], records = [], running = true, probes = () => false }: Seen): Ask {
  const copies = kept.map(({ text, own }): KeptVersion => ({ ...version(text), own }));
  const texts = new Map([
    ...Object.entries(files),
    ...kept.map(({ text }) => [keptPath(CONF, sha256(text)), text] as const),
  ]);
  const answers = new Map<string, (key: string) => unknown>([
    [runsSubject.name, () => records],
    [ownFilesSubject.name, () => Object.keys(files).filter((path) => path.includes('haprov-user'))],
    [keptSubject.name, () => copies],
    [probeSubject.name, probes],
    [contentSubject.name, (path) => texts.get(path) ?? null],
    [
      fileSubject.name,
      (path): FileFact => {
        const text = texts.get(path);
        return text === undefined ? { type: 'absent' } : { type: 'file', ...version(text) };
      },
    ],
    [
      unitSubject.name,
      (unit) => ({
        load: 'loaded',
        active: running && unit === 'keepalived' ? 'active' : 'inactive',
        enabled: running && unit === 'keepalived' ? 'enabled' : 'disabled',
        mainPid: 1,
        needDaemonReload: false,
      }),
    ],
    [osSubject.name, () => ({ family: 'debian', id: 'debian', version: '12', name: 'Debian 12' })],
    [sysctlSubject.name, () => ({ live: '1', boot: [] })],
    [packageSubject.name, () => ({ version: '1', broken: false })],
  ]);
  return async (subject, key) => {
    const answer = answers.get(subject.name);
    if (answer === undefined) throw new Error(`nobody expected the question ${subject.name}`);
    return answer(key) as never;
  };
}

const plan = (seen: Seen, purge = false, more = {}) =>
  planRemoval(purge, contextWith([], { ask: asking(seen), ...more }));
const outline = (changes: readonly Change[]): string[] => changes.map(({ action, target }) => `${action} ${target}`);

const change = (target: string, more: Partial<Change>): Change => ({
  task: 't',
  module: 'file',
  action: 'create',
  target,
  detail: '',
  phase: 'activate',
  data: [],
  notify: [],
  ...more,
});
const wrote = (path: string, before: string | null, after: string, notify: readonly string[] = []): Change =>
  change(path, {
    notify,
    data: [{ kind: 'file', target: path, before: before === null ? null : version(before), after: version(after) }],
  });
const record = (run: string, changes: readonly Change[], state: RunState = 'done'): RunRecord => ({
  ...recordOf({ run, who: 'a', why: 'apply', at: '2026-11-22T10:00:00Z', cluster: 'web', host: 'lb1' }, changes),
  state,
});

describe('taking haprov away', () => {
  it('stops keepalived first, and keeps it from starting at boot; its scripts go when nothing uses them', async () => {
    const files = { [CONF]: OURS, [HOST_PATHS.notify]: 'x', [HEALTH]: 'y', [HOST_PATHS.sysctl]: 'z' };
    const planned = await plan({ files });
    expect(outline(planned.changes)).toEqual([
      'stop service keepalived',
      'set service keepalived',
      `remove ${CONF}`,
      `remove ${HEALTH}`,
    ]);
    expect(outline(planned.after)).toEqual([`remove ${HOST_PATHS.notify}`, `remove ${HOST_PATHS.sysctl}`]);
    expect(planned.changes.find(({ target }) => target === HEALTH)?.notify).toEqual(['reload nginx']);
    expect(planned.changes.map(({ unit }) => unit)).toEqual(['keepalived', 'keepalived', undefined, undefined]);
    expect([...planned.changes, ...planned.after].every(({ data }) => data.some(invert))).toBe(true);
  });

  it('says that the VIP will be nowhere, or with whom --limit leaves it', async () => {
    const seen = { files: { [CONF]: OURS } };
    expect((await plan(seen)).notes).toEqual(['192.168.1.100 will be on no host afterwards']);
    const cluster = clusterWith();
    const limited = { ...cluster, hosts: cluster.hosts.slice(0, 1) };
    expect((await plan(seen, false, { cluster: limited })).notes).toEqual(['192.168.1.100 is left to lb2']);
  });

  it('has nothing to do on a host that haprov has never touched, whatever keepalived runs with there', async () => {
    expect(await plan({ files: { [CONF]: ADMINS } })).toEqual({ changes: [], after: [], notes: [] });
    expect(await plan({})).toEqual({ changes: [], after: [], notes: [] });
  });

  it('marks the state directory, which goes when all is done', async () => {
    const planned = await plan({ probes: (script) => script.startsWith('[ -d /var/lib/haprov ]') });
    expect(outline(planned.after)).toEqual(['remove /var/lib/haprov']);
  });
});

describe('a keepalived.conf of before haprov', () => {
  const records = [record('r1', [wrote(CONF, ADMINS, OURS)])];

  it('comes back, and keepalived stays stopped', async () => {
    const planned = await plan({ files: { [CONF]: OURS }, kept: [{ text: ADMINS, own: false }], records });
    const conf = planned.changes.find(({ target }) => target === CONF);
    expect([conf?.action, conf?.diff?.after]).toEqual(['update', ADMINS]);
    expect(conf === undefined ? [] : stageOf(conf).map(({ describe }) => describe)).toEqual([`copy the old ${CONF}`]);
    expect(planned.notes).toContainEqual(expect.stringContaining('keepalived stays stopped'));
  });

  it('comes back by the copy alone, where records are older than they are kept', async () => {
    const planned = await plan({
      files: { [CONF]: OURS },
      kept: [
        { text: `${OURS}# older`, own: true },
        { text: ADMINS, own: false },
      ],
      records: [record('r9', [wrote(CONF, `${OURS}# older`, OURS)])],
    });
    expect(planned.changes.find(({ target }) => target === CONF)?.diff?.after).toBe(ADMINS);
  });

  it('does not where it was the sample of its package', async () => {
    const seen = { files: { [CONF]: OURS }, kept: [{ text: ADMINS, own: false }], records };
    const planned = await plan({ ...seen, probes: (script) => script.includes('FILEDIGESTS') });
    expect(outline(planned.changes)).toContain(`remove ${CONF}`);
  });

  it('that stands there already is left alone, and so is the keepalived that runs with it', async () => {
    const planned = await plan({ files: { [CONF]: ADMINS }, kept: [{ text: ADMINS, own: false }], records });
    expect(planned.changes).toEqual([]);
  });
});

describe('what is no longer as haprov left it', () => {
  it('is refused where it is keepalived.conf: keepalived runs with it', async () => {
    const records = [record('r1', [wrote(CONF, null, OURS)])];
    await expect(plan({ files: { [CONF]: ADMINS }, records })).rejects.toThrow('is no longer what haprov wrote');
  });

  it('is left alone where it is a file of a playbook, with a note', async () => {
    const records = [record('r1', [wrote('/etc/app.conf', null, 'haprov put this')])];
    const planned = await plan({ files: { '/etc/app.conf': 'by hand' }, records });
    expect([planned.changes, planned.after]).toEqual([[], []]);
    expect(planned.notes).toEqual(['/etc/app.conf was changed since haprov wrote it: it is left alone']);
  });

  it("goes all the same where it is haprov's by its name, with a note", async () => {
    const records = [record('r1', [wrote(HOST_PATHS.notify, null, 'haprov put this')])];
    const planned = await plan({ files: { [HOST_PATHS.notify]: 'by hand' }, records });
    expect(planned.after.map(({ target, detail }) => [target, detail])).toEqual([
      [HOST_PATHS.notify, 'somebody changed it by hand'],
    ]);
    expect(planned.notes).toEqual([
      `${HOST_PATHS.notify} was changed by hand, and goes all the same: keep a copy if you want one`,
    ]);
  });
});

describe('what records tell', () => {
  it('takes files of playbooks back to what was there before the first run', async () => {
    const records = [
      record('r2', [wrote('/etc/app.conf', 'one', 'two', ['restart app'])]),
      record('r1', [wrote('/etc/app.conf', 'admins', 'one'), wrote('/etc/new.conf', null, 'new')]),
    ];
    const kept = keptPath('/etc/app.conf', sha256('admins'));
    const planned = await plan({
      files: { '/etc/app.conf': 'two', '/etc/new.conf': 'new', [kept]: 'admins' },
      records,
    });
    expect([outline(planned.changes), outline(planned.after)]).toEqual([
      ['update /etc/app.conf'],
      ['remove /etc/new.conf'],
    ]);
    expect(planned.changes[0]?.notify).toEqual(['restart app']);
    expect(planned.changes[0]?.diff?.after).toBe('admins');
  });

  it('takes kernel parameters and firewall rules back, where they are as haprov set them', async () => {
    const sysctl = change('sysctl x', {
      module: 'sysctl',
      action: 'set',
      data: [{ kind: 'sysctl', target: 'x', before: '0', after: '1' }],
    });
    const rules = change('iptables: VRRP', {
      module: 'firewall',
      action: 'open',
      data: [
        {
          kind: 'firewall',
          backend: 'iptables',
          describe: 'open',
          describeBack: 'delete rules',
          before: { rules: '', unit: 'running' },
          after: { rules: 'iptables INPUT -p 112 -j ACCEPT', unit: 'running' },
        },
      ],
    });
    const records = [record('r1', [sysctl, rules])];
    const open = await plan({ records, probes: (probe) => probe.includes('-C INPUT -p 112') });
    expect(open.changes.map(({ target, detail }) => [target, detail])).toEqual([
      ['iptables: VRRP', 'delete rules'],
      ['sysctl x', 'set x back to 0'],
    ]);
    const planned = await plan({ records });
    expect(planned.changes.map(({ target, detail, data }) => [target, detail, data])).toEqual([
      ['sysctl x', 'set x back to 0', [{ kind: 'sysctl', target: 'x', before: '1', after: '0' }]],
    ]);
  });

  it('leaves a kernel parameter alone that went there and back: else each remove would find the other half to do', async () => {
    const set = (before: string, after: string) =>
      change('sysctl x', {
        module: 'sysctl',
        action: 'set',
        data: [{ kind: 'sysctl', target: 'x', before, after }],
      });
    // The host has 1.
    const records = [record('r2', [set('0', '1')]), record('r1', [set('1', '0')])];
    expect((await plan({ records })).changes).toEqual([]);
    const twice = [record('r3', [set('2', '1')]), record('r2', [set('0', '2')]), record('r1', [set('0', '1')])];
    expect((await plan({ records: twice })).changes.map(({ detail }) => detail)).toEqual(['set x back to 0']);
  });

  it('deletes firewall rules that went there and back, and sets none of those in between again', async () => {
    const [one, two] = ['224.0.0.18/32', '10.0.0.2/32'].map((to) => `iptables INPUT -d ${to} -p 112 -j ACCEPT`);
    const rules = (before = '', after = '') =>
      change('iptables: VRRP', {
        module: 'firewall',
        action: 'open',
        data: [
          {
            kind: 'firewall',
            backend: 'iptables',
            describe: 'open',
            describeBack: 'delete rules',
            before: { rules: before, unit: 'running' },
            after: { rules: after, unit: 'running' },
          },
        ],
      });
    const records = [record('r3', [rules(two, one)]), record('r2', [rules(one, two)]), record('r1', [rules('', one)])];
    const planned = await plan({ records, probes: (probe) => probe.includes('224.0.0.18') });
    expect(planned.changes.flatMap(({ data }) => data)).toMatchObject([
      { before: { rules: one }, after: { rules: '' } },
    ]);
  });

  it('deletes rules that an inventory had for a while, once, and looks for none that it has deleted', async () => {
    const [eth, vmac] = ['eth0', 'vrrp.62'].map(
      (link) => `iptables INPUT -d 224.0.0.18/32 -i ${link} -p 112 -j ACCEPT`,
    );
    const open = (before: RuleState, after: RuleState) =>
      change('iptables: VRRP', {
        module: 'firewall',
        action: 'open',
        data: [{ kind: 'firewall', backend: 'iptables', describe: 'open', describeBack: 'delete', before, after }],
      });
    const running = (...rules: (string | undefined)[]) => ({ rules: rules.join('\n'), unit: 'running' });
    // The virtual MAC came and went, and its rule was left.
    const records = [
      record('r3', [open(running(eth), running(eth))]),
      record('r2', [open(running(eth), running(eth, vmac))]),
      record('r1', [open({ rules: '', unit: 'stopped' }, running(eth))]),
    ];
    const planned = await plan({ records, probes: (probe) => probe.includes('vrrp.62') });
    expect(planned.changes.map(({ detail, data }) => [detail, data])).toMatchObject([
      ['delete 2 rules of VRRP', [{ before: running(eth, vmac), after: { rules: '', unit: 'stopped' } }]],
    ]);
    expect((await plan({ records })).changes).toEqual([]);
  });

  it("leaves out what a rollback did: that was none of haprov's own work", async () => {
    const mark = change('run r1', { module: 'record', action: 'set' });
    const back = wrote('/etc/app.conf', 'one', 'admins');
    const records = [record('r2', [back, mark]), record('r1', [wrote('/etc/app.conf', 'admins', 'one')], 'undone')];
    const planned = await plan({ files: { '/etc/app.conf': 'admins' }, records });
    expect([planned.changes, planned.notes]).toEqual([[], []]);
  });

  it('has packages stay, unless they are to be purged and nothing needs them', async () => {
    const records = [record('r1', [change('package a, b', { module: 'package', action: 'install' })])];
    expect((await plan({ records })).notes).toEqual([
      'package a, b stays installed: --purge takes away what haprov installed',
    ]);
    const purged = await plan({ records, probes: (script) => script === 'dpkg --simulate --purge a' }, true);
    expect(outline(purged.after)).toEqual(['remove package a']);
    expect(purged.notes).toEqual(['package b stays: others need it']);
    expect(purged.after[0]?.data).toMatchObject([{ kind: 'package', family: 'debian', names: ['a'], after: 'absent' }]);
  });
});

describe('an installation of before there were records', () => {
  it('has its firewall rules deleted as its script names them', async () => {
    const script =
      '#!/bin/sh\nallow iptables INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT\nallow iptables OUTPUT $(id)\n';
    const planned = await plan({
      files: { [SCRIPT]: script, [UNIT]: 'unit' },
      probes: (probe) => probe.includes('-w 10 -C INPUT'),
    });
    expect(outline(planned.changes)).toEqual(['remove iptables: VRRP']);
    expect(planned.changes[0]?.data).toMatchObject([
      {
        kind: 'firewall',
        backend: 'iptables',
        before: { rules: 'iptables INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT', unit: 'running' },
        after: { rules: '', unit: 'running' },
      },
    ]);
    expect(outline(planned.after)).toEqual([`remove ${SCRIPT}`, `remove ${UNIT}`]);
  });
});
