import { describe, expect, it } from 'vitest';
import { UNSTEERED } from '../../../src/rollout/steering.ts';
import { statuses, tell } from './fleet.ts';

const activated = (log: readonly string[]): string[] =>
  log.filter((line) => line.endsWith('do config')).map((line) => line.split(' ')[0] ?? '');

describe('a canary', () => {
  it('is finished before another cluster is begun', async () => {
    const { log } = await tell({ a: ['fine', 'fine'], b: ['fine', 'fine'] }, { steering: { ...UNSTEERED, canary: 1 } });
    expect(activated(log)).toEqual(['a/lb2', 'a/lb1', 'b/lb2', 'b/lb1']);
  });

  it('that fails leaves all other clusters as they are', async () => {
    const told = await tell(
      { a: ['fine', 'gate-fails'], b: ['fine', 'fine'], c: ['converged', 'converged'] },
      { steering: { ...UNSTEERED, canary: 1 } },
    );
    expect(activated(told.log)).toEqual(['a/lb2']);
    expect(told.summary.hosts['b/lb1']?.error?.message).toBe('not begun, since a canary failed');
    expect(statuses(told)).toMatchObject({ 'c/lb1': 'ok 0' });
  });

  it('is a cluster that has something to do', async () => {
    const { log } = await tell(
      { a: ['converged', 'converged'], b: ['fine', 'fine'], c: ['fine', 'fine'] },
      { steering: { ...UNSTEERED, canary: 1 } },
    );
    expect(activated(log)).toEqual(['b/lb2', 'b/lb1', 'c/lb2', 'c/lb1']);
  });
});

describe('a budget of failures', () => {
  it('lets so many clusters fail, and begins none after one more', async () => {
    const bad = ['fine', 'gate-fails'] as const;
    const six = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [name, bad]));
    const { log } = await tell(six, { steering: { ...UNSTEERED, maxFailures: 0 } });
    // Four at a time: those were begun before the first of them failed.
    expect(activated(log)).toEqual(['a/lb2', 'b/lb2', 'c/lb2', 'd/lb2']);
  });

  it('counts hosts that could not be reached', async () => {
    const { log } = await tell(
      { a: ['unreachable', 'fine'], b: ['fine', 'fine'] },
      { steering: { ...UNSTEERED, maxFailures: 0 } },
    );
    expect(activated(log)).toEqual([]);
  });
});

describe('a question before each wave', () => {
  it('names the hosts of the wave, and the next is not asked before this one is done', async () => {
    const asked: string[] = [];
    const confirmWave = async (wave: number, hosts: readonly string[]): Promise<boolean> => {
      asked.push(`${wave}: ${hosts.join(' ')}`);
      return true;
    };
    await tell({ a: ['fine', 'fine'], b: ['fine', 'fine'] }, { steering: { ...UNSTEERED, confirmWave } });
    expect(asked).toEqual(['1: a/lb2 b/lb2', '2: a/lb1 b/lb1']);
  });

  it('that is answered with no leaves the rest undone', async () => {
    const told = await tell(
      { a: ['fine', 'fine'] },
      { steering: { ...UNSTEERED, confirmWave: async (wave) => wave === 1 } },
    );
    expect(activated(told.log)).toEqual(['a/lb2']);
    expect(told.summary.hosts['a/lb1']?.error?.message).toBe('not begun, as you said');
  });
});
