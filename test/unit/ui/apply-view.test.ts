import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApplyView } from '../../../src/ui/apply/apply-view.ts';
import { Fleet } from '../../../src/ui/apply/fleet.ts';
import { fleetScreen } from '../../../src/ui/apply/fleet-screen.ts';
import type { ApplyView, ApplyViewOptions } from '../../../src/ui/apply/view.ts';
import type { OutputChoice } from '../../../src/ui/terminal/output.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { columnsOf } from '../../../src/ui/terminal/text.ts';
import { recordedRun } from '../../support/recorded-run.ts';

class Sink extends Writable {
  text = '';
  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

function open(
  kind: OutputChoice['kind'],
  more: Partial<ApplyViewOptions> = {},
): Promise<{ view: ApplyView; sink: Sink }> {
  const sink = new Sink();
  const options = {
    out: sink,
    inventoryPath: 'i.yaml',
    verbose: false,
    colour: kind === 'terminal',
    columns: 80,
    rows: 24,
    ...more,
  };
  return createApplyView(kind, options).then((view) => ({ view, sink }));
}

async function play(view: ApplyView, hosts: number, until = Number.POSITIVE_INFINITY): Promise<void> {
  const start = Date.now();
  for (const { at, event } of recordedRun(hosts)) {
    if (at > until) return;
    await vi.advanceTimersByTimeAsync(Math.max(0, at - (Date.now() - start)));
    view.emit(event);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(0);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the live view', () => {
  it('keeps 200 hosts within the terminal, at every moment', () => {
    const style = createStyle({ colour: false });
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 40, rows: 8 },
      { columns: 200, rows: 60 },
    ]) {
      const fleet = new Fleet();
      for (const { at, event } of recordedRun(200)) {
        fleet.apply(event, at);
        const lines = fleetScreen(fleet, at, style, size);
        expect(lines.length).toBeLessThanOrEqual(Math.min(10, size.rows - 2));
        expect(Math.max(...lines.map(columnsOf))).toBeLessThan(size.columns);
      }
    }
  });

  it('shows stages, what the many are at, what is slow, and how many ended how', () => {
    const fleet = new Fleet();
    for (const { at, event } of recordedRun(200)) if (at <= 13_000) fleet.apply(event, at);
    expect(
      fleetScreen(fleet, 13_000, createStyle({ colour: false, unicode: false }), { columns: 80, rows: 24 }),
    ).toEqual([
      'plan      #############...............   99/200   00:13',
      'prepare   ######......................   48/199   00:12',
      'activate  ######......................   46/197   00:07 wave 2',
      'verify    ######......................   46/197   00:05',
      'now       31 x install package keepalived, 18 x install package nginx, +1',
      'slow      eu-17/lb2 install package keepalived (apt lock, held by pid 812) 12s',
      'hosts     1 failed, 1 unreachable, 1 untouched, 46 changed, 151 to go',
    ]);
  });

  it('draws at most ten frames a second, in few bytes, and gives the cursor back', async () => {
    const { view, sink } = await open('terminal');
    await play(view, 200);
    view.close();
    const frames = sink.text.split('\u001b[?2026h').length - 1;
    const seconds = Date.now() / 1000;
    expect(frames).toBeLessThanOrEqual(seconds * 10 + 2);
    expect(sink.text.length / frames).toBeLessThan(1500);
    expect(sink.text.startsWith('\u001b[?25l')).toBe(true);
    expect(sink.text.endsWith('\u001b[?25h')).toBe(true);
    expect(stripVTControlCharacters(sink.text)).toContain(
      'APPLY 0 ok, 195 changed, 1 failed, 3 unreachable, 1 untouched',
    );
  });

  it('tells a failure at once, above the region', async () => {
    const { view, sink } = await open('terminal');
    await play(view, 200, 10_000);
    await vi.advanceTimersByTimeAsync(100);
    expect(stripVTControlCharacters(sink.text)).toContain(
      "eu-09/lb2 FAILED keepalived --config-test: line 12: unknown keyword 'log_level'\n",
    );
    view.close();
  });

  it('gives the cursor back and accounts for every host when it is cut short', async () => {
    const { view, sink } = await open('terminal');
    await play(view, 2, 1000);
    view.close();
    const text = stripVTControlCharacters(sink.text);
    expect(text).toContain('FAILED       lb1  install package keepalived: the run was cut short\n');
    expect(text).toContain('APPLY 0 ok, 0 changed, 2 failed, 0 unreachable, 0 untouched');
    expect(sink.text.endsWith('\u001b[?25h')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells of a host that was armed, and of the step it was in, what it will do by itself', async () => {
    const { view, sink } = await open('plain');
    const step = { host: 'lb1', task: 'serve', action: 'restart', target: 'service nginx' } as const;
    view.emit({ event: 'hosts', hosts: ['lb1', 'lb2', 'lb3'].map((host) => ({ host, cluster: 'web' })) });
    view.emit({ event: 'armed', host: 'lb1', seconds: 90 });
    view.emit({ event: 'change-start', ...step });
    view.emit({ event: 'armed', host: 'lb2', seconds: 90 });
    view.close();
    const next =
      'Fix: its old state comes back by itself within 90 s; after that, run the same command\n                  again: it goes on where this one stopped\n';
    expect(sink.text).toContain('FAILED       lb1  restart service nginx: the run was cut short\n');
    expect(sink.text).toContain(`FAILED       lb2  the run was cut short\n             ${next}`);
    expect(sink.text.split(next)).toHaveLength(3);
    expect(sink.text).toContain('UNTOUCHED    lb3: the run was cut short;');
    expect(sink.text).toContain('APPLY 0 ok, 0 changed, 2 failed, 0 unreachable, 1 untouched');
  });

  it('steps aside for a prompt, and comes back with the next event', async () => {
    const { view, sink } = await open('terminal');
    await play(view, 2, 430);
    view.suspend();
    expect(sink.text.endsWith('\u001b[?25h')).toBe(true);
    const before = sink.text.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sink.text.length).toBe(before);
    view.emit({ event: 'phase-start', host: 'lb1', phase: 'prepare' });
    await vi.advanceTimersByTimeAsync(100);
    expect(stripVTControlCharacters(sink.text.slice(before))).toContain('prepare ');
    view.close();
  });

  it('is silent about hosts when it ends before anything was changed', async () => {
    for (const kind of ['terminal', 'plain'] as const) {
      const { view, sink } = await open(kind);
      await play(view, 2, 390);
      view.suspend();
      view.close();
      expect(sink.text).not.toContain('APPLY');
    }
  });

  it('leaves no listener on the process', async () => {
    const before = process.listenerCount('exit');
    const { view } = await open('terminal');
    view.close();
    view.close();
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('plain lines', () => {
  it('are one line per event that matters, with nothing that moves a cursor', async () => {
    const { view, sink } = await open('plain');
    await play(view, 2);
    view.close();
    const lines = sink.text.split('\n');
    expect(lines).toContain('lb1 plan 6 changes');
    expect(lines).toContain('lb1 prepare install package keepalived ok 2.5s');
    expect(lines).toContain('lb2 activate start service keepalived ok 0.9s');
    expect(lines).toContain('lb2 changed 6 changes');
    expect(sink.text).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(sink.text.match(/^APPLY /gm)).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('mention a long silent step every 15 seconds', async () => {
    const { view, sink } = await open('plain');
    await play(view, 2, 450);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(sink.text.match(/^lb1 prepare still waiting \d+s: install package keepalived$/gm)).toHaveLength(2);
    view.close();
  });

  it('mention five of 200 silent hosts by name and the rest by number', async () => {
    const { view, sink } = await open('plain');
    const hosts = Array.from({ length: 200 }, (_, index) => ({ host: `h${index}`, cluster: 'c' }));
    view.emit({ event: 'hosts', hosts });
    for (const { host } of hosts) view.emit({ event: 'connect', host });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(sink.text.match(/still waiting/g)).toHaveLength(6);
    expect(sink.text).toContain('195 more hosts still waiting\n');
    view.close();
  });
});

describe('JSON lines', () => {
  it('begin with the version, end with the summary, and each has its time first', async () => {
    const { view, sink } = await open('json');
    await play(view, 200);
    view.emit({ event: 'connect', host: 'late' });
    view.close();
    const lines = sink.text.trimEnd().split('\n');
    expect(lines.every((line) => line.startsWith('{"time":"1970-01-01T00:'))).toBe(true);
    const events = lines.map((line): unknown => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: 'version', format: 1, haprov: '0.1.0' });
    expect(events.at(-1)).toMatchObject({
      event: 'summary',
      hosts: {
        'eu-01/lb1': { status: 'changed', changes: 6, error: null },
        'eu-09/lb2': { status: 'failed', changes: 3, error: { message: "line 12: unknown keyword 'log_level'" } },
      },
    });
  });

  it('end with a summary of what is known when the run is cut short', async () => {
    const { view, sink } = await open('json');
    await play(view, 20, 200);
    view.close();
    const last: unknown = JSON.parse(sink.text.trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({
      event: 'summary',
      hosts: { 'eu-01/lb1': { status: 'untouched', changes: 0, error: { message: 'the run was cut short' } } },
    });
  });
});
