import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockedError } from '../../../../src/apply/lock/errors.ts';
import { isDead, newIdentity, type RunIdentity } from '../../../../src/apply/lock/identity.ts';
import { type Lock, type LockOptions, lockHosts } from '../../../../src/apply/lock/lock.ts';
import { reasonToWait, waitForOthers } from '../../../../src/apply/lock/wait.ts';
import type { GuardFact } from '../../../../src/facts/guard.ts';
import { GuardedHost, identity, QUICK, until } from './support.ts';

let hosts: GuardedHost[];
let locks: Lock[];
beforeEach(() => {
  hosts = ['lb1', 'lb2', 'lb3'].map((name) => new GuardedHost(name));
  locks = [];
});
afterEach(async () => {
  await Promise.all(locks.map((one) => one.release()));
  for (const host of hosts) host.remove();
});

const alice = identity('a');
const bob = identity('b');

function options(who: RunIdentity, names: readonly string[], more: Partial<LockOptions> = {}): LockOptions {
  const sessions = new Map(names.map((name) => [name, hostNamed(name).session()]));
  const { signal } = new AbortController();
  return {
    sessions,
    expected: new Map(),
    identity: who,
    waitMs: 0,
    force: false,
    onWaiting: () => undefined,
    signal,
    times: QUICK,
    ...more,
  };
}

