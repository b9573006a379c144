import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createInterrupts } from '../../../src/commands/interrupts.ts';

function start() {
  const err = new PassThrough();
  const ended: number[] = [];
  const interrupts = createInterrupts(err, (code) => ended.push(code));
  return { ...interrupts, ended, said: () => String(err.read() ?? '') };
}

it('promises to finish the running steps only where steps run', () => {
  const idle = start();
  idle.interrupt();
  expect([idle.signal.aborted, idle.said()]).toEqual([true, '\nInterrupted.\n']);

  const busy = start();
  busy.underway({ cutShort: () => expect.unreachable() });
  busy.interrupt();
  expect(busy.said()).toBe('\nInterrupted: finishing the running steps. Once more stops at once.\n');
  expect(busy.ended).toEqual([]);

  const done = start();
  done.underway({ cutShort: () => expect.unreachable() });
  done.underway(undefined);
  done.interrupt();
  expect(done.said()).toBe('\nInterrupted.\n');
});

it('says what is known of the hosts before the second interrupt ends it with 130', () => {
  const { underway, interrupt, ended } = start();
  const order: string[] = [];
  underway({ cutShort: () => order.push(`summary, ended ${ended.length} times`) });
  interrupt();
  expect(order).toEqual([]);
  interrupt();
  expect([order, ended]).toEqual([['summary, ended 0 times'], [130]]);
});
