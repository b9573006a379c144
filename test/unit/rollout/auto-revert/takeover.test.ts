import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prolongCall } from '../../../../src/host/auto-revert.ts';
import { confirm } from '../../../../src/rollout/auto-revert/confirm.ts';
import { alice, bob } from '../lease/support.ts';
import { SwitchedHost } from './support.ts';

let host: SwitchedHost;
beforeEach(() => {
  host = new SwitchedHost();
});
afterEach(() => host.remove());

const armed = async () => (await host.guard()).armed;

describe('the deadline', () => {
  it('is moved by this run only', async () => {
    await host.change(alice);
    expect((await host.call(prolongCall(alice, 5000))).stdout).toBe('prolonged\n');
    expect((await armed())?.left).toBeGreaterThan(4000);
    expect((await host.call(prolongCall(bob, 9000))).stdout).toBe('gone\n');
    expect((await armed())?.left).toBeLessThan(6000);
  });

  it('is given the time that a script may take, and its own time after it', async () => {
    const session = await host.change(alice, 100);
    const { stdout } = await session.run(`cat ${host.state}/switch/deadline; cat /proc/uptime`, { timeoutMs: 900_000 });
    const [, until_, now] = /^\S+ (\d+)\n(\d+)/.exec(stdout) ?? [];
    expect(Number(until_) - Number(now)).toBeGreaterThan(850);
    expect((await armed())?.left).toBeLessThanOrEqual(100);
    expect((await armed())?.left).toBeGreaterThan(50);
  });
});

describe('another run that takes the host', () => {
  it('puts back first what was left armed, and finds the host stale', async () => {
    await host.change(alice);
    const lock = await host.lock(bob, true);
    expect(lock.stale).toEqual(['lb1']);
    expect([host.content, host.undone, await armed()]).toEqual(['old', 1, null]);
    expect((await host.guard()).putBack).toMatchObject({ run: 'run-a', reason: 'b@ops took the host over', ok: true });
    await expect(confirm(host.session(), alice)).rejects.toMatchObject({ reason: 'put-back' });
  });

  it('does not take the sign of that back, though it did nothing itself', async () => {
    await host.change(alice);
    const before = host.record('generation');
    const lock = await host.lock(bob, true);
    await lock.release();
    expect(host.record('generation')).not.toBe(before);
  });

  it('goes on where the one that was putting back was killed', async () => {
    host.unwatched();
    await host.change(alice);
    await host.run(`mv ${host.state}/switch/armed ${host.state}/switch/rolling`);
    expect((await host.lock(bob, true)).stale).toEqual(['lb1']);
    expect([host.content, host.files().includes('switch/rolling')]).toEqual(['old', false]);
  });

  it('finds a plan out of date that was made before the host put something back', async () => {
    await host.change(alice);
    const expected = host.record('generation')?.trim();
    await host.rolled();
    expect(host.record('generation')?.trim()).not.toBe(expected);
  });

  it('sweeps what an arming that was killed left there', async () => {
    host.write('switch/list', 'x');
    writeFileSync(host.unit, 'x');
    await host.lock(bob);
    expect([existsSync(host.unit), host.files().includes('switch/list')]).toEqual([false, false]);
  });
});
