import { expect, it } from 'vitest';
import { describeBack, invert } from '../../../src/changes/registry.ts';
import { runsSubject } from '../../../src/changes/run-records.ts';

const OLD = { sha256: 'a'.repeat(64), mode: '0640', owner: 'root', group: 'root' };
const heading = { task: 't', detail: '', notify: [] };
/** A record as haprov 0.1 wrote it. */
const RECORD = {
  format: 1,
  run: 'r261122-105725-4f2a',
  who: 'alice@ops1',
  why: 'apply prod.yaml',
  at: '2026-11-22T10:57:25.000Z',
  cluster: 'web',
  host: 'lb1',
  state: 'done',
  changes: [
    {
      ...heading,
      module: 'file',
      action: 'update',
      target: '/etc/a',
      undo: {
        describe: 'put /etc/a back',
        file: { path: '/etc/a', before: OLD, after: 'b'.repeat(64), between: ['c'.repeat(64)] },
      },
    },
    {
      ...heading,
      module: 'sysctl',
      action: 'set',
      target: 'sysctl x',
      undo: { describe: 'set x back to 0', script: 'old', needed: 'is it', redo: 'new' },
    },
    {
      ...heading,
      module: 'service',
      action: 'start',
      target: 'service nginx',
      unit: 'nginx',
      undo: { describe: 'stop nginx', script: 'stop it' },
    },
    { ...heading, module: 'service', action: 'stop', target: 'service old', unit: 'old', undo: null },
    { ...heading, module: 'package', action: 'install', target: 'package nginx', undo: null },
  ],
};
const read = (record: unknown) => runsSubject.parse(`r.json\t${JSON.stringify(record)}\n`, ['runs'])[0]?.[0];

it('a record of haprov 0.1 is read, and what it changed can be taken back', () => {
  const record = read(RECORD);
  expect(record).toMatchObject({ run: RECORD.run, state: 'done', who: 'alice@ops1' });
  const inverses = record?.changes.map(({ data }) => data.map(invert));
  expect(inverses).toEqual([
    [
      {
        kind: 'file',
        target: '/etc/a',
        before: { ...OLD, sha256: 'b'.repeat(64) },
        after: OLD,
        between: ['c'.repeat(64)],
      },
    ],
    [
      {
        kind: 'script',
        describe: 'set x back to 0',
        describeBack: 'set sysctl x again',
        script: 'old',
        back: 'new',
        probe: 'is it',
        inverted: true,
      },
    ],
    [
      {
        kind: 'script',
        describe: 'stop nginx',
        describeBack: 'start service nginx again',
        script: 'stop it',
        inverted: true,
      },
    ],
    [{ kind: 'unit', target: 'old', before: 'stopped', after: 'running' }],
    [],
  ]);
  expect(inverses?.flat().flatMap((one) => (one === undefined ? [] : describeBack(one)))[1]).toBe('set x back to 0');
});

it('a record of 0.1 that is broken is an error, not passed over', () => {
  expect(() => read({ ...RECORD, state: 'nonsense' })).toThrow('is no record that this haprov can read');
});
