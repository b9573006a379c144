import { describe, expect, it } from 'vitest';
import type { MaintenanceFact } from '../../../../src/facts/state/maintenance.ts';
import { judgeKept } from '../../../../src/operate/doctor/checks/units.ts';
import { pair } from './support.ts';

const [host] = pair().hosts;
if (host === undefined) throw new Error('a cluster has hosts');
const STOPPED = { load: 'loaded', active: 'inactive', enabled: 'enabled', mainPid: 0, needDaemonReload: false };
const KEPT: MaintenanceFact = { who: 'ada@ops', since: '2026-11-22T14:03:05Z', reason: '', kind: 'maintenance' };
const judge = (active: string, maintenance: MaintenanceFact | null) =>
  judgeKept({ host, facts: { unit: { ...STOPPED, active }, maintenance } });

describe('a stopped keepalived', () => {
  it('is a fault, unless somebody keeps the host standby', () => {
    expect(judge('inactive', null)).toMatchObject([{ status: 'fail' }]);
    expect(judge('inactive', KEPT)).toMatchObject([
      { status: 'warn', evidence: 'it is in maintenance since 2026-11-22 14:03 UTC by ada@ops' },
    ]);
  });

  it('that runs in spite of that is one', () => {
    expect(judge('active', KEPT)).toMatchObject([{ status: 'fail' }]);
    expect(judge('active', null)).toMatchObject([{ status: 'ok' }]);
  });
});
