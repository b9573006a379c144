import { describe, expect, it } from 'vitest';
import type { SegmentFact } from '../../../../src/facts/network/segment.ts';
import { judgeAdverts, judgeClaims, judgeForeign } from '../../../../src/operate/doctor/checks/adverts.ts';
import { advert, caseOf, heard, pair, running, segment } from './support.ts';

const silent = { ...segment('backup'), adverts: [] };

describe('adverts in each direction', () => {
  it('of the master are heeded by the backup, whose own way is not known', () => {
    const verdicts = judgeAdverts(caseOf({ d1: heard('holder'), d2: heard('backup') }));
    expect(verdicts).toMatchObject([
      {
        host: 'd2',
        status: 'ok',
        evidence: expect.stringMatching(/^VI_1, d1 to d2: \d+ adverts arrived in 5 s, and keepalived accepts/),
      },
      { host: 'd1', status: 'skip', evidence: expect.stringContaining('d2 sends no adverts, as it is BACKUP') },
    ]);
  });

  it('that do not leave the master are its own fault', () => {
    const d2 = running('backup', { state: 'MASTER', master: null });
    const verdicts = judgeAdverts(
      caseOf({
        d1: heard('holder', { segment: silent }),
        d2: heard('backup', { segment: silent, before: d2, after: d2 }),
      }),
    );
    expect(verdicts.find(({ host }) => host === 'd1')).toMatchObject({
      status: 'fail',
      evidence: 'VI_1, d1 to d2: d1 is MASTER, and no advert left it in 5 s',
    });
  });

  it('that do not leave a master are its fault where its partner gives no answer, too', () => {
    expect(judgeAdverts(caseOf({ d1: heard('holder', { segment: silent }) }))).toMatchObject([
      { host: 'd1', status: 'fail', evidence: 'VI_1: d1 is MASTER, and no advert left it in 5 s' },
    ]);
    expect(judgeAdverts(caseOf({ d1: heard('holder') }))).toEqual([]);
  });

  describe('of a backup, which sends none, by probes in their place', () => {
    const [d1, d2] = ['10.88.87.11', '10.88.87.12'];
    const five = (source: string): string[] => Array.from({ length: 5 }, () => source);
    const back = (holder: Partial<SegmentFact>, backup: Partial<SegmentFact>) => {
      const verdicts = judgeAdverts(
        caseOf({
          d1: heard('holder', { segment: { ...segment('holder'), probing: [d1], passed: [], ...holder } }),
          d2: heard('backup', { segment: { ...segment('backup'), probing: [d2], passed: [], ...backup } }),
        }),
      );
      return verdicts.find(({ evidence }) => evidence.startsWith('VI_1, d2 to d1'));
    };
    const both = [...five(d1), ...five(d2)];

    it('is in order where they arrive and the firewall lets them in', () => {
      expect(back({ probes: both, passed: five(d2) }, { probes: both, passed: five(d1) })).toEqual({
        host: 'd1',
        status: 'ok',
        evidence: 'VI_1, d2 to d1: d2 sends no adverts, as it is BACKUP; 5 probes in their place arrived',
      });
      // Where nothing can listen behind the firewall, arriving is all that is known.
      expect(back({ probes: both, passed: null }, { probes: both })).toMatchObject({ status: 'ok' });
    });

    it.each([
      [
        'leave it not',
        { probes: five(d1) },
        { probes: five(d1), passed: five(d1) },
        'd2',
        /no probe in their place left it/,
      ],
      [
        'are lost between them',
        { probes: five(d1) },
        { probes: both, passed: five(d1) },
        'd1',
        /left it, and none arrived at d1/,
      ],
      [
        'are dropped by the other',
        { probes: both },
        { probes: both, passed: five(d1) },
        'd1',
        /5 probes .* and the firewall of d1 drops them/,
      ],
    ])('fails where they %s', (_, holder, backup, host, says) => {
      const verdict = back(holder, backup);
      expect(verdict).toMatchObject({ host, status: 'fail', evidence: expect.stringMatching(says) });
      expect(verdict?.why).toBe('once d2 is master, d1 does not hear it and takes the VIP too');
    });

    it('is not known where the two may not have listened at once', () => {
      const verdict = back({ probes: five(d1) }, { probes: [d1, ...five(d2)], passed: [d1] });
      expect(verdict).toMatchObject({ status: 'skip', evidence: expect.stringContaining('for its rules see HD022') });
    });
  });

  it('that leave the one and do not arrive at the other are lost between them', () => {
    const d2 = running('backup', { state: 'MASTER', master: null });
    const own = { ...silent, adverts: [advert('10.88.87.12')] };
    const [first, second] = judgeAdverts(
      caseOf({ d1: heard('holder'), d2: heard('backup', { segment: own, before: d2, after: d2 }) }),
    );
    expect(first).toMatchObject({
      host: 'd2',
      status: 'fail',
      evidence: expect.stringMatching(/adverts left d1, none arrived at d2/),
    });
    expect(second).toMatchObject({
      host: 'd1',
      status: 'fail',
      evidence: expect.stringMatching(/1 adverts left d2, none arrived at d1/),
    });
  });

  it('that arrive and are not heeded by a lower master are dropped on it; the higher one is right to stay', () => {
    const d2 = running('backup', { state: 'MASTER', master: null });
    const both = { ...silent, adverts: [advert('10.88.87.11'), advert('10.88.87.12')] };
    const verdicts = judgeAdverts(
      caseOf({
        d1: heard('holder', { segment: both }),
        d2: heard('backup', { segment: both, before: d2, after: d2 }),
      }),
    );
    expect(verdicts).toMatchObject([
      { host: 'd2', status: 'fail', evidence: expect.stringContaining('did not accept') },
      { host: 'd1', status: 'ok' },
    ]);
  });

  it('are proved by the backup itself where nothing can listen, and else not known', () => {
    const deaf = { segment: null };
    const proved = judgeAdverts(caseOf({ d1: heard('holder', deaf), d2: heard('backup', deaf) }));
    expect(proved[0]).toMatchObject({ status: 'ok', evidence: expect.stringContaining('its master is 10.88.87.11') });
    const d2 = running('backup', { state: 'FAULT', master: null });
    const unknown = judgeAdverts(caseOf({ d1: heard('holder', deaf), d2: heard('backup', { ...deaf, after: d2 }) }));
    expect(unknown[0]).toMatchObject({
      status: 'skip',
      evidence: expect.stringContaining('tcpdump is installed here'),
    });
  });
});