function hostNamed(name: string): GuardedHost {
  const host = hosts[Number(name.slice(-1)) - 1];
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

async function lock(...args: Parameters<typeof options>): Promise<Lock> {
  const one = await lockHosts(options(...args));
  locks.push(one);
  return one;
}

const holders = (): Promise<(string | undefined)[]> =>
  Promise.all(hosts.map(async (host) => (await host.guard()).lease?.run));

describe('a lock', () => {
  it('costs one round trip for each host, and one to give it back', async () => {
    const one = await lock(alice, ['lb1', 'lb2']);
    expect([one.stale, [...one.failed], [...one.sessions.keys()]]).toEqual([[], [], ['lb1', 'lb2']]);
    expect(hosts.map(({ ran }) => ran.length)).toEqual([1, 1, 0]);
    await one.release();
    await one.release();
    expect(hosts.map(({ ran }) => ran.length)).toEqual([2, 2, 0]);
    expect(await holders()).toEqual([undefined, undefined, undefined]);
  });

  it('that nobody used leaves plans good; one that was used makes them stale', async () => {
    const expected = new Map([
      ['lb1', ''],
      ['lb2', ''],
    ]);
    const one = await lock(alice, ['lb1', 'lb2']);
    await one.sessions.get('lb1')?.run('true');
    await one.release();
    expect((await lock(bob, ['lb1', 'lb2'], { expected })).stale).toEqual(['lb1']);
  });

  it('is refused by name: of the host, the other run, its reason and its end', async () => {
    await lock(alice, ['lb2']);
    const error = await lock(bob, ['lb1', 'lb2']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LockedError);
    if (!(error instanceof LockedError)) return;
    expect(error.message).toMatch(/^locked by a@ops \(run run-a, apply a\.yaml\), at work for \d+ s$/);
    expect(error.facts).toMatchObject({
      host: 'lb2',
      next: expect.stringMatching(/its lease ends in \d+ s\. --force-unlock/),
    });
    expect(await holders()).toEqual([undefined, 'run-a', undefined]);
  });

  it('is waited for, which is told once, and found stale then', async () => {
    const first = await lock(alice, ['lb1']);
    await first.sessions.get('lb1')?.run('true');
    const told: string[] = [];
    const waiting = lock(bob, ['lb1'], { waitMs: 60_000, onWaiting: (...words) => told.push(words.join(': ')) });
    await until(() => hostNamed('lb1').ran.length > 6);
    await first.release();
    expect((await waiting).stale).toEqual(['lb1']);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^lb1: waiting for a@ops \(run run-a/);
  });

  it('of a run that has died on this machine is taken over at once', async () => {
    const self = await newIdentity('apply x.yaml');
    const { pid } = spawnSync('true');
    const dead = { ...alice, process: self.process.replace(/\d+$/, String(pid)) };
    await lockHosts(options(dead, ['lb1']));
    await lock(self, ['lb1', 'lb2']);
    expect(await holders()).toEqual([self.run, self.run, undefined]);
    await expect(lock(bob, ['lb1'])).rejects.toThrow(LockedError);
  });

  it('is taken over by force, and the run that had it is fenced out', async () => {
    const first = await lock(alice, ['lb1']);
    await lock(bob, ['lb1'], { force: true });
    await expect(first.sessions.get('lb1')?.run('true')).rejects.toMatchObject({ name: 'FencedError', reason: 'lost' });
    await first.release();
    expect(await holders()).toEqual(['run-b', undefined, undefined]);
  });

  it('leaves out a host that cannot be locked, with the reason, and has the others', async () => {
    hostNamed('lb2').write('lease.tmp/in-the-way', '');
    const one = await lock(alice, ['lb1', 'lb2', 'lb3']);
    expect([...one.sessions.keys()]).toEqual(['lb1', 'lb3']);
    expect([...one.failed.keys()]).toEqual(['lb2']);
  });

  it('is given back where it is interrupted while it waits', async () => {
    await lock(alice, ['lb2']);
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const waiting = lock(bob, ['lb1', 'lb2'], {
      waitMs: 60_000,
      signal: abort.signal,
      onWaiting: () => abort.abort(reason),
    });
    await expect(waiting).rejects.toBe(reason);
    expect(await holders()).toEqual([undefined, 'run-a', undefined]);
  });

  it('is renewed while the run lives, and no longer', async () => {
    const one = await lock(alice, ['lb1'], { times: { seconds: 2, renewMs: 200, pollMs: 20 } });
    const lease = async () => (await hostNamed('lb1').guard()).lease;
    await until(async () => ((await lease())?.heldFor ?? 0) > 3);
    expect((await lease())?.left).toBeGreaterThan(0);
    await one.release();
    const { ran } = hostNamed('lb1');
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
        const one = await lockHosts(options(who, names, { waitMs: 600_000 }));
        working += names.length;
        expect(working).toBeLessThanOrEqual(3);
        await Promise.all(names.map((name) => one.sessions.get(name)?.run('sleep 0.02')));
        working -= names.length;
        await one.release();
      }
    };
    await Promise.all(runs.map((who, index) => work(who, orders[index] ?? [])));
    expect(await holders()).toEqual([undefined, undefined, undefined]);
  });

  it('do not wait for each other: the one with the higher token gives back what it has', async () => {
    const [low, high] = [identity('a'), identity('b')];
    const lowHas = await lock(low, ['lb1']);
    const told: string[] = [];
    const both = lock(high, ['lb1', 'lb2'], { waitMs: 60_000, onWaiting: (host) => told.push(host) });
    await until(() => told.length > 0);
    await until(async () => (await holders())[1] === undefined);
    await lowHas.release();
    await both;
    expect(await holders()).toEqual(['run-b', 'run-b', undefined]);
  });

  it('the one with the lower token keeps what it has', async () => {
    const [low, high] = [identity('a'), identity('b')];
    const highHas = await lock(high, ['lb1']);
    const both = lock(low, ['lb1', 'lb2'], { waitMs: 60_000 });
    await until(() => hostNamed('lb1').ran.length > 5);
    expect(await holders()).toEqual(['run-b', 'run-a', undefined]);
    await highHas.release();
    await both;
    expect(await holders()).toEqual(['run-a', 'run-a', undefined]);
  });
});

