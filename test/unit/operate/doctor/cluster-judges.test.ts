import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunningVrrp } from '../../../../src/facts/keepalived/running-vrrp.ts';
import { judgeMatter, judgePeers, judgePriorities, MATTERS } from '../../../../src/operate/doctor/checks/agreement.ts';
import { type ClockOffset, judgeClocks } from '../../../../src/operate/doctor/checks/clock.ts';
import {
  judgeAddresses,
  judgeOneMaster,
  judgeSomeMaster,
  type Standing,
} from '../../../../src/operate/doctor/checks/election.ts';
import { judgeFailover } from '../../../../src/operate/doctor/checks/failover.ts';
import { judgeLoaded } from '../../../../src/operate/doctor/checks/loaded.ts';
import { addresses, caseOf, pair, running } from './support.ts';

const VIP = '10.88.87.100';
const held = addresses('10.88.87.11', VIP);
const bare = addresses('10.88.87.12');

function standing(before: RunningVrrp | null, after = before, list = bare): Standing {
  return { before: { vrrp: before, addresses: list }, after: { vrrp: after, addresses: list } };
}

const holder = standing(running('holder'), running('holder'), held);
const backup = standing(running('backup'));
const master = running('backup', { state: 'MASTER', master: null });

describe('masters', () => {
  it('are one in a healthy pair', () => {
    const asked = caseOf({ d1: holder, d2: backup });
    for (const judge of [judgeOneMaster, judgeSomeMaster, judgeAddresses])
      expect(judge(asked).every(({ status }) => status === 'ok')).toBe(true);
  });

  it('are two only where both looks say so', () => {
    expect(judgeOneMaster(caseOf({ d1: holder, d2: standing(master) }))).toMatchObject([
      { status: 'fail', evidence: 'VI_1 is MASTER on d1 and d2' },
    ]);
    expect(judgeOneMaster(caseOf({ d1: holder, d2: standing(running('backup'), master) }))).toMatchObject([
      { status: 'warn', evidence: 'VI_1 changed its master just now' },
    ]);
  });

  it('that are two are not called one that is well', () => {
    expect(judgeSomeMaster(caseOf({ d1: holder, d2: standing(master) }))).toMatchObject([
      { status: 'skip', evidence: 'VI_1: d1 and d2 are both MASTER, see HD051' },
    ]);
  });

  it('are missed only where all hosts were asked', () => {
    const fault = standing(running('holder', { state: 'FAULT' }));
    expect(judgeSomeMaster(caseOf({ d1: fault, d2: standing(null) }))).toMatchObject([
      { status: 'fail', evidence: 'no host holds VI_1: d1 FAULT, d2 not running' },
    ]);
    expect(judgeSomeMaster(caseOf({ d1: fault }))).toMatchObject([{ status: 'skip' }]);
  });
});

describe('VIPs on interfaces', () => {
  it('that a master lacks were taken away', () => {
    const [found] = judgeAddresses(caseOf({ d1: standing(running('holder')), d2: backup }));
    expect(found).toMatchObject({
      host: 'd1',
      status: 'fail',
      evidence: `VI_1 is MASTER and its interface has no ${VIP}`,
    });
  });

  it('that a backup has were left behind, and those of a keepalived that is dead too', () => {
    const left = standing(running('backup'), running('backup'), addresses(VIP));
    expect(judgeAddresses(caseOf({ d1: holder, d2: left }))[1]).toMatchObject({ host: 'd2', status: 'fail' });
    expect(judgeAddresses(caseOf({ d1: holder, d2: standing(null, null, addresses(VIP)) }))[1]).toMatchObject({
      status: 'fail',
      evidence: expect.stringContaining('not running'),
    });
  });

  it('are not judged in the middle of an election', () => {
    const moving = standing(running('backup'), master, addresses(VIP));
    expect(judgeAddresses(caseOf({ d1: holder, d2: moving }))[1]?.status).toBe('ok');
  });
});

