import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockedError } from '../../../../src/rollout/lease/errors.ts';
import { newIdentity, type RunIdentity } from '../../../../src/rollout/lease/identity.ts';
import { lockHosts } from '../../../../src/rollout/lease/lock.ts';
import { Fleet } from './fleet.ts';
import { alice, bob, identity, until } from './support.ts';

let fleet: Fleet;
beforeEach(() => {
  fleet = new Fleet();
});
afterEach(() => fleet.remove());

describe('a lock', () => {
  it('costs one round trip for each host, and one to give it back', async () => {
    const one = await fleet.lock(alice, ['lb1', 'lb2']);
    expect([one.stale, [...one.failed], [...one.sessions.keys()]]).toEqual([[], [], ['lb1', 'lb2']]);
    expect(fleet.hosts.map(({ ran }) => ran.length)).toEqual([1, 1, 0]);
    await one.release();
    await one.release();
    expect(fleet.hosts.map(({ ran }) => ran.length)).toEqual([2, 2, 0]);
    expect(await fleet.holders()).toEqual([undefined, undefined, undefined]);
  });

  it('that nobody used leaves plans good; one that was used makes them stale', async () => {
    const expected = new Map([
      ['lb1', ''],
      ['lb2', ''],
    ]);
    const one = await fleet.lock(alice, ['lb1', 'lb2']);
    await one.sessions.get('lb1')?.run('true');
    await one.release();
    expect((await fleet.lock(bob, ['lb1', 'lb2'], { expected })).stale).toEqual(['lb1']);
  });

  it('is refused by name: of the host, the other run, its reason and its end', async () => {
    await fleet.lock(alice, ['lb2']);
    const error = await fleet.lock(bob, ['lb1', 'lb2']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LockedError);
    if (!(error instanceof LockedError)) return;
    expect(error.message).toMatch(/^locked by a@ops \(run run-a, apply a\.yaml\), at work for \d+ s$/);
    expect(error.facts).toMatchObject({
      host: 'lb2',
      next: expect.stringMatching(/its lease ends in \d+ s\. --force-unlock/),
    });
    expect(await fleet.holders()).toEqual([undefined, 'run-a', undefined]);
  });

  it('is waited for, which is told once, and found stale then', async () => {
    const first = await fleet.lock(alice, ['lb1']);
    await first.sessions.get('lb1')?.run('true');
    const told: string[] = [];
    const waiting = fleet.lock(bob, ['lb1'], { waitMs: 60_000, onWaiting: (...words) => told.push(words.join(': ')) });
    await until(() => fleet.host('lb1').ran.length > 6);
    await first.release();
    expect((await waiting).stale).toEqual(['lb1']);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^lb1: waiting for a@ops \(run run-a/);
  });

  it('of a run that has died on this machine is taken over at once', async () => {
    const self = await newIdentity('apply x.yaml');
    const { pid } = spawnSync('true');
    const dead = { ...alice, process: self.process.replace(/\d+$/, String(pid)) };
    await lockHosts(fleet.options(dead, ['lb1']));
    await fleet.lock(self, ['lb1', 'lb2']);
    expect(await fleet.holders()).toEqual([self.run, self.run, undefined]);
    await expect(fleet.lock(bob, ['lb1'])).rejects.toThrow(LockedError);
  });

  it('is taken over by force, and the run that had it is fenced out', async () => {
    const first = await fleet.lock(alice, ['lb1']);
    await fleet.lock(bob, ['lb1'], { force: true });
    await expect(first.sessions.get('lb1')?.run('true')).rejects.toMatchObject({ name: 'FencedError', reason: 'lost' });
    await first.release();
    expect(await fleet.holders()).toEqual(['run-b', undefined, undefined]);
  });

  it('leaves out a host that cannot be locked, with the reason, and has the others', async () => {
    fleet.host('lb2').write('lease.tmp/in-the-way', '');
    const one = await fleet.lock(alice, ['lb1', 'lb2', 'lb3']);
    expect([...one.sessions.keys()]).toEqual(['lb1', 'lb3']);
    expect([...one.failed.keys()]).toEqual(['lb2']);
  });

  it('is given back where it is interrupted while it waits', async () => {
    await fleet.lock(alice, ['lb2']);
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const waiting = fleet.lock(bob, ['lb1', 'lb2'], {
      waitMs: 60_000,
      signal: abort.signal,
      onWaiting: () => abort.abort(reason),
    });
    await expect(waiting).rejects.toBe(reason);
    expect(await fleet.holders()).toEqual([undefined, 'run-a', undefined]);
  });

  it('is renewed while the run lives, and no longer', async () => {
    const one = await fleet.lock(alice, ['lb1'], { times: { seconds: 60, renewMs: 200, pollMs: 20 } });
    // Not renewed it lives for 60 s and no longer.
    await until(async () => {
      const { heldFor = 0, left = 0 } = (await fleet.host('lb1').guard()).lease ?? {};
      return left > 0 && heldFor + left > 63;
    });
    await one.release();
    const { ran } = fleet.host('lb1');
    const asked = ran.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(ran.length).toBe(asked);
  });
});

describe('several runs that want several hosts', () => {
  it('all get them, one after the other, whoever comes first where', async () => {
    const runs = [...'abcd'].map((token) => identity(token));
    const orders = [
      ['lb1', 'lb2', 'lb3'],
      ['lb3', 'lb2', 'lb1'],
      ['lb2', 'lb3'],
      ['lb3', 'lb1'],
    ];
    let working = 0;
    const work = async (who: RunIdentity, names: readonly string[]): Promise<void> => {
      for (let round = 0; round < 5; round += 1) {
        const one = await lockHosts(fleet.options(who, names, { waitMs: 600_000 }));
        working += names.length;
        expect(working).toBeLessThanOrEqual(3);
        await Promise.all(names.map(async (name) => one.sessions.get(name)?.run('sleep 0.02')));
        working -= names.length;
        await one.release();
      }
    };
    await Promise.all(runs.map((who, index) => work(who, orders[index] ?? [])));
    expect(await fleet.holders()).toEqual([undefined, undefined, undefined]);
  });

  it('do not wait for each other: the one with the higher token gives back what it has', async () => {
    const [low, high] = [identity('a'), identity('b')];
    const lowHas = await fleet.lock(low, ['lb1']);
    const told: string[] = [];
    const both = fleet.lock(high, ['lb1', 'lb2'], { waitMs: 60_000, onWaiting: (host) => told.push(host) });
    await until(() => told.length > 0);
    await until(async () => (await fleet.holders())[1] === undefined);
    await lowHas.release();
    await both;
    expect(await fleet.holders()).toEqual(['run-b', 'run-b', undefined]);
  });

  it('the one with the lower token keeps what it has', async () => {
    const [low, high] = [identity('a'), identity('b')];
    const highHas = await fleet.lock(high, ['lb1']);
    const both = fleet.lock(low, ['lb1', 'lb2'], { waitMs: 60_000 });
    await until(() => fleet.host('lb1').ran.length > 5);
    expect(await fleet.holders()).toEqual(['run-b', 'run-a', undefined]);
    await highHas.release();
    await both;
    expect(await fleet.holders()).toEqual(['run-a', 'run-a', undefined]);
  });
});
