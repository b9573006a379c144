import { describe, expect, it } from 'vitest';
import type { HostOutcome } from '../../../src/rollout/events.ts';
import type { SummaryEvent } from '../../../src/ui/apply/summary.ts';
import { renderSummary } from '../../../src/ui/apply/summary.ts';
import type { Verb } from '../../../src/ui/plan/verb.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { recordedRun } from '../../support/recorded-run.ts';

const style = createStyle({ colour: false });

function summary(hosts: Record<string, HostOutcome>, vips: SummaryEvent['vips'] = []): SummaryEvent {
  return { event: 'summary', hosts, vips, ms: 400 };
}

describe('the summary of an apply', () => {
  it('says plainly that a second run changed nothing', () => {
    const ok = { status: 'ok', cluster: 'web', changes: 0 } as const;
    expect(renderSummary(summary({ lb1: ok, lb2: ok }), style, 'i.yaml')).toBe(
      'OK           lb1\nOK           lb2\nAPPLY 0 changes on 2 hosts in 0.4s\n',
    );
  });

  it('speaks of the verb at hand, and repeats its command where something is left', () => {
    const changed = { status: 'changed', cluster: 'web', changes: 2 } as const;
    const failed = { status: 'failed', cluster: 'web', changes: 0, error: { message: 'no space left' } } as const;
    const ending = (verb: Verb, host: HostOutcome, again?: string): string[] => {
      const options = { verb, ...(again === undefined ? {} : { again }) };
      return renderSummary(summary({ lb1: host }), style, 'i.yaml', options)
        .trimEnd()
        .split('\n')
        .slice(1);
    };
    const counts = '0 ok, 1 changed, 0 failed, 0 unreachable, 0 untouched in 0.4s';
    expect(ending('apply', changed)).toEqual([`APPLY ${counts}`, 'Next: haprov plan i.yaml']);
    expect(ending('rollback', changed)).toEqual([`ROLLBACK ${counts}`, 'Next: haprov status i.yaml']);
    expect(ending('remove', changed)).toEqual([`REMOVE ${counts}`]);
    expect(ending('rollback', failed, 'haprov rollback i.yaml --undo r1').at(-1)).toBe(
      'Next: fix the errors above, then run: haprov rollback i.yaml --undo r1 --limit web',
    );
    expect(ending('remove', failed).at(-1)).toMatch(/then run: haprov remove i\.yaml --limit web$/);
  });

  it('puts failures first and by name, with cause and next step, and counts the many that are fine', () => {
    const last = recordedRun(200).at(-1)?.event;
    if (last?.event !== 'summary') throw new Error('a recorded run ends with its summary');
    expect(renderSummary(last, style, 'prod.yaml')).toBe(
      `FAILED       eu-09/lb2  keepalived --config-test: line 12: unknown keyword 'log_level'
             | (/etc/keepalived/keepalived.conf: Line 12) Unknown keyword 'log_level'
             Fix: take log_level out of keepalived.global_defs; the old file is still in place
UNREACHABLE  eu-03/lb2  connect: timeout after 10s behind bastion.example.com
UNREACHABLE  us-37/lb1  connect: timeout after 10s behind bastion.example.com
UNREACHABLE  ap-70/lb2  connect: timeout after 10s behind bastion.example.com
             Fix: check that the host is on
UNTOUCHED    eu-09/lb1: its partner eu-09/lb2 is not safe
VIP          100 of 100 are held by exactly one host
APPLY 0 ok, 195 changed, 1 failed, 3 unreachable, 1 untouched in ${(last.ms / 1000).toFixed(1)}s
Next: fix the errors above, then run: haprov apply prod.yaml --limit eu-03,eu-09,us-37,ap-70
`,
    );
  });

  it('shouts when a VIP has no holder, or two', () => {
    const changed = { status: 'changed', cluster: 'web', changes: 1 } as const;
    const vips = [
      { cluster: 'web', instance: 'VI_1', vip: '192.168.1.100', unseen: [], holders: ['lb1', 'lb2'] },
      { cluster: 'web', instance: 'VI_2', vip: '192.168.1.101', unseen: [], holders: [] },
      { cluster: 'web', instance: 'VI_3', vip: '192.168.1.102', unseen: ['lb1'], holders: ['lb2'] },
      { cluster: 'web', instance: 'VI_4', vip: '192.168.1.103', unseen: ['lb2'], holders: [] },
    ];
    const text = renderSummary(summary({ lb1: changed }, vips), style, 'i.yaml');
    expect(text).toContain('VIP          web/VI_1 192.168.1.100 SPLIT BRAIN: on lb1 and lb2\n');
    expect(text).toContain('VIP          web/VI_2 192.168.1.101 NO MASTER: on none of the hosts that were asked\n');
    expect(text).toContain('VIP          web/VI_3 192.168.1.102 on lb2\n');
    expect(text).toContain('VIP          web/VI_4 192.168.1.103 not seen: lb2 not asked\n');
  });

  it('never shows a failure of 0 changes as nothing to do', () => {
    const failed = {
      status: 'failed',
      cluster: 'web',
      changes: 0,
      error: { message: 'no space left on device' },
    } as const;
    const text = renderSummary(summary({ lb1: failed }), style, 'i.yaml');
    expect(text).toContain('APPLY 0 ok, 0 changed, 1 failed, 0 unreachable, 0 untouched in 0.4s\n');
    expect(text).not.toContain('APPLY 0 changes');
  });

  it('makes what a host said safe for the terminal and masks it', () => {
    const error = { message: 'bad \u001b[2J hunter2\nsecond line', evidence: 'x\u0007hunter2' };
    const failed = { status: 'failed', cluster: 'web', changes: 0, error } as const;
    const redact = (text: string) => text.replaceAll('hunter2', '********');
    const text = renderSummary(summary({ lb1: failed }), createStyle({ colour: false, redact }), 'i.yaml');
    expect(text).toContain('FAILED       lb1  bad \\x1b[2J ******** second line\n             | x\\x07********\n');
  });
});