describe('what members have to agree on', () => {
  const judge = (id: string, d1: RunningVrrp | null, d2: RunningVrrp | null) => {
    const matter = MATTERS.find((one) => one.id === id);
    if (matter === undefined) throw new Error(id);
    return judgeMatter(matter, caseOf({ d1, d2 }));
  };

  it.each(['HD060', 'HD061', 'HD062', 'HD063'])('%s is the same in a healthy pair', (id) => {
    expect(judge(id, running('holder'), running('backup'))).toMatchObject([{ status: 'ok' }]);
  });

  it.each([
    ['HD060', { vrid: 88 }, 'VI_1: different VRID on d1 87, d2 88'],
    ['HD062', { addresses: [] }, `VI_1: different VIPs on d1 ${VIP}, d2 none`],
    ['HD063', { intervalSeconds: 2 }, 'VI_1: different adverts on d1 VRRPv2 every 1 s, d2 VRRPv2 every 2 s'],
    ['HD063', { version: 3 }, 'VI_1: different adverts on d1 VRRPv2 every 1 s, d2 VRRPv3 every 1 s'],
  ] as const)('%s differs with %o', (id, other, evidence) => {
    expect(judge(id, running('holder'), running('backup', other))).toMatchObject([{ status: 'fail', evidence }]);
  });

  it('a password that differs is told without anything of it, not even its hash', () => {
    const [found] = judge('HD061', running('holder'), running('refused'));
    expect(found).toMatchObject({ status: 'fail', evidence: 'VI_1: different password on d1, d2' });
    expect(JSON.stringify(found)).not.toMatch(/[0-9a-f]{16}/);
  });

  it('one that does not run cannot be compared', () => {
    expect(judge('HD060', running('holder'), null)).toEqual([]);
  });

  it('unicast and multicast do not meet, and a peer that is left out hears nothing', () => {
    expect(judgePeers(caseOf({ d1: running('holder'), d2: running('unicast') }))).toMatchObject([
      { status: 'fail', evidence: 'VI_1: d1 multicast, d2 unicast' },
    ]);
    const d1 = running('holder', { peers: ['10.88.87.99'] });
    expect(judgePeers(caseOf({ d1, d2: running('unicast') }))).toMatchObject([
      { status: 'fail', evidence: 'VI_1: d1 does not send to d2 (10.88.87.12)' },
    ]);
    const right = running('holder', { peers: ['10.88.87.12'] });
    expect(judgePeers(caseOf({ d1: right, d2: running('unicast') }))).toMatchObject([{ status: 'ok' }]);
  });

  it('priorities differ, and an instance runs on all of them', () => {
    const equal = running('backup', { priority: 200 });
    expect(judgePriorities(caseOf({ d1: running('holder'), d2: equal }))).toMatchObject([
      { status: 'fail', evidence: 'VI_1: equal priorities, d1 200, d2 200' },
    ]);
    expect(judgePriorities(caseOf({ d1: running('holder'), d2: { instances: [], scripts: [] } }))).toMatchObject([
      { host: 'd2', status: 'fail', evidence: 'keepalived runs without VI_1' },
    ]);
  });
});

describe('the failover that what runs would make', () => {
  it('is proved in a healthy pair', () => {
    expect(judgeFailover(caseOf({ d1: running('holder'), d2: running('backup') }))).toMatchObject([
      { status: 'ok', evidence: expect.stringMatching(/^VI_1: 3 failovers proved/) },
    ]);
  });

  it('is refuted for the tutorial: a weight of -20 beside nopreempt', () => {
    const tracks = [{ script: 'check_nginx', weight: -20 }];
    const d1 = running('holder', { priority: 100, preempts: true, tracks });
    const d2 = running('backup', { priority: 90, preempts: false, tracks });
    expect(judgeFailover(caseOf({ d1, d2 }))).toMatchObject([
      { status: 'fail', evidence: 'VI_1: check_nginx fails on d1, and d1 keeps the VIP (nopreempt on d2)' },
    ]);
  });

  it('is refuted where keepalived dropped the check', () => {
    expect(judgeFailover(caseOf({ d1: running('holder'), d2: running('dropped') }))).toMatchObject([
      { host: 'd2', status: 'fail', evidence: 'VI_1 runs without a check of nginx on d2' },
    ]);
  });

  it('is not proved without all members', () => {
    expect(judgeFailover(caseOf({ d1: running('holder') }))).toMatchObject([{ status: 'skip' }]);
    expect(judgeFailover(caseOf<RunningVrrp | null>({ d1: running('holder'), d2: null }))).toMatchObject([
      { status: 'skip' },
    ]);
  });
});

