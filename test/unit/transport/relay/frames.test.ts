import { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createReceiver, createSender } from '../../../../src/transport/relay/frames.ts';

/** Takes each write a turn later. */
function sink(take: (bytes: Buffer) => void, highWaterMark = 1_000_000_000): Writable {
  const write = (bytes: Buffer, _encoding: string, done: () => void): void => {
    take(bytes);
    if (highWaterMark > 1) done();
    else setImmediate(done);
  };
  return new Writable({ highWaterMark, write });
}

/** Compared in a moment, where arrays of so many bytes take minutes. */
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

it.each([
  ['of many pieces, cut anywhere', 100_000, { min: 1000, max: 70_000 }],
  ['that come byte by byte or nearly so', 100, { min: 1, max: 20 }],
] as const)('gives back messages %s, whole, those of a lane in order', (_how, maxLength, cuts) => {
  const part = fc.uint8Array({ maxLength, size: 'max' });
  const message = fc.record({ lane: fc.nat(3), parts: fc.array(part, { maxLength: 3 }) });
  const sent = fc.property(fc.array(message, { maxLength: 12 }), fc.integer(cuts), (messages, cut) => {
    const wire: Buffer[] = [];
    const { send } = createSender(sink((bytes) => wire.push(bytes)));
    for (const { lane, parts } of messages) send(lane, [Buffer.from([lane]), ...parts]);
    const got = new Map<number, string[][]>();
    const receive = createReceiver(([lane, ...parts]) => {
      const key = lane?.[0] ?? -1;
      got.set(key, [...(got.get(key) ?? []), parts.map(text)]);
    });
    const bytes = Buffer.concat(wire);
    for (let at = 0; at < bytes.length; at += cut) receive(bytes.subarray(at, at + cut));
    for (const lane of [0, 1, 2, 3]) {
      const mine = messages.filter((one) => one.lane === lane);
      expect(got.get(lane) ?? []).toEqual(mine.map(({ parts }) => parts.map(text)));
    }
  });
  fc.assert(sent, { numRuns: 30 });
});

it('lets a small message overtake a large one of another lane', () => {
  const order: string[] = [];
  const receive = createReceiver(([name]) => order.push(name?.toString() ?? ''));
  // The line is full from the first piece on.
  const full = sink(receive, 1);
  const slow = createSender(full);
  slow.send(1, [Buffer.from('large'), Buffer.alloc(5_000_000)]);
  slow.send(2, [Buffer.from('small')]);
  return new Promise<void>((resolve) => {
    const wait = setInterval(() => {
      if (order.length < 2) return;
      clearInterval(wait);
      expect(order).toEqual(['small', 'large']);
      resolve();
    }, 10);
  });
});

it('holds back what the line has no room for', () => {
  const written: number[] = [];
  const stuck = new Writable({ highWaterMark: 64 * 1024, write: (bytes: Buffer) => void written.push(bytes.length) });
  createSender(stuck).send(1, [Buffer.alloc(50_000_000)]);
  expect(stuck.writableLength).toBeLessThan(200_000);
});

it('takes no piece that is longer than pieces are, and no message that is cut short', () => {
  const head = Buffer.alloc(9);
  head.writeUInt32BE(10_000_000, 5);
  expect(() => createReceiver(() => {})(head)).toThrow('too long');
  const lying = Buffer.alloc(9 + 8);
  lying.writeUInt8(1, 4);
  lying.writeUInt32BE(8, 5);
  lying.writeUInt32BE(1, 9);
  lying.writeUInt32BE(1000, 13);
  expect(() => createReceiver(() => {})(lying)).toThrow('cut off');
});
