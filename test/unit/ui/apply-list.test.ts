import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApplyEvent } from '../../../src/rollout/events.ts';
import { createApplyView } from '../../../src/ui/apply/apply-view.ts';
import type { ApplyView } from '../../../src/ui/apply/view.ts';

class Sink extends Writable {
  text = '';
  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk);
    done();
  }

  /** The lines of the last frame. */
  get frame(): string[] {
    const frames = this.text.split('\u001b[?2026h').map((text) => stripVTControlCharacters(text).trimEnd());
    return (frames.filter((text) => text !== '').at(-1) ?? '').split('\n');
  }
}

async function open(columns = 80): Promise<{ view: ApplyView; sink: Sink }> {
  const sink = new Sink();
  const rest = { inventoryPath: 'i.yaml', verbose: false, colour: true, unicode: false, columns, rows: 24 };
  return { sink, view: await createApplyView('terminal', { out: sink, ...rest }) };
}

const HOSTS: ApplyEvent = {
  event: 'hosts',
  hosts: [
    { host: 'web/lb1', cluster: 'web' },
    { host: 'web/lb2', cluster: 'web' },
  ],
};
const about = { host: 'web/lb2', task: 't', action: 'reload', target: 'service keepalived' };
const PLANNED: readonly ApplyEvent[] = [
  { event: 'connect', host: 'web/lb1' },
  { event: 'connect', host: 'web/lb2' },
  { event: 'planned', host: 'web/lb1', changes: 0 },
  { event: 'planned', host: 'web/lb2', changes: 2 },
];
const ACTIVATED: readonly ApplyEvent[] = [
  { event: 'move-start', cluster: 'web', hosts: ['web/lb2'], kind: 'one' },
  { event: 'armed', host: 'web/lb2', seconds: 60 },
  { event: 'phase-start', host: 'web/lb2', phase: 'activate' },
  { event: 'change-start', ...about },
  { event: 'change-end', ...about, ok: true, ms: 100 },
  { event: 'phase-end', host: 'web/lb2', phase: 'activate' },
];

async function show(view: ApplyView, events: readonly ApplyEvent[]): Promise<void> {
  for (const event of events) view.emit(event);
  await vi.advanceTimersByTimeAsync(200);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(0);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the list of tasks on a terminal', () => {
  it('has a host without changes as done, and the others as waiting for their turn', async () => {
    const { view, sink } = await open();
    await show(view, [HOSTS, ...PLANNED]);
    expect(sink.frame).toEqual(['> web', '  + lb1  no changes', '  - lb2  waiting for its turn, 2 changes planned']);
    view.close();
  });

  it('shows the step under way, and how long it takes', async () => {
    const { view, sink } = await open();
    await show(view, [HOSTS, ...PLANNED, ...ACTIVATED.slice(0, 4)]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(sink.frame[2]).toMatch(/^ {2}[-\\|/] lb2 {2}activate 0\/2 {2}3s$/);
    expect(sink.frame[3]).toBe('    > reload service keepalived');
    view.close();
  });

  it('says of a host that was activated that it is in its gates, and which one passed', async () => {
    const { view, sink } = await open();
    await show(view, [HOSTS, ...PLANNED, ...ACTIVATED]);
    expect(sink.frame[2]).toMatch(/lb2 {2}gates 1\/2 {2}0s$/);
    expect(sink.frame[3]).toBe('    > waits for its gates');
    await show(view, [{ event: 'gate', cluster: 'web', gate: 'one host for each VIP', ok: true, detail: 'lb1' }]);
    expect(sink.frame[3]).toBe('    > gate one host for each VIP ok lb1');
    view.close();
  });

  it('stays on the screen when the run ends, with what became of each host', async () => {
    const { view, sink } = await open();
    const error = { message: 'permission denied', action: 'connect' };
    const lb1 = { status: 'unreachable', cluster: 'web', changes: 0, error } as const;
    const lb2 = { status: 'changed', cluster: 'web', changes: 2 } as const;
    const vips = [{ cluster: 'web', instance: 'VI_1', vip: '10.0.0.100', holders: ['web/lb2'], unseen: [] }];
    await show(view, [HOSTS, ...PLANNED, ...ACTIVATED]);
    await show(view, [
      { event: 'gate', cluster: 'web', host: 'web/lb2', gate: 'checks', ok: true, detail: '' },
      { event: 'host-end', host: 'web/lb1', ...lb1 },
      { event: 'host-end', host: 'web/lb2', ...lb2 },
      { event: 'summary', hosts: { 'web/lb1': lb1, 'web/lb2': lb2 }, vips, ms: 1000 },
    ]);
    const text = stripVTControlCharacters(sink.text);
    expect(text).toContain(
      '\n  x lb1  unreachable: connect: permission denied\n  + lb2  2 changes, 1 gate passed  0.2s\n',
    );
    expect(text.match(/permission denied/g)).toHaveLength(2);
    expect(text).not.toContain('CHANGED');
    expect(text.trimEnd().split('\n').at(-1)).toContain('Next: ');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never has a line that would wrap', async () => {
    const { view, sink } = await open(40);
    const reason = 'apt lock, held by pid 812 of unattended-upgrades since this morning';
    await show(view, [HOSTS, ...PLANNED, ...ACTIVATED.slice(0, 4), { event: 'waiting', host: 'web/lb2', reason }]);
    expect(Math.max(...sink.frame.map((line) => line.length))).toBeLessThan(40);
    expect(sink.frame.at(-1)).toContain('...');
    view.close();
  });
});
