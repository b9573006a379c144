import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/changes/backup.ts';
import type { RunState } from '../../../../src/changes/record.ts';
import type { RunRecord } from '../../../../src/changes/run-record.ts';
import type { Host } from '../../../../src/inventory/model.ts';
import type { HostRuns, UnknownRuns } from '../../../../src/operate/runs/get-runs.ts';
import { summarise } from '../../../../src/operate/runs/summarise.ts';
import { judgeRun } from '../../../../src/plan/rollback/judge-run.ts';
import { recordOf } from '../../../../src/rollout/run-record/run-record.ts';
import type { Change } from '../../../../src/tasks/change.ts';
import { renderRuns, rollbackJson } from '../../../../src/ui/plan/rollback-view.ts';
import { createStyle } from '../../../../src/ui/terminal/style.ts';
import { clusterWith } from '../../tasks/support.ts';

const CONF = '/etc/keepalived/keepalived.conf';
const [lb1, lb2] = clusterWith().hosts;
if (lb1 === undefined || lb2 === undefined) throw new Error('two hosts');

const change = (target: string, more: Partial<Change> = {}): Change => ({
  task: 't',
  module: 'file',
  action: 'update',
  target,
  detail: '',
  phase: 'activate',
  data: [],
  notify: [],
  ...more,
});
const versionOf = (text: string) => ({ sha256: sha256(text), mode: '0644', owner: 'root', group: 'root' });
const wrote = (path: string, before: string, after: string): Change =>
  change(path, {
    data: [{ kind: 'file', target: path, before: versionOf(before), after: versionOf(after) }],
  });
const install = change('package nginx', { module: 'package', action: 'install' });
const record = (run: string, changes: readonly Change[], state: RunState = 'done'): RunRecord => ({
  ...recordOf(
    { run, who: 'alice@ops1', why: 'apply prod.yaml', at: '2026-11-22T06:50:01.123Z', cluster: 'web', host: 'lb1' },
    changes,
  ),
  state,
});

/** A host with these records, the newest first, and these texts in its files. */
function hostRuns(host: Host, records: readonly RunRecord[], files: Readonly<Record<string, string>>): HostRuns {
  const hashes = new Map(Object.entries(files).map(([path, text]) => [path, sha256(text)]));
  return {
    host,
    runs: records.map((one) => ({ record: one, verdict: judgeRun(one, records, hashes) })),
    confBefore: async () => null,
    close: () => undefined,
  };
}

const undo = (
  records: readonly RunRecord[],
  files: Readonly<Record<string, string>>,
): Record<string, [boolean, string]> =>
  Object.fromEntries(summarise([hostRuns(lb1, records, files)]).map((one) => [one.run, [one.possible, one.undo]]));

describe('whether a run can be taken back', () => {
  it('is clean where its files are as it left them, or as they were', () => {
    const r1 = record('r1', [wrote(CONF, 'a', 'b'), install]);
    expect(undo([r1], { [CONF]: 'b' })).toEqual({ r1: [true, 'clean, packages stay'] });
    expect(undo([r1], { [CONF]: 'a' })).toEqual({ r1: [true, 'clean, packages stay'] });
  });

  it('waits for the later run that changed its file', () => {
    const records = [record('r2', [wrote(CONF, 'b', 'c')]), record('r1', [wrote(CONF, 'a', 'b')])];
    expect(undo(records, { [CONF]: 'c' })).toEqual({ r2: [true, 'clean'], r1: [false, 'no: undo r2 first'] });
  });

  it('is not where somebody changed its file by hand', () => {
    expect(undo([record('r1', [wrote(CONF, 'a', 'b')])], { [CONF]: 'x' })).toEqual({
      r1: [false, `no: ${CONF} was changed by hand`],
    });
  });

  it('is not where nothing but packages came, or nothing of it stands', () => {
    const records = [
      record('r3', [install]),
      record('r2', [wrote(CONF, 'a', 'b')], 'undone'),
      record('r1', [wrote(CONF, 'a', 'b')], 'put-back'),
    ];
    expect(undo(records, { [CONF]: 'a' })).toEqual({
      r3: [false, 'no: kept'],
      r2: [false, 'undone'],
      r1: [false, 'was put back'],
    });
  });

  it('is told by the host where it is worst, and by those where it stands', () => {
    const run = record('r1', [wrote(CONF, 'a', 'b')]);
    const all = (one: HostRuns, two: HostRuns) => summarise([one, two]).map(({ undo: text }) => text);
    const good = hostRuns(lb1, [run], { [CONF]: 'b' });
    expect(all(good, hostRuns(lb2, [run], { [CONF]: 'x' }))).toEqual([`no: ${CONF} was changed by hand`]);
    expect(all(hostRuns(lb1, [{ ...run, state: 'undone' }], {}), good)).toEqual(['clean']);
  });
});

