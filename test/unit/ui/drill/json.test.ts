import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drillJson } from '../../../../src/ui/drill/json.ts';
import { HEALTHY, SPLIT, TUTORIAL } from './reports.ts';

it("has the contract's fields for every scenario", () => {
  expect(drillJson(HEALTHY).scenarios).toMatchObject([
    { name: 'keepalived', cluster: 'web', outage_ms: 660, predicted_ms: { min: 609, max: 609 }, failed_requests: 14 },
    { name: 'service', requests: 600, passed: true },
    { name: 'crash', slow_requests: 2, repair_outage_ms: 250, errors: { 'timeout after 500 ms': 72 } },
  ]);
});

it('has null where the VIP was not to come back', () => {
  const [, service] = drillJson(TUTORIAL).scenarios;
  expect(service).toMatchObject({ predicted_ms: null, predicted_holder: null, passed: false, holders: ['lb1'] });
});

it('has what is true of the whole drill', () => {
  expect(drillJson(TUTORIAL)).toMatchObject({
    format: 1,
    passed: 1,
    failed: 1,
    worst_outage_ms: 22_050,
    skipped: [{ cluster: 'web', scenario: 'isolate' }],
    leftovers: [],
  });
  expect(drillJson(SPLIT)).toMatchObject({ leftovers: [{ host: 'lb2' }], scenarios: [{ holders: ['lb1', 'lb2'] }] });
  expect(drillJson({ ...SPLIT, scenarios: [] }).worst_outage_ms).toBeNull();
});

it('has the times of lanes, marks and outages, and no requests one by one', () => {
  const [first] = drillJson(HEALTHY).scenarios;
  expect(first?.marks[0]).toEqual({ at_ms: 5000, kind: 'fault', host: 'lb1', text: 'keepalived stopped' });
  expect(first?.lanes[0]?.spans[1]).toEqual({ from_ms: 5000, to_ms: 21_000, state: null, holds: false });
  expect(first?.outages).toEqual([{ from_ms: 5000, ms: 660, failed: 14 }]);
  expect(JSON.stringify(drillJson(HEALTHY)).length).toBeLessThan(10_000);
});

it('has every field described', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/json.md'), 'utf8');
  const [section = ''] = (text.split('## `drill --json`')[1] ?? '').split('\n## ');
  const table = section.split('\n').filter((line) => line.startsWith('| `'));
  const described = table.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  const [first] = drillJson(HEALTHY).scenarios;
  const plain = new Set(['format', 'haprov', 'inventory', 'scenarios']);
  const fields = [...Object.keys(drillJson(HEALTHY)), ...Object.keys(first ?? {})].filter((name) => !plain.has(name));
  expect(new Set(described)).toEqual(new Set(fields));
  expect(Object.keys(JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '').scenarios[0])).toEqual(
    Object.keys(first ?? {}),
  );
});
