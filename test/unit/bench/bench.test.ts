import { describe, expect, it } from 'vitest';
import { HAPROV } from '../../../bench/contenders.ts';
import { judge } from '../../../bench/goals.ts';
import type { Measured } from '../../../bench/measure.ts';
import { parseOptions } from '../../../bench/options.ts';
import { ansible } from '../../../bench/peers/ansible.ts';
import { median, type Series, summarize } from '../../../bench/statistics.ts';
import { renderTable } from '../../../bench/table.ts';
import { UsageError } from '../../../src/errors.ts';

function series(name: string, times: readonly (number | undefined)[], rssMiB = 10): Series {
  const rounds = times.map((wallMs) => (wallMs === undefined ? undefined : { wallMs, cpuMs: 1, rssMiB }));
  return { name, rounds, faults: [] };
}

describe('statistics', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('compares a contender with haprov round by round, not over all rounds', () => {
    const haprov = series(HAPROV, [100, 900, 300]);
    const peer = series('peer', [200, 1800, 600]);
    expect(summarize(peer, haprov)).toMatchObject({ ratio: 0.5, medianMs: 600, minMs: 200, maxMs: 1800, runs: 3 });
  });

  it('leaves rounds out in which one of the two did not run', () => {
    const haprov = series(HAPROV, [100, undefined, 400]);
    const peer = series('peer', [200, 5, undefined]);
    expect(summarize(peer, haprov)).toMatchObject({ ratio: 0.5, runs: 2 });
  });
});

describe('the goals', () => {
  const haprov = series(HAPROV, [1000], 151);
  const rows = [haprov, series('xargs -P50 ssh true', [1250]), series('bare ssh2', [800])].map((one) =>
    summarize(one, haprov),
  );

  it('are reached at their very bounds, and memory is missed above its own', () => {
    expect(judge(rows)).toEqual([
      { goal: 'at most 0.8 of the ssh true fan-out', seen: '0.80', reached: true },
      { goal: 'at most 1.2 of bare ssh2', seen: '1.25', reached: false },
      { goal: 'memory below 150 MB', seen: '151 MiB', reached: false },
    ]);
  });

  it('of contenders that did not run are not judged', () => {
    const rows = [haprov, series('bare ssh2', [])].map((one) => summarize(one, haprov));
    expect(judge(rows).map(({ goal }) => goal)).toEqual(['memory below 150 MB']);
  });
});

it('the table names a contender whose runs all failed, with the reason', () => {
  const failed = { ...series('peer', []), faults: ['exit 4: no route'] };
  const haprov = series(HAPROV, [1000]);
  expect(renderTable(2, [summarize(haprov, haprov), summarize(failed, haprov)])).toMatch(
    /peer +failed +exit 4: no route/,
  );
});

describe('an Ansible run', () => {
  const peer = ansible({ name: 'ansible', directory: '/x', strategies: undefined });
  const fleet = { hosts: ['a', 'b'], inventory: '', sshConfig: '', ansibleInventory: '', scripts: '', scratch: '' };
  const ran = (stdout: string): Measured => ({ code: 0, stdout, stderr: '', wallMs: 1, cpuMs: 1, rssMiB: 1 });
  const line = (host: string, changed: number) => `${host} : ok=19   changed=${changed}    unreachable=0    failed=0\n`;

  it('counts when every host was converged', () => {
    expect(peer.fault(ran(line('a', 0) + line('b', 0)), fleet)).toBeUndefined();
  });

  it('does not count when it had something to change', () => {
    expect(peer.fault(ran(line('a', 0) + line('b', 1)), fleet)).toBe('1 of 2 hosts were converged');
  });
});

describe('the options', () => {
  it('are 2, 10 and 40 hosts in the lab named bench by default', () => {
    expect(parseOptions([])).toMatchObject({ hosts: [2, 10, 40], runs: 5, place: { name: 'bench', subnet: 20 } });
  });

  it.each([
    ['--hosts', '3'],
    ['--hosts', '2,x'],
    ['--runs', '-1'],
    ['--lab', 'bench'],
    ['--nonsense', '1'],
  ])('refuse %s %s', (...argv) => {
    expect(() => parseOptions(argv)).toThrow(UsageError);
  });
});