describe('the list of runs', () => {
  const first = record('r261120-140200-aaaa', [
    install,
    wrote('/etc/sysctl.d/60-haprov.conf', 'a', 'b'),
    wrote(CONF, 'a', 'b'),
    change('service keepalived', { module: 'service', action: 'start', unit: 'keepalived' }),
    change('service keepalived', { module: 'service', action: 'reload', unit: 'keepalived' }),
  ]);
  const second = record('r261122-065000-bbbb', [wrote(CONF, 'b', 'c')]);
  const back = record('r261122-070000-cccc', [change('run r261122-065000-bbbb', { module: 'record', action: 'set' })]);
  const files = { [CONF]: 'c', '/etc/sysctl.d/60-haprov.conf': 'b' };
  const runs = summarise([hostRuns(lb1, [back, second, first], files), hostRuns(lb2, [second, first], files)]);
  const style = createStyle({ colour: false });

  it('has a row for each, the newest first, and says how to take one back', () => {
    expect(renderRuns(runs, [], 'prod.yaml', style)).toMatchInlineSnapshot(`
      "RUN                  WHEN (UTC)        BY          CLUSTERS  HOSTS  WHAT                                        UNDO
      r261122-070000-cccc  2026-11-22 06:50  alice@ops1  web       1      taking back r261122-065000-bbbb             no: kept
      r261122-065000-bbbb  2026-11-22 06:50  alice@ops1  web       2      keepalived.conf                             clean
      r261120-140200-aaaa  2026-11-22 06:50  alice@ops1  web       2      keepalived.conf, 60-haprov.conf and 2 more  no: undo r261122-065000-bbbb first
      ROLLBACK 3 runs, 1 can be undone
      Next: haprov rollback prod.yaml --undo r261122-065000-bbbb --dry-run
      "
    `);
  });

  it('names hosts that could not be asked first, and counts them', () => {
    const unknown: UnknownRuns = { host: lb2, status: 'unreachable', error: { message: 'no answer', host: 'lb2' } };
    const text = renderRuns([], [unknown], 'prod.yaml', style);
    expect(text).toMatch(/^UNREACHABLE {2}lb2 {2}no answer\nROLLBACK 0 runs, 0 can be undone; 1 host not asked\n$/);
    expect(rollbackJson([], [unknown])).toEqual({
      format: 1,
      runs: [],
      errors: { lb2: { status: 'unreachable', error: { message: 'no answer', host: 'lb2' } } },
    });
  });

  it('is safe for a terminal, and masks what is secret', () => {
    const evil = record('r1', [wrote('/etc/\u001b[31mhunter22', 'a', 'b')]);
    const masking = createStyle({ colour: false, redact: (text) => text.replaceAll('hunter22', '********') });
    const text = renderRuns(summarise([hostRuns(lb1, [evil], {})]), [], 'p.yaml', masking);
    expect(text).toContain('\\x1b[31m********');
    expect(text).not.toContain('\u001b');
  });

  it('gives all of it as JSON, and no hash of a file', () => {
    const json = JSON.stringify(rollbackJson(runs, []));
    expect(JSON.parse(json)).toMatchObject({
      format: 1,
      runs: [
        { run: 'r261122-070000-cccc', possible: false },
        { hosts: [{ host: 'lb1', state: 'done', undo: 'clean' }, { host: 'lb2' }] },
        {},
      ],
      errors: {},
    });
    expect(json).not.toMatch(/[0-9a-f]{64}/);
  });
});
