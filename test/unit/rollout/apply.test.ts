import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeHolders } from '../../../src/rollout/gates/one-holder.ts';
import { change, type Fate, NAMES, statuses, tell } from './fleet.ts';

describe('an apply', () => {
  it('prepares all hosts before it activates the first, and stages what is activated later', async () => {
    const { ran } = await tell({ a: ['fine', 'fine'], b: ['fine', 'fine'] });
    const prepared = ran.filter((script) => /do package|stage config/.test(script));
    expect(prepared).toHaveLength(8);
    expect(ran.slice(0, 8).sort()).toEqual([...prepared].sort());
  });

  it('activates the hosts of a cluster one after the other, the holder of the VIP last', async () => {
    const { ran } = await tell({ a: ['fine', 'fine'] });
    expect(ran.slice(-4)).toEqual(['a/lb2 do config', 'a/lb2 do service', 'a/lb1 do config', 'a/lb1 do service']);
  });

  it('writes down on each host what it will change before it changes anything there', async () => {
    const { log } = await tell({ a: ['fine', 'converged'] });
    expect(log.find((line) => line.includes('a/lb1'))).toBe('open record a/lb1');
    expect(log.filter((line) => line.includes('record a/lb2'))).toEqual([]);
  });

  it('counts what was made, and leaves a host alone that needs nothing', async () => {
    const done = await tell({ a: ['fine', 'converged'] });
    expect(statuses(done)).toEqual({ 'a/lb1': 'changed 3', 'a/lb2': 'ok 0' });
    expect(done.ran.some((script) => script.startsWith('a/lb2'))).toBe(false);
  });

  it('does nothing where all is as it shall be', async () => {
    const done = await tell({ a: ['converged', 'converged'] });
    expect(done.ran).toEqual([]);
    expect(statuses(done)).toEqual({ 'a/lb1': 'ok 0', 'a/lb2': 'ok 0' });
  });

  it.each([
    ['prepare-fails', 'failed 0'],
    ['activate-fails', 'failed 1'],
    ['left-over', 'failed 3'],
  ] as const)('of a host that %s stops its own cluster, and no other', async (fate, own) => {
    const done = await tell({ a: ['fine', fate], b: ['fine', 'fine'] });
    expect(statuses(done)).toMatchObject({ 'a/lb2': own, 'b/lb1': 'changed 3', 'b/lb2': 'changed 3' });
    expect(done.ran.filter((script) => /^a\/lb1 do (config|service)/.test(script))).toEqual([]);
    expect(done.summary.hosts['a/lb1']?.error?.message).toBe('not activated, since a/lb2 failed');
  });

  it('takes back what a host was prepared with before it failed, so that none of it stays', async () => {
    const changes = (host: string) => [
      change(host, 'prepare', 'config'),
      change(host, 'prepare', 'package'),
      change(host, 'activate', 'config'),
    ];
    const done = await tell({ a: ['fine', 'prepare-fails'] }, { changes });
    const reverts = done.ran.filter((script) => script.includes('changes reverting=1'));
    expect(reverts).toHaveLength(2);
    expect(statuses(done)).toEqual({ 'a/lb1': 'failed 1', 'a/lb2': 'failed 0' });
    expect(done.summary.hosts['a/lb2']?.putBack).toBe(true);
    expect(done.log).toContain('close record a/lb2 put-back');
  });

  it.each(['unreachable', 'unplanned'] as const)('leaves the partner of a host that is %s in service', async (fate) => {
    const done = await tell({ a: ['fine', fate] });
    expect(done.ran.filter((script) => /do (config|service)/.test(script))).toEqual([]);
    expect(done.summary.hosts['a/lb2']?.status).toBe(fate === 'unplanned' ? 'failed' : 'unreachable');
  });

  it('takes what is left over for a failure, and says what it is', async () => {
    const { summary } = await tell({ a: ['converged', 'left-over'] });
    expect(summary.hosts['a/lb2']?.error?.message).toBe('still to be done after the apply: update config');
  });

  it('says of a step that failed what the host said', async () => {
    const { summary, events } = await tell({ a: ['activate-fails', 'converged'] });
    expect(summary.hosts['a/lb1']?.error).toEqual({
      message: 'it went wrong',
      host: 'a/lb1',
      action: 'put /a/lb1:config in place',
      evidence: 'more of it',
    });
    expect(events.filter((event) => event.event === 'change-end' && !event.ok)).toHaveLength(1);
  });

  it('that is interrupted while it prepares begins no other change', async () => {
    const done = await tell(
      { a: ['fine', 'fine'], b: ['converged', 'converged'] },
      { onScript: (script, abort) => (script === 'a/lb1 do package' ? abort.abort() : undefined) },
    );
    expect(
      done.ran.filter((script) => /do (config|service)|stage/.test(script) && !script.includes('unstage')),
    ).toEqual([]);
    expect(statuses(done)).toMatchObject({ 'a/lb1': 'failed 1', 'b/lb1': 'ok 0' });
    expect(done.summary.hosts['a/lb1']?.error?.message).toBe('interrupted');
  });

  it('tells each host before the summary, which is last', async () => {
    const { events } = await tell({ a: ['fine', 'unreachable'], b: ['converged', 'fine'] });
    expect(events.filter(({ event }) => event === 'host-end')).toHaveLength(4);
    expect(events.at(-1)?.event).toBe('summary');
  });
});

