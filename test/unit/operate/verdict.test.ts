import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/inventory/model.ts';
import type { HostStatus, MemberInstance, SeenHost } from '../../../src/operate/status/model.ts';
import { judgeCluster } from '../../../src/operate/status/verdict.ts';
import { NO_GUARD } from '../facts/no-guard.ts';
import { clusterWith } from '../tasks/support.ts';
import { NAME, seenHost, VIP } from './seen-host.ts';

const CLUSTER: Cluster = clusterWith();
const [first, second] = CLUSTER.hosts;

const member = (state: MemberInstance['state']): MemberInstance => ({ state, effectivePriority: 100 });

function seen(state: MemberInstance['state'], more: Partial<SeenHost> = {}): SeenHost {
  return seenHost(member(state), more);
}

const UNREACHABLE: HostStatus = { reachable: false, error: { message: 'no route to host' } };

function judge(one: HostStatus, other: HostStatus) {
  return judgeCluster(CLUSTER, { [first?.id ?? '']: one, [second?.id ?? '']: other });
}

describe('a cluster', () => {
  it('of one master and one backup is ok', () => {
    expect(judge(seen('MASTER'), seen('BACKUP'))).toMatchObject({ verdict: 'ok', reasons: [] });
  });

  it('is ok while its files differ from the inventory: drift is told, and serves', () => {
    expect(judge(seen('MASTER', { drift: 3 }), seen('BACKUP')).verdict).toBe('ok');
  });

  it('with a VIP on two hosts has a split brain, whatever else is wrong', () => {
    const status = judge(seen('MASTER', { service: 'failed' }), seen('MASTER'));
    expect(status.verdict).toBe('split-brain');
    expect(status.reasons[0]).toBe(`${NAME} ${VIP} is on lb1 and lb2: they do not hear each other`);
    expect(status.instances[NAME]?.holders).toEqual(['lb1', 'lb2']);
  });

  it('with a VIP on no host has no master, and says which check fails where one does', () => {
    const checks = [{ name: 'check_nginx', status: 'bad' }] as const;
    const fault = seen('FAULT', { checks });
    const status = judge(fault, fault);
    expect(status.verdict).toBe('no-master');
    expect(status.reasons).toEqual([
      `${NAME} ${VIP} is on no host`,
      `lb1: ${NAME} is in FAULT, since check_nginx fails`,
      `lb2: ${NAME} is in FAULT, since check_nginx fails`,
    ]);
  });

  it('is unknown where a host that could not be asked may have the VIP', () => {
    const status = judge(UNREACHABLE, seen('BACKUP'));
    expect(status.verdict).toBe('unknown');
    expect(status.reasons).toContain('lb1: no route to host');
  });

  it('is unknown where the other host could not be asked, though the VIP is seen', () => {
    expect(judge(seen('MASTER'), UNREACHABLE).verdict).toBe('unknown');
  });

  it.each<[string, SeenHost, string]>([
    ['keepalived stopped', seen('BACKUP', { keepalived: 'inactive', instances: null }), 'keepalived is inactive'],
    ['the service down', seen('BACKUP', { service: 'failed' }), 'is failed'],
    ['a fault', seen('FAULT'), 'is in FAULT'],
    ['an instance that keepalived does not know', seen('BACKUP', { instances: {} }), 'does not know'],
    ['its VIP though it is backup', seen('BACKUP', { instances: { [NAME]: member('INIT') } }), 'is INIT'],
    [
      'a change that did not come back whole',
      seen('BACKUP', {
        guard: {
          ...NO_GUARD,
          putBack: {
            run: 'r1',
            who: 'alice@ops',
            at: '2026-01-01T00:00:00Z',
            reason: 'nobody confirmed it',
            ok: false,
          },
        },
      }),
      'not all of r1 of alice@ops came back: nobody confirmed it',
    ],
  ])('with %s on its standby is degraded', (_, standby, reason) => {
    const status = judge(seen('MASTER'), standby);
    expect(status.verdict).toBe('degraded');
    expect(status.reasons[0]).toContain(reason);
  });

  it('is unknown where keepalived did not tell its state', () => {
    const mute = seen('BACKUP', { instances: null, cannotSee: ['keepalived did not tell its state: timed out'] });
    expect(judge(seen('MASTER'), mute)).toMatchObject({
      verdict: 'unknown',
      reasons: ['lb2: keepalived did not tell its state: timed out'],
    });
  });

  it('is ok only when exactly one host holds each VIP, whatever the hosts say', () => {
    const state = fc.constantFrom<MemberInstance['state']>('MASTER', 'BACKUP', 'FAULT', 'INIT', 'STOP');
    const host = fc.oneof(
      fc.constant(UNREACHABLE),
      fc.tuple(state, fc.boolean()).map(([one, has]): HostStatus => seen(one, { holds: has ? [VIP] : [] })),
    );
    fc.assert(
      fc.property(host, host, (one, other) => {
        const status = judge(one, other);
        const holders = [one, other].filter((each) => each.reachable && each.holds.includes(VIP)).length;
        if (holders === 2) expect(status.verdict).toBe('split-brain');
        if (status.verdict === 'ok') expect([holders, one.reachable && other.reachable]).toEqual([1, true]);
        expect(status.reasons.length === 0).toBe(status.verdict === 'ok');
      }),
    );
  });
});
