import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isDead, newIdentity } from '../../../../src/rollout/lease/identity.ts';

describe('the identity of a run', () => {
  it('names the run by its time, the person, and this process, which lives', async () => {
    const [first, second] = [await newIdentity('apply x'), await newIdentity('apply x')];
    expect(first.run).toMatch(/^r\d{6}-\d{6}-[0-9a-f]{4}$/);
    expect(first.who).toMatch(/^[^@]+@[^@]+$/);
    expect(first.token).toMatch(/^[0-9a-f]{32}$/);
    expect(first.token).not.toBe(second.token);
    expect(first.process).toMatch(new RegExp(`^[^/]+/[^/]+/${process.pid}$`));
    expect(isDead(first.process, second)).toBe(false);
  });

  it('tells a dead process only where it would know it', async () => {
    const self = await newIdentity('x');
    const { pid } = spawnSync('true');
    const [machine, boot] = self.process.split('/');
    expect(isDead(`${machine}/${boot}/${pid}`, self)).toBe(true);
    for (const other of [
      `x/${boot}/${pid}`,
      `${machine}/x/${pid}`,
      `${machine}/${boot}/`,
      `${machine}/${boot}/-1`,
      `//${pid}`,
      '',
    ]) {
      expect(isDead(other, self)).toBe(false);
    }
    expect(isDead(`//${pid}`, { ...self, process: `//${process.pid}` })).toBe(false);
    expect(isDead(`${machine}/${boot}/1`, self)).toBe(false);
  });
});
