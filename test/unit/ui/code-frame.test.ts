import { expect, it } from 'vitest';
import type { Problem } from '../../../src/inventory/model.ts';
import { renderProblems } from '../../../src/ui/plan/lint-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const LINES = `clusters:
  web:
    hosts: { lb1: 10.0.0.1 }
    vrrp_instances:
      VI_1:
        priority: { lb1: 300 }
        auth_pass: hunter22
        notify:
          slack_webhook:
            - hunter33
`.split('\n');
const style = createStyle({ colour: false });
const at = (line: number, column: number, message = 'm'): Problem => ({
  ...{ file: 'i.yaml', line, column, message },
  ...{ severity: 'error', rule: 'r' },
});
const shown = (...problems: Problem[]): string => renderProblems(problems, style, () => LINES);

it('a problem is followed by its line of the file, with a caret below its place', () => {
  expect(shown(at(6, 26))).toBe(`i.yaml:6:26 error: m [r]
  6 |         priority: { lb1: 300 }
    |                          ^
LINT 1 error, 0 warnings
`);
});

it('several problems of one line show it once', () => {
  expect(shown(at(6, 26, 'a'), at(6, 26, 'b')).match(/priority/g)).toHaveLength(1);
});

it('a line that may hold a secret is not shown, nor one that goes on with its value', () => {
  for (const problem of [at(7, 20), at(10, 15), at(99, 1)]) {
    expect(shown(problem)).not.toMatch(/hunter|\^/);
  }
});

it('a file that cannot be read leaves the problem as it is', () => {
  expect(renderProblems([at(6, 26)], style, () => undefined).split('\n')).toHaveLength(3);
});
