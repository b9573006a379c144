import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/model.ts';
import type { HostStatus, SeenHost } from '../../../src/operate/status/model.ts';
import { judgeCluster } from '../../../src/operate/status/verdict.ts';
import { statusJson } from '../../../src/ui/status/status-json.ts';
import { renderStatus } from '../../../src/ui/status/status-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { seenHost, VIP } from '../operate/seen-host.ts';
import { clusterWith } from '../tasks/support.ts';

const CLUSTER = clusterWith();
const INVENTORY: Inventory = { file: 'inventory.yaml', directory: '/', forks: 1, clusters: [CLUSTER] };
const plain = createStyle({ colour: false });

function host(state: 'MASTER' | 'BACKUP', more: Partial<SeenHost> = {}): SeenHost {
  return seenHost({ state, effectivePriority: state === 'MASTER' ? 150 : 80, since: 90_000 }, more);
}

const shown = (lb1: HostStatus, lb2: HostStatus): string =>
  renderStatus([judgeCluster(CLUSTER, { lb1, lb2 })], INVENTORY, plain);

describe('the status screen', () => {
  it('has a whole row for each VIP on each host, and the counts last', () => {
    expect(shown(host('MASTER'), host('BACKUP'))).toBe(
      [
        'CLUSTER  INSTANCE  VIP            HOST  STATE   PRIO    SERVICE  DRIFT  SINCE',
        'web      VI_1      192.168.1.100  lb1   MASTER  150     up       0      1d',
        'web      VI_1      192.168.1.100  lb2   BACKUP  100>80  up       0      1d',
        'PRIO 120>100: 120 is configured, 100 is the priority now, after failed checks or weights',
        'STATUS 1 ok, 0 degraded, 0 no-master, 0 split-brain, 0 unknown',
        '',
      ].join('\n'),
    );
  });

  it('says of a cluster that is not ok why, and where', () => {
    const text = shown(host('MASTER'), host('MASTER'));
    expect(text).toContain('SPLIT-BRAIN web: VI_1 192.168.1.100 is on lb1 and lb2: they do not hear each other\n');
    expect(text).toContain('STATUS 0 ok, 0 degraded, 0 no-master, 1 split-brain, 0 unknown');
  });

  it('names the next command: the doctor where something is wrong, a plan where hosts drifted', () => {
    expect(shown(host('MASTER'), host('MASTER'))).toContain('\nNext: haprov doctor inventory.yaml\nSTATUS ');
    const drifted = shown(host('MASTER'), host('BACKUP', { drift: 2 }));
    expect(drifted).toContain(
      '\nDRIFT: changes that an apply would make\nNext: haprov plan inventory.yaml\nSTATUS 1 ok',
    );
    expect(shown(host('MASTER'), host('BACKUP'))).not.toContain('Next:');
  });

  it('colours the counts by the worst verdict, and rows that would not do at a failover', () => {
    const style = createStyle({ colour: true });
    const lines = (lb2: HostStatus): string[] =>
      renderStatus([judgeCluster(CLUSTER, { lb1: host('MASTER'), lb2 })], INVENTORY, style).split('\n');
    const colour = (text: string | undefined): string | undefined => text?.split('\u001b[')[1]?.split('m')[0];
    const fault = host('BACKUP', { instances: { VI_1: { state: 'FAULT', effectivePriority: 100 } } });
    expect(colour(lines(host('BACKUP')).at(-2))).toBe('32');
    expect(colour(lines(fault)[2])).toBe('33');
    expect(colour(lines(fault).at(-2))).toBe('33');
    expect(colour(lines(host('MASTER')).at(-2))).toBe('31');
  });

  it('leaves the last column out on a terminal that is too narrow for it, and nowhere else', () => {
    const hosts = { lb1: host('MASTER'), lb2: { reachable: false, error: { message: 'timeout' } } } as const;
    const lines = (terminal: boolean): string[] =>
      renderStatus(
        [judgeCluster(CLUSTER, hosts)],
        INVENTORY,
        createStyle({ colour: false, columns: 79, terminal }),
      ).split('\n');
    expect(lines(false)[0]).toMatch(/DRIFT {2}SINCE$/);
    expect(lines(true)[0]).toMatch(/SERVICE {2}DRIFT$/);
    expect(Math.max(...lines(true).map((line) => line.length))).toBeLessThanOrEqual(79);
  });

  it('keeps a host that could not be asked in its place', () => {
    const text = shown({ reachable: false, error: { message: 'timeout\nafter \u001b[31m10 s' } }, host('MASTER'));
    expect(text).toMatch(/^web +VI_1 +192\.168\.1\.100 +lb1 +unreachable +150 +- +- +-$/m);
    expect(text).toContain('UNKNOWN web: lb1: timeout after \\x1b[31m10 s');
  });

  it('lets no state that a host reports act on the terminal or begin a line', () => {
    const lying = host('BACKUP', {
      keepalived: 'x\u001b]0;owned\u0007\nweb VI_1 ok',
      instances: null,
      service: '\u009b2J',
    });
    const text = shown(host('MASTER'), lying);
    expect(text).toMatch(/lb2 +x\\x1b\]0;owned\\x07 web VI_1 ok +100 +\\x9b2J/);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('shows what keepalived is where it has no state, and ? for a drift that is not known', () => {
    const down = host('BACKUP', { keepalived: 'failed', instances: null, drift: null, service: 'inactive' });
    expect(shown(host('MASTER'), down)).toMatch(/lb2 +failed +100 +inactive +\? +-$/m);
  });
});

describe('the status as JSON', () => {
  it('has the fields of the contract', () => {
    const unreachable: HostStatus = { reachable: false, error: { message: 'no route' } };
    const json = statusJson([judgeCluster(CLUSTER, { lb1: host('MASTER'), lb2: unreachable })], INVENTORY);
    expect(json.clusters['web']).toMatchObject({
      verdict: 'unknown',
      instances: { VI_1: { vips: [VIP], holders: ['lb1'] } },
      hosts: {
        lb1: { reachable: true, keepalived: 'active', state: 'MASTER', priority: 150, service: 'active', error: null },
        lb2: { reachable: false, keepalived: null, state: null, priority: 100, error: { message: 'no route' } },
      },
    });
  });
});
