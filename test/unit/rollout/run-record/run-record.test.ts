import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/changes/backup.ts';
import type { Change } from '../../../../src/changes/change.ts';
import type { ChangeData } from '../../../../src/changes/registry.ts';
import type { RunRecord } from '../../../../src/changes/run-record.ts';
import { runsSubject } from '../../../../src/changes/run-records.ts';
import type { Step } from '../../../../src/changes/steps.ts';
import { configFilesSubject } from '../../../../src/facts/keepalived/config-files.ts';
import { addressSubject } from '../../../../src/facts/network/address.ts';
import { STATE_DIRECTORY } from '../../../../src/facts/state/state-directory.ts';
import { contentSubject, fileSubject } from '../../../../src/facts/system/file.ts';
import { unitSubject } from '../../../../src/facts/system/unit.ts';
import { Secret } from '../../../../src/inventory/secret.ts';
import { closeRecordStep, pruneStep, recordStep } from '../../../../src/rollout/run-record/record-scripts.ts';
import { type RunHeading, recordOf } from '../../../../src/rollout/run-record/run-record.ts';
import { copyModule } from '../../../../src/tasks/copy.ts';
import { keepalivedConfigModule } from '../../../../src/tasks/keepalived-config.ts';
import { serviceModule } from '../../../../src/tasks/service.ts';
import { stepScript } from '../../host/call-script.ts';
import { type Ended, ScratchRoot, SHELLS } from '../../host/support.ts';
import { clusterWith, contextWith, known } from '../../tasks/support.ts';

const HEADING: RunHeading = {
  run: 'r261122-105725-4f2a',
  who: 'alice@ops1',
  why: 'apply prod.yaml',
  at: '2026-11-22T10:57:25.000Z',
  cluster: 'web',
  host: 'lb1',
};

const change = (target: string, more: Partial<Change> = {}): Change => ({
  task: 'the task',
  module: 'file',
  action: 'update',
  target,
  detail: 'mode 0644, root:root',
  phase: 'activate',
  data: [],
  upload: { from: { text: 'content' } },
  notify: ['reload it'],
  ...more,
});
const OLD = { sha256: sha256('old'), mode: '0644', owner: 'root', group: 'root' };

let root: ScratchRoot;
beforeEach(() => {
  root = new ScratchRoot();
});
afterEach(() => root.remove());

const RUNS = 'var/lib/haprov/runs';

describe.each(SHELLS)('records on a host, through %s,', (...shell) => {
  const play = (step: Step, input?: string): Ended => {
    const { script, stdin } = stepScript(step);
    root.install();
    return root.spawn(shell, ['-c', script.replaceAll('exec sh ', `exec ${shell.join(' ')} `)], input ?? stdin);
  };
  const write = (record: RunRecord, input?: string): Ended => play(recordStep(record), input);
  const close = (run: string, state: RunRecord['state']): Ended => play(closeRecordStep(run, state));
  const read = (): readonly RunRecord[] => {
    const { code, stdout, stderr } = root.spawn(shell, [
      '-c',
      runsSubject.script(['runs']).replaceAll(STATE_DIRECTORY, root.path('var/lib/haprov')),
    ]);
    expect([code, stderr]).toEqual([0, '']);
    return runsSubject.parse(stdout, ['runs'])[0] ?? [];
  };

  it('keep the version that the last run replaced, and no older one with a secret in it; what was there before haprov stays', () => {
    const backup = 'var/lib/haprov/backup';
    root.install();
    mkdirSync(root.path(backup), { recursive: true });
    const own = (secret: string) => `# Written by haprov; changes made here are overwritten.\n${secret}\n`;
    const conf = '/etc/keepalived/keepalived.conf';
    const keep = (path: string, text: string) =>
      writeFileSync(root.path(`${backup}/${path.replaceAll('/', '%')}.${sha256(text)}`), text);
    for (const text of [own('one'), own('two'), 'by hand, one', own('three')]) keep(conf, text);
    for (const text of ['https://one', 'https://two']) keep('/etc/keepalived/haprov-webhooks', text);
    keep(`${conf}.d/other`, own('one'));
    const version = (text: string) => ({ sha256: sha256(text), mode: '0640', owner: 'root', group: 'root' });
    const file = (target: string, before: string) =>
      change(target, { data: [{ kind: 'file', target, before: version(before), after: version('new') }] });
    const step = pruneStep([file(conf, own('three')), file('/etc/keepalived/haprov-webhooks', 'https://two')]);
    if (step === undefined) throw new Error('there is something to prune');
    expect(play(step)).toMatchObject({ code: 0 });
    const left = readdirSync(root.path(backup)).map((name) => readFileSync(root.path(`${backup}/${name}`), 'utf8'));
    expect(left.sort()).toEqual([own('one'), own('three'), 'by hand, one', 'https://two'].sort());
    expect(pruneStep([change('/etc/x', { data: [{ kind: 'file', target: '/etc/x', before: OLD, after: OLD }] })])).toBe(
      undefined,
    );
  });

  it('are none on a blank host', () => {
    expect(read()).toEqual([]);
    expect(close(HEADING.run, 'done')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(read()).toEqual([]);
  });

  it('come back as they were written, whatever is in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const record = recordOf({ ...HEADING, why: text }, [change(`"state":"open"${text}`, { detail: text })]);
        expect(write(record)).toEqual({ code: 0, stdout: '', stderr: '' });
        expect(read()).toEqual([record]);
        expect(close(HEADING.run, 'done').code).toBe(0);
        expect(read()).toEqual([{ ...record, state: 'done' }]);
      }),
      { numRuns: 15 },
    );
  });

  it('are for root alone, and closed more than once', () => {
    write(recordOf(HEADING, [change('/a')]));
    for (const state of ['done', 'undone', 'undone'] as const) expect(close(HEADING.run, state).code).toBe(0);
    expect(read().map(({ state }) => state)).toEqual(['undone']);
    const mode = (path: string): string => (statSync(root.path(path)).mode & 0o777).toString(8);
    expect([mode('var/lib/haprov'), mode(RUNS), mode(`${RUNS}/${HEADING.run}.json`)]).toEqual(['700', '700', '600']);
  });

  it('are whole or not there', () => {
    expect(write(recordOf(HEADING, []), '{"format":1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('whole'),
    });
    expect(read()).toEqual([]);
  });

  it('are kept of the newest thirty runs, the newest first', () => {
    mkdirSync(root.path(RUNS), { recursive: true });
    const name = (day: number): string => `r26${String(day).padStart(4, '0')}-000000-aaaa`;
    for (let day = 1; day <= 31; day += 1) {
      const text = JSON.stringify({ ...recordOf({ ...HEADING, run: name(day) }, []) });
      writeFileSync(root.path(`${RUNS}/${name(day)}.json`), `${text}\n`);
    }
    write(recordOf({ ...HEADING, run: name(32) }, []));
    expect(read().map(({ run }) => run)).toEqual(Array.from({ length: 30 }, (_, index) => name(32 - index)));
    expect(readdirSync(root.path(RUNS))).toHaveLength(30);
  });

  it('of another form are an error, not passed over', () => {
    mkdirSync(root.path(RUNS), { recursive: true });
    writeFileSync(root.path(`${RUNS}/r9.json`), '{"format":3}\n');
    expect(read).toThrow('/var/lib/haprov/runs/r9.json is no record that this haprov can read');
  });
});

