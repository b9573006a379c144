import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countMoves, holdersAt, holdingsOf, laneOf, twoHolders } from '../../../../src/operate/drill/lanes.ts';
import { type MemberEvent, readAddressLine, readMemberLine } from '../../../../src/operate/drill/member-lines.ts';

const VIP = '10.0.0.100';
const on = (at: number): MemberEvent => ({ at, kind: 'address', address: VIP, on: true });
const off = (at: number): MemberEvent => ({ at, kind: 'address', address: VIP, on: false });
const is = (at: number, state: 'MASTER' | 'BACKUP' | null): MemberEvent => ({
  at,
  kind: 'state',
  instance: 'VI_1',
  state,
});
const lane = (host: string, events: readonly MemberEvent[]) => laneOf({ host, events }, 'VI_1', VIP, 1000, 5000);

it('begins with what was so before the scenario', () => {
  expect(lane('lb1', [is(500, 'MASTER'), on(600), off(3000), is(3400, null)]).spans).toEqual([
    { from: 0, to: 2000, state: 'MASTER', holds: true },
    { from: 2000, to: 2400, state: 'MASTER', holds: false },
    { from: 2400, to: 4000, state: null, holds: false },
  ]);
});

it('knows nothing of a host while it is not seen, and not of other addresses and instances', () => {
  const events: MemberEvent[] = [
    is(0, 'BACKUP'),
    { at: 1500, kind: 'address', address: '10.0.0.7', on: true },
    { at: 1600, kind: 'state', instance: 'VI_2', state: 'MASTER' },
    { at: 2000, kind: 'lost' },
    is(4000, 'MASTER'),
  ];
  expect(lane('lb1', events).spans).toEqual([
    { from: 0, to: 1000, state: 'BACKUP', holds: false },
    { from: 1000, to: 3000, state: 'unseen', holds: false },
    { from: 3000, to: 4000, state: 'MASTER', holds: false },
  ]);
});

it('has spans without gaps or overlaps, whatever comes in whatever order', () => {
  const event = fc.oneof(
    fc.record({ at: fc.integer({ min: 0, max: 6000 }) }).map(({ at }) => on(at)),
    fc.record({ at: fc.integer({ min: 0, max: 6000 }) }).map(({ at }) => off(at)),
    fc.record({ at: fc.integer({ min: 0, max: 6000 }) }).map(({ at }) => is(at, 'MASTER')),
    fc.record({ at: fc.integer({ min: 0, max: 6000 }) }).map(({ at }): MemberEvent => ({ at, kind: 'lost' })),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const { spans } = lane('lb1', events);
      expect(spans[0]?.from).toBe(0);
      expect(spans.at(-1)?.to).toBe(4000);
      for (const [index, span] of spans.entries()) {
        expect(span.to).toBeGreaterThan(span.from);
        if (index > 0) expect(span.from).toBe(spans[index - 1]?.to);
      }
    }),
  );
});

it('finds the longest time with two holders, within a part of the time', () => {
  const holdings = holdingsOf([lane('lb1', [on(0), off(4000)]), lane('lb2', [on(2500)])]);
  expect(holdings).toEqual([
    { from: 0, to: 1500, holders: ['lb1'] },
    { from: 1500, to: 3000, holders: ['lb1', 'lb2'] },
    { from: 3000, to: 4000, holders: ['lb2'] },
  ]);
  expect(twoHolders(holdings, { from: 0, to: 4000 })).toBe(1500);
  expect(twoHolders(holdings, { from: 2000, to: 4000 })).toBe(1000);
  expect(twoHolders(holdings, { from: 3000, to: 4000 })).toBe(0);
  expect(holdersAt(holdings, 1499)).toEqual(['lb1']);
  expect(countMoves(holdings)).toBe(1);
});

it('reads what a member prints, in its own time', () => {
  const read = (line: string) => readMemberLine(line, ['VI_1', 'VI_2'], 250, 7);
  expect(read('[2026-11-22T10:00:01.500000] 2: eth0    inet 10.0.0.100/24 scope global secondary eth0')).toEqual([
    { at: Date.parse('2026-11-22T10:00:01.250Z'), kind: 'address', address: VIP, on: true },
  ]);
  expect(read('[2026-11-22T10:00:01.500000] Deleted 2: eth0    inet6 FD00::64/64 scope global')).toEqual([
    { at: Date.parse('2026-11-22T10:00:01.250Z'), kind: 'address', address: 'fd00::64', on: false },
  ]);
  expect(read('2: eth0    inet 10.0.0.11/24 brd 10.0.0.255 scope global eth0')).toEqual([
    { at: 7, kind: 'address', address: '10.0.0.11', on: true },
  ]);
  expect(read('s 1000000000000 VI_1=MASTER VI_2=FAULT')).toEqual([
    { at: 999_750, kind: 'state', instance: 'VI_1', state: 'MASTER' },
    { at: 999_750, kind: 'state', instance: 'VI_2', state: 'FAULT' },
  ]);
  expect(read('s 1000000000000 none')).toHaveLength(2);
  expect(read('s 1000000000000 ?')).toEqual([]);
  expect(readAddressLine('nothing of that kind')).toBeUndefined();
});