describe('the holders of a VIP', () => {
  it('are told for each cluster', async () => {
    const { summary } = await tell({ a: ['fine', 'fine'] });
    expect(summary.vips).toEqual([
      { cluster: 'a', instance: 'VI_1', vip: '192.168.1.100', unseen: [], holders: ['a/lb1'] },
    ]);
  });

  const vip = (...holders: string[]) => [{ cluster: 'a', instance: 'VI_1', vip: '192.168.1.100', unseen: [], holders }];

  it('are wrong when there are two, whatever cannot be seen', () => {
    expect(judgeHolders(vip('lb1', 'lb2'), true)?.message).toBe('192.168.1.100 is held by lb1 and lb2 at once');
    expect(judgeHolders(vip('lb1', 'lb2'), false)?.facts.next).toContain('IP protocol 112');
  });

  it('are wrong when there is none, unless somebody cannot be asked', () => {
    expect(judgeHolders(vip(), false)?.message).toBe('no host holds 192.168.1.100');
    expect(judgeHolders(vip(), true)).toBeUndefined();
    expect(judgeHolders(vip('lb1'), false)).toBeUndefined();
  });

  it('are not waited for where a host cannot be asked', async () => {
    const { events } = await tell({ a: ['fine', 'unreachable'] }, { holders: { a: [] } });
    expect(events.filter((event) => event.event === 'gate')).toMatchObject([{ ok: true, detail: 'nobody seen' }]);
  });
});

const BREAKS: readonly Fate[] = ['activate-fails', 'gate-fails', 'not-reached-anew', 'left-over'];

describe('any mix of failures', () => {
  const fate = fc.constantFrom<Fate>(
    'fine',
    'converged',
    'unreachable',
    'unplanned',
    'prepare-fails',
    'activate-fails',
    'gate-fails',
    'not-reached-anew',
    'left-over',
  );

  it('gives every host one status, and applies every cluster that has none wholly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fate, fate), { minLength: 1, maxLength: 5 }), async (mix) => {
        const fates = Object.fromEntries(mix.map((pair, index) => [`c${index}`, pair]));
        const done = await tell(fates);
        expect(Object.keys(done.summary.hosts).sort()).toEqual(
          Object.keys(fates)
            .flatMap((name) => NAMES.map((host) => `${name}/${host}`))
            .sort(),
        );
        for (const [name, pair] of Object.entries(fates)) {
          const outcomes = NAMES.map((host) => done.summary.hosts[`${name}/${host}`]);
          if (pair.every((one) => one === 'fine' || one === 'converged')) {
            expect(outcomes.map((one) => one?.status)).toEqual(pair.map((one) => (one === 'fine' ? 'changed' : 'ok')));
          } else {
            expect(outcomes.some((one) => one?.status === 'failed' || one?.status === 'unreachable')).toBe(true);
          }
          for (const [index, one] of pair.entries())
            if (one === 'unreachable') expect(outcomes[index]?.status).toBe('unreachable');
          // Never are both members out of service because of a failure.
          const activated = NAMES.filter((host) => done.ran.includes(`${name}/${host} do config`));
          if (BREAKS.includes(pair[1] ?? 'fine')) expect(activated).not.toContain('lb1');
        }
      }),
      { numRuns: 150 },
    );
  });
});
