import { describe, expect, it } from 'vitest';
import { type AddressEvent, readAddressLine, readHolders } from '../../support/holder-log.ts';
import { longest, spansOf, stretchesWhere } from '../../support/spans.ts';

const VIP = '10.0.0.100';
const at = (host: string, ms: number, on: boolean, address = VIP): AddressEvent => ({ host, at: ms, address, on });
const log = (...events: AddressEvent[]) => {
  const [vip] = readHolders(events, ['a', 'b'], [VIP], { from: 100, to: 1000 }).vips;
  if (vip === undefined) throw new Error('no VIP');
  return vip;
};

describe('spans', () => {
  it('are the times between on and off, the last one until the end', () => {
    const turns = [
      { at: 1, on: true },
      { at: 2, on: true },
      { at: 5, on: false },
      { at: 6, on: false },
      { at: 8, on: true },
    ];
    expect(spansOf(turns, 10)).toEqual([
      { from: 1, to: 5 },
      { from: 8, to: 10 },
    ]);
  });

  it('tell where none, and where two overlap', () => {
    const lists = [
      [{ from: 0, to: 5 }],
      [
        { from: 4, to: 7 },
        { from: 9, to: 20 },
      ],
    ];
    const whole = { from: 1, to: 10 };
    expect(stretchesWhere(whole, lists, (count) => count > 1)).toEqual([{ from: 4, to: 5 }]);
    expect(stretchesWhere(whole, lists, (count) => count === 0)).toEqual([{ from: 7, to: 9 }]);
    expect(stretchesWhere(whole, [[], []], (count) => count === 0)).toEqual([whole]);
    expect(longest([])).toBe(0);
  });
});

describe('the log of holders', () => {
  it('reads what ip prints: as it is, as it comes and as it goes', () => {
    const show =
      '2: eth0    inet 10.0.0.100/24 scope global secondary eth0\\       valid_lft forever preferred_lft forever';
    expect(readAddressLine(show, 'a')).toEqual(at('a', 0, true));
    expect(readAddressLine(`[2026-11-22T11:00:00.250000] ${show}`, 'a')).toEqual(
      at('a', Date.UTC(2026, 10, 22, 11, 0, 0, 250), true),
    );
    expect(readAddressLine(`[2026-11-22T11:00:01.000000] Deleted ${show}`, 'a')).toEqual(
      at('a', Date.UTC(2026, 10, 22, 11, 0, 1), false),
    );
    expect(readAddressLine('2: eth0    inet6 fe80::1/64 scope link', 'a')?.address).toBe('fe80::1');
    expect(readAddressLine('watching', 'a')).toBeUndefined();
  });

  it('has one holder throughout', () => {
    expect(log(at('a', 0, true))).toMatchObject({ twoMs: 0, noneMs: 0, moves: 0 });
  });

  it('tells a move with a gap', () => {
    expect(log(at('a', 0, true), at('a', 300, false), at('b', 350, true))).toMatchObject({
      twoMs: 0,
      noneMs: 50,
      moves: 1,
    });
  });

  it('tells a move with two holders in between, and the way back', () => {
    const events = [at('a', 0, true), at('b', 300, true), at('a', 420, false), at('a', 600, true), at('b', 650, false)];
    expect(log(...events)).toMatchObject({ twoMs: 120, noneMs: 0, moves: 2 });
  });

  it('counts no move where the same host takes the VIP again', () => {
    expect(log(at('a', 0, true), at('a', 300, false), at('a', 350, true))).toMatchObject({ noneMs: 50, moves: 0 });
  });

  it('tells that nobody ever held it, and heeds no other address', () => {
    expect(log(at('a', 0, true, '10.0.0.10'))).toMatchObject({ noneMs: 900, moves: 0 });
  });
});