describe('foreign VRIDs', () => {
  it('that are not ours are no trouble, and are told', () => {
    const verdicts = judgeForeign(caseOf({ d1: heard('holder'), d2: heard('backup') }));
    expect(verdicts.map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect(verdicts[0]?.evidence).toContain('others use VRID 88');
  });

  it('that are ours are a clash, unless a member gave no answer', () => {
    const clash = { ...segment('holder'), adverts: [advert('10.88.87.6', { priority: 10 }), advert('10.88.87.6')] };
    const [found] = judgeForeign(caseOf({ d1: heard('holder', { segment: clash }), d2: heard('backup') }));
    expect(found).toMatchObject({
      host: 'd1',
      status: 'fail',
      evidence: 'VRID 87 is used by 10.88.87.6 too: 2 adverts, priority 10',
    });
    const [open] = judgeForeign(caseOf({ d1: heard('holder', { segment: clash }) }));
    expect(open).toMatchObject({ status: 'skip', evidence: expect.stringContaining('it may be d2') });
  });

  it('of IPv6 do not clash with those of IPv4', () => {
    const other = { ...segment('holder'), adverts: [advert('fe80::6')] };
    const [found] = judgeForeign(caseOf({ d1: heard('holder', { segment: other }), d2: heard('backup') }));
    expect(found?.status).toBe('ok');
  });
});

describe('claims of a VIP', () => {
  it('by the members themselves are none', () => {
    expect(judgeClaims(caseOf({ d1: heard('holder'), d2: heard('backup') }))).toMatchObject([{ status: 'ok' }]);
  });

  it('by a stranger are told with its MAC address and who heard it', () => {
    const [found] = judgeClaims(caseOf({ d1: heard('holder', { segment: segment('claimed') }), d2: heard('backup') }));
    expect(found).toMatchObject({
      status: 'fail',
      evidence: '10.88.87.100 is answered by 02:42:0a:58:57:06 too, as d1 heard: none of these hosts',
    });
  });

  it('by a member that gave no answer cannot be told from a stranger’s', () => {
    expect(judgeClaims(caseOf({ d2: heard('backup') }))).toMatchObject([{ status: 'skip' }]);
  });

  it('by the virtual MAC address of the VRID are its own', () => {
    const answers = new Map([['10.88.87.100', ['00:00:5e:00:01:57']]]);
    const own = { ...segment('holder'), answers };
    expect(judgeClaims(caseOf({ d1: heard('holder', { segment: own }), d2: heard('backup') }))).toMatchObject([
      { status: 'ok' },
    ]);
  });

  it('of an IPv6 VIP are known by a failed duplicate address detection only', () => {
    const six = pair().vrrp_instances.map((instance) => ({
      ...instance,
      virtual_ipaddress: [{ address: 'fd00::100', prefix: 64, family: 6 as const }],
    }));
    const cluster = { ...pair(), vrrp_instances: six };
    const links = { links: [], duplicates: ['fd00::100'] };
    expect(judgeClaims(caseOf({ d1: heard('holder', { links }), d2: heard('backup') }, cluster))).toMatchObject([
      { host: 'd1', status: 'fail', evidence: expect.stringContaining('duplicate address detection failed') },
    ]);
    expect(judgeClaims(caseOf({ d1: heard('holder'), d2: heard('backup') }, cluster))).toMatchObject([
      { status: 'skip' },
    ]);
  });

  it('are not known where nothing could ask', () => {
    const deaf = { ...segment('holder'), answers: null };
    const verdicts = judgeClaims(
      caseOf({ d1: heard('holder', { segment: deaf }), d2: heard('backup', { segment: null }) }),
    );
    expect(verdicts).toMatchObject([{ status: 'skip', evidence: expect.stringContaining('by ARP') }]);
  });
});