describe('clocks', () => {
  const exact = (ahead: number): ClockOffset => ({ ahead, error: 0 });

  it('that agree are well, whatever this machine thinks', () => {
    expect(judgeClocks(caseOf({ d1: exact(100), d2: exact(100.5) })).map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('that are apart are told of the one that is further from this machine', () => {
    expect(judgeClocks(caseOf({ d1: exact(0.1), d2: exact(4.3) }))).toMatchObject([
      { host: 'd1', status: 'ok' },
      { host: 'd2', status: 'warn', evidence: '4.2 s ahead of d1' },
    ]);
    expect(judgeClocks(caseOf({ d1: exact(-9), d2: exact(0) }))[0]).toMatchObject({
      status: 'warn',
      evidence: '9.0 s behind d2',
    });
  });

  it('whose answers were so late that they may agree are not blamed', () => {
    const late = { d1: { ahead: -1.5, error: 1.5 }, d2: { ahead: 1.5, error: 1.5 } };
    expect(judgeClocks(caseOf(late)).map(({ status }) => status)).toEqual(['ok', 'ok']);
    const apart = { ...late, d2: { ahead: 4, error: 1.5 } };
    expect(judgeClocks(caseOf(apart))[1]).toMatchObject({ status: 'warn', evidence: '5.5 s ahead of d1' });
  });

  it('never blame the one that is nearest to this machine', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (a, b) => {
          const verdicts = judgeClocks(caseOf({ d1: exact(a), d2: exact(b) }));
          const nearest = Math.abs(b) < Math.abs(a) ? 1 : Math.abs(a) < Math.abs(b) ? 0 : -1;
          return nearest < 0 || verdicts[nearest]?.status === 'ok';
        },
      ),
    );
  });
});

describe('what is loaded', () => {
  const conf = (more = '') => `vrrp_instance VI_1 {
    state BACKUP
    nopreempt
    interface eth0
    virtual_router_id 87
    priority 150
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass labVrrp1
    }
    virtual_ipaddress {
        ${VIP}/24 dev eth0
    }
}
${more}`;
  const judge = (text: string, vrrp = running('backup')) =>
    judgeLoaded({ host: pair().hosts[1] ?? fail(), facts: { running: vrrp, text, salt: 'salt' } });
  const fail = (): never => {
    throw new Error('the pair has two hosts');
  };

  it('is what the file says', () => {
    expect(judge(conf())).toMatchObject([{ status: 'ok' }]);
  });

  it.each([
    [conf().replace('priority 150', 'priority 77'), 'VI_1 priority 150, not 77'],
    [conf().replace('labVrrp1', 'another1'), 'VI_1 has another password'],
    [conf().replace(VIP, '10.88.87.109'), `VI_1 holds ${VIP}, not 10.88.87.109`],
    [conf('vrrp_instance VI_2 {\n}\n'), 'VI_2 is in the file, and does not run'],
    ['', 'VI_1 runs, and is not in the file'],
  ])('is told where it is not: %#', (text, evidence) => {
    expect(judge(text)).toMatchObject([{ status: 'warn', evidence: expect.stringContaining(evidence) }]);
  });

  it('is not compared with a file that has includes or definitions', () => {
    expect(judge(`include /etc/keepalived/more.conf\n${conf()}`)).toMatchObject([{ status: 'skip' }]);
  });
});
