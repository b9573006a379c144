import { describe, expect, it } from 'vitest';
import type { ApplyEvent, HostOutcome } from '../../../src/rollout/events.ts';
import { eventLine } from '../../../src/ui/apply/event-lines.ts';
import { Fleet } from '../../../src/ui/apply/fleet.ts';
import { fleetScreen } from '../../../src/ui/apply/fleet-screen.ts';
import { renderSummary } from '../../../src/ui/apply/summary.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const style = createStyle({ colour: false, unicode: false });
const line = (event: ApplyEvent, verbose = false): string | undefined => eventLine(event, undefined, style, verbose);
const FAILED: HostOutcome = {
  status: 'failed',
  cluster: 'web',
  changes: 3,
  error: { host: 'lb1', action: 'verify the checks', message: 'the check check_nginx fails', evidence: 'refused' },
  putBack: true,
};

describe('the events of a rollout, as lines', () => {
  it('tell what goes together always, and who goes alone with --verbose', () => {
    const move = { event: 'move-start', cluster: 'web', hosts: ['lb1', 'lb2'] } as const;
    expect(line({ ...move, kind: 'together' })).toBe('web activate lb1, lb2 at once: their peers notice it');
    expect(line({ ...move, kind: 'start' })).toBe('web activate lb1, lb2 at once: nothing is served yet');
    expect(line({ ...move, hosts: ['lb1'], kind: 'one' })).toBeUndefined();
    expect(line({ ...move, hosts: ['lb1'], kind: 'one' }, true)).toBe('web activate lb1 alone');
  });

  it('tell of the switch with --verbose, and always that an old state came back', () => {
    const armed = { event: 'armed', host: 'lb1', seconds: 60 } as const;
    expect(line(armed)).toBeUndefined();
    expect(line(armed, true)).toBe('lb1 armed: its old state comes back in 1m00s unless the new one is confirmed');
    expect(line({ event: 'confirmed', host: 'lb1' }, true)).toBe('lb1 confirmed: the new state stays');
    expect(line({ event: 'put-back', host: 'lb1', ok: true, detail: '3 changes' })).toBe('lb1 REVERTED 3 changes');
    expect(line({ event: 'put-back', host: 'lb1', ok: false, detail: 'no space' })).toBe('lb1 REVERT FAILED no space');
  });

  it('tell of a failed host that its old state is in place', () => {
    expect(line({ event: 'host-end', host: 'lb1', ...FAILED })).toBe(
      'lb1 FAILED verify the checks: the check check_nginx fails; reverted; the previous configuration is running',
    );
  });
});

describe('the summary of a host that was put back', () => {
  it('says so between the evidence and the next step, and not of one that was not', () => {
    const { putBack: _, ...left } = FAILED;
    const summary = { event: 'summary', hosts: { lb1: FAILED, lb2: left }, vips: [], ms: 1 } as const;
    const text = renderSummary(summary, style, 'i.yaml');
    expect(text).toContain(
      '             | refused\n             reverted; the previous configuration is running\nFAILED       lb2',
    );
    expect(text.match(/reverted/g)).toHaveLength(1);
  });
});

describe('the live region of a rollout', () => {
  const events: readonly ApplyEvent[] = [
    {
      event: 'hosts',
      hosts: [
        { host: 'lb1', cluster: 'web' },
        { host: 'lb2', cluster: 'web' },
      ],
    },
    { event: 'move-start', cluster: 'web', hosts: ['lb2'], kind: 'one' },
    { event: 'phase-start', host: 'lb2', phase: 'activate' },
    { event: 'phase-end', host: 'lb2', phase: 'activate' },
    { event: 'phase-start', host: 'lb2', phase: 'verify' },
    { event: 'move-start', cluster: 'web', hosts: ['lb1', 'lb2'], kind: 'together' },
    { event: 'armed', host: 'lb2', seconds: 60 },
    { event: 'phase-start', host: 'lb2', phase: 'activate' },
    { event: 'change-start', host: 'lb2', task: 't', action: 'reload', target: 'service keepalived' },
  ];
  const fleetAfter = (count: number): Fleet => {
    const fleet = new Fleet();
    for (const event of events.slice(0, count)) fleet.apply(event, 0);
    return fleet;
  };
  const activate = (fleet: Fleet): string =>
    fleetScreen(fleet, 2000, style, { columns: 80, rows: 24 }).find((row) => row.startsWith('activate')) ?? '';

  it('says how far the waves are', () => {
    expect(activate(fleetAfter(1))).not.toContain('wave');
    expect(activate(fleetAfter(3))).toMatch(/ 0\/2 .* wave 1$/);
    expect(activate(fleetAfter(5))).toMatch(/ 1\/2 .* wave 1$/);
  });

  it('takes a host that comes back for a second move as one that is at work', () => {
    expect(activate(fleetAfter(9))).toMatch(/ 0\/2 .* wave 2$/);
  });

  it('tells what an armed host will do by itself, when the run is cut short', () => {
    expect(fleetAfter(9).interrupted(1).hosts['lb2']?.error?.next).toBe(
      'its old state comes back by itself within 60 s; after that, run the same command again: it goes on where this one stopped',
    );
    const calm = fleetAfter(9);
    calm.apply({ event: 'confirmed', host: 'lb2' }, 0);
    expect(calm.interrupted(1).hosts['lb2']?.error?.next).not.toContain('by itself');
  });
});