describe('a reason to wait', () => {
  const guard = (self: string, left: number): GuardFact => ({
    generation: 'g',
    lease: { token: 'z', run: 'r1', who: 'z@ops', why: 'apply', process: self, heldFor: 1, left: 60 },
    armed: { state: 'armed', run: 'r1', who: 'z@ops', left },
    putBack: null,
  });

  it('is an armed switch whose run nobody can look for, until it is due', () => {
    const unknown = { ...guard('', 40), lease: null };
    expect(reasonToWait(unknown, alice, false)?.text).toContain('puts (in 40 s) back what z@ops (run r1) left');
    expect(reasonToWait({ ...guard('', 0), lease: null }, alice, false)).toBeUndefined();
  });

  it('is none where the run that armed it has died on this machine: whoever locks the host puts it back', async () => {
    const self = await newIdentity('apply x.yaml');
    const { pid } = spawnSync('true');
    expect(reasonToWait(guard(self.process.replace(/\d+$/, String(pid)), 40), self, false)).toBeUndefined();
    expect(reasonToWait(guard(self.process, 40), { ...self, token: 'other' }, false)).toBeDefined();
  });
});

describe('waiting for others before planning', () => {
  it('asks once where nobody works, and changes nothing', async () => {
    await waitForOthers(options(alice, ['lb1', 'lb2']));
    expect(hosts.map(({ ran }) => ran.length)).toEqual([1, 1, 0]);
    expect(hosts.flatMap((host) => host.files())).toEqual([]);
  });

  it('ends when the other run ends, and tells once whom it waits for', async () => {
    const first = await lock(alice, ['lb1']);
    const told: string[] = [];
    const waiting = waitForOthers(
      options(bob, ['lb1', 'lb2'], { waitMs: 60_000, onWaiting: (...words) => told.push(words.join(': ')) }),
    );
    await until(() => hostNamed('lb1').ran.length > 5);
    await first.release();
    await waiting;
    expect(told).toEqual([expect.stringMatching(/^lb1: waiting for a@ops \(run run-a/)]);
  });

  it('gives up by name, and does not wait where it may take over by force', async () => {
    await lock(alice, ['lb1']);
    await expect(waitForOthers(options(bob, ['lb1']))).rejects.toMatchObject({
      name: 'LockedError',
      facts: { host: 'lb1' },
    });
    await waitForOthers(options(bob, ['lb1'], { force: true }));
    await waitForOthers(options(alice, ['lb1']));
  });

  it('does not wait for a host that does not answer', async () => {
    const mute = { ...hostNamed('lb1').session(), run: () => Promise.reject(new Error('the connection was lost')) };
    await waitForOthers({ ...options(bob, []), sessions: new Map([['lb1', mute]]) });
  });

  it('does not wait for a run that has died on this machine', async () => {
    const self = await newIdentity('apply x.yaml');
    const { pid } = spawnSync('true');
    await lockHosts(options({ ...alice, process: self.process.replace(/\d+$/, String(pid)) }, ['lb1']));
    await waitForOthers(options(self, ['lb1']));
  });

  it('waits for a host that is about to put back what a run left there', async () => {
    const host = hostNamed('lb1');
    const one = await lock(alice, ['lb1']);
    const boot = /^boot=.*$/m.exec(host.record('lease') ?? '')?.[0];
    const soon = Number(/^until=(\d+)/m.exec(host.record('lease') ?? '')?.[1]);
    await one.release();
    host.write('switch/armed', `token=x\nrun=run-x\nwho=x%40ops\narm=1\n${boot}\nseconds=60\ndeadline=${soon}\n`);
    const told: string[] = [];
    const waiting = waitForOthers(
      options(bob, ['lb1'], { waitMs: 60_000, onWaiting: (...words) => told.push(words.join(': ')) }),
    );
    await until(() => told.length > 0);
    host.write('switch/armed', (host.record('switch/armed') ?? '').replace(/deadline=.*/, 'deadline=1'));
    await waiting;
    expect(told).toEqual([
      expect.stringMatching(/^lb1: the host puts \(in \d+ s\) back what x@ops \(run run-x\) left unconfirmed$/),
    ]);
  });
});

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
