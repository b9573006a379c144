import { expect, it } from 'vitest';
import { type Failure, failureLines } from '../../../src/ui/apply/failures.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const style = createStyle({ colour: false, columns: 80 });
const down = (at: number): Failure => ({
  host: `web/lb${at}`,
  status: 'unreachable',
  error: {
    host: `web/lb${at}`,
    action: 'connect',
    message: `connect ECONNREFUSED 10.0.${at}.1:22`,
    next: `check that web/lb${at} is on, and that sshd listens on 10.0.${at}.1`,
  },
});

it('a hundred hosts that are down are one screen: the cause and the fix once, and every name', () => {
  const lines = failureLines(
    Array.from({ length: 100 }, (_, at) => down(at)),
    style,
  );
  expect(lines.length).toBeLessThan(22);
  expect(lines[0]).toBe('UNREACHABLE  100 hosts  connect: connect ECONNREFUSED HOST:22');
  for (let at = 0; at < 100; at++) expect(lines.join('\n')).toMatch(new RegExp(`web/lb${at}\\b`));
  expect(lines.filter((line) => line.includes('Fix: '))).toHaveLength(1);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

it('up to three keep a line of their own, with what is their own', () => {
  const lines = failureLines([down(1), down(2)], style);
  expect(lines.slice(0, 2)).toEqual([
    'UNREACHABLE  web/lb1  connect: connect ECONNREFUSED 10.0.1.1:22',
    'UNREACHABLE  web/lb2  connect: connect ECONNREFUSED 10.0.2.1:22',
  ]);
});
