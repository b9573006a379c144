import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../docker/lock.ts';

describe('a lock', () => {
  it('lets one in after the other', async () => {
    const log: string[] = [];
    const visit = (who: string) =>
      withLock(`test ${process.pid}`, async () => {
        log.push(`${who} in`);
        await sleep(5);
        log.push(`${who} out`);
      });
    await Promise.all([visit('a'), visit('b')]);
    expect(log.map((line) => line.slice(2))).toEqual(['in', 'out', 'in', 'out']);
  });

  it('is free again when its holder failed', async () => {
    const name = `failing ${process.pid}`;
    await expect(withLock(name, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(name, async () => 'free')).toBe('free');
  });

  it('does not keep those out who want another', async () => {
    const outer = withLock(`one ${process.pid}`, () => withLock(`two ${process.pid}`, async () => 'both'));
    expect(await outer).toBe('both');
  });
});