describe('a record', () => {
  it('holds what was changed as data, from which it is taken back', () => {
    const data: ChangeData[] = [{ kind: 'unit', target: 'nginx', before: 'stopped', after: 'running' }];
    const { changes } = recordOf(HEADING, [change('service nginx', { unit: 'nginx', data }), change('package nginx')]);
    expect(changes.map((one) => [one.unit, one.data])).toEqual([
      ['nginx', data],
      [undefined, []],
    ]);
  });

  it('holds no secret of what it tells of', async () => {
    const [pass, webhook] = ['c4n4ryPw', 'https://hooks.slack.com/services/T0/B0/c4n4ryHook'];
    const cluster = clusterWith();
    const instances = cluster.vrrp_instances.map((one) => ({ ...one, auth_pass: new Secret({ literal: pass }, pass) }));
    const conf = '/etc/keepalived/keepalived.conf';
    const text = `old auth_pass ${pass}x\n`;
    const context = contextWith(
      [
        known(addressSubject, 'addresses', [{ interface: 'eth0', address: '192.168.1.10', prefix: 24 }]),
        known(fileSubject, conf, { type: 'file', ...OLD, sha256: sha256(text) }),
        known(contentSubject, conf, text),
        known(configFilesSubject, conf, null),
        known(fileSubject, '/etc/s', { type: 'file', ...OLD, sha256: sha256(`${webhook}x`) }),
        known(contentSubject, '/etc/s', `${webhook}x`),
        known(unitSubject, 'keepalived', {
          load: 'loaded',
          active: 'active',
          enabled: 'enabled',
          mainPid: 1,
          needDaemonReload: false,
        }),
      ],
      { cluster: { ...cluster, vrrp_instances: instances } },
    );
    const planned = await Promise.all([
      keepalivedConfigModule.plan({}, context),
      copyModule.plan(copyModule.parse({ content: `url = ${webhook}`, dest: '/etc/s' }), {
        ...context,
        render: async (template) => ({ text: template, masked: 'url = ********' }),
      }),
      serviceModule.plan(serviceModule.parse({ name: 'keepalived', state: 'restarted' }), context),
    ]);
    const changes = planned.flatMap((one) => one.changes);
    expect(changes).toHaveLength(3);
    expect(JSON.stringify(changes.map(({ upload }) => upload))).toContain(pass);
    const { script, stdin } = stepScript(recordStep(recordOf(HEADING, changes)));
    for (const canary of [pass, webhook, 'c4n4ry', Buffer.from(pass).toString('base64')]) {
      expect(script + Buffer.from(stdin).toString()).not.toContain(canary);
    }
  });
});
