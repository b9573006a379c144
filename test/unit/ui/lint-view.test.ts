import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/inventory/model.ts';
import { lintJson, renderLint } from '../../../src/ui/plan/lint-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import type { ProofRow } from '../../../src/vrrp/proof.ts';

const problems: Problem[] = [
  {
    file: 'i.yaml',
    line: 14,
    column: 7,
    severity: 'error',
    rule: 'nopreempt-weight',
    message: 'VIP stays where nginx died',
  },
  { file: 'i.yaml', line: 19, column: 18, severity: 'warning', rule: 'advert', message: 'evil \u001b[2J name' },
];
const rows: ProofRow[] = [
  {
    event: 'stop',
    host: 'lb1',
    scenario: 'lb1 stops',
    standing: { lb1: undefined, lb2: 90 },
    holder: 'lb2',
    gap: { min: 650, max: 650 },
    why: 'sends priority 0',
    proved: true,
  },
  {
    event: 'crash',
    host: 'lb1',
    scenario: 'lb1 crashes',
    standing: { lb1: undefined, lb2: 90 },
    holder: 'lb2',
    gap: { min: 2650, max: 3650 },
    why: '3 adverts missed',
    proved: true,
  },
  {
    event: 'check',
    host: 'lb1',
    scenario: 'nginx fails on lb1',
    standing: { lb1: 80, lb2: 90 },
    holder: 'lb1',
    why: 'nopreempt on lb2',
    proved: false,
  },
];

describe('lint for people', () => {
  it('gives each problem its place, severity and rule, then the proof, then the count', () => {
    const proofs = [{ cluster: 'web', instance: 'VI_1', rows }];
    expect(renderLint(problems, createStyle({ colour: false }), proofs)).toBe(
      `i.yaml:14:7 error: VIP stays where nginx died [nopreempt-weight]
i.yaml:19:18 warning: evil \\x1b[2J name [advert]
PROOF web/VI_1        lb1  lb2  HOLDER  GAP         WHY
  lb1 stops             -   90  lb2     0.65s       sends priority 0
  lb1 crashes           -   90  lb2     2.65-3.65s  3 adverts missed
  nginx fails on lb1   80   90  lb1     FOREVER     nopreempt on lb2
LINT 1 error, 1 warning; 2 of 3 failovers proved, 1 REFUTED
`,
    );
  });

  it('shows of many instances only what is refuted', () => {
    const good = Array.from({ length: 9 }, (_, index) => ({
      cluster: `c${index}`,
      instance: 'VI_1',
      rows: rows.slice(0, 2),
    }));
    const text = renderLint([], createStyle({ colour: false }), [...good, { cluster: 'bad', instance: 'VI_1', rows }]);
    expect(text).not.toContain('PROOF c0');
    expect(text).toContain('PROOF bad/VI_1');
    expect(text).toContain(
      'PROOF 9 more instances, all proved (--verbose shows them)\nLINT 0 errors, 0 warnings; 20 of 21 failovers proved, 1 REFUTED',
    );
  });

  it('colours without changing a letter', () => {
    const coloured = renderLint(problems, createStyle({ colour: true }));
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(renderLint(problems, createStyle({ colour: false })));
  });
});

describe('lint --json', () => {
  it('has the form of the contract', () => {
    expect(Object.keys(lintJson(problems).problems[0] ?? {})).toEqual([
      'file',
      'line',
      'column',
      'severity',
      'rule',
      'message',
    ]);
  });
});
