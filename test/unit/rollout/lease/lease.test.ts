import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Force, LEASE, type Taken, takeCall, takeLease } from '../../../../src/rollout/lease/acquire-lease.ts';
import { releaseCall, renewCall } from '../../../../src/rollout/lease/lease.ts';
import { alice, bob, GuardedHost, identity, SHELLS } from './support.ts';

let host: GuardedHost;
beforeEach(() => {
  host = new GuardedHost();
});
afterEach(() => host.remove());

const take = (who = alice, expected = '', force: Force = 'none'): Promise<Taken> =>
  takeLease(host.session(), who, expected, force, LEASE);
const generation = (): string => host.record('generation')?.trim() ?? '';
const TAKEN = { verdict: 'taken', stale: false, rolled: false };

/** The lease as it would be after so many seconds. */
function age(seconds: number): void {
  const lease = host.record('lease') ?? '';
  host.write(
    'lease',
    lease.replace(/^until=(\d+)/m, (_, until) => `until=${Number(until) - seconds}`),
  );
}

describe.each(SHELLS)('the lease, taken through %s', (...shell) => {
  const takeHere = (who = alice): Promise<Taken> => takeLease(host.session(shell), who, generation(), 'none', LEASE);

  it('is written on a blank host, for root alone', async () => {
    expect(await takeHere()).toEqual(TAKEN);
    const { lease } = await host.guard();
    expect(lease).toMatchObject({ token: alice.token, run: 'run-a', who: 'a@ops', why: 'apply a.yaml' });
    expect(lease?.left).toBeGreaterThan(50);
    expect(host.files()).toEqual(['generation', 'lease', 'lock']);
    expect((await host.run(`stat -c %a ${host.state} ${host.state}/*`)).stdout).toBe('700\n600\n600\n600\n700\n');
  });

  it('is refused while another run holds it, which is told', async () => {
    await takeHere();
    const refused = await takeHere(bob);
    expect(refused).toMatchObject({ verdict: 'held', guard: { lease: { run: 'run-a', who: 'a@ops' } } });
    expect((await host.guard()).lease?.run).toBe('run-a');
  });

  it('is taken over once it has run out, or the host was started since', async () => {
    await takeHere();
    age(60);
    expect(await takeHere(bob)).toEqual(TAKEN);
    host.write('lease', (host.record('lease') ?? '').replace(/^boot=.*/m, 'boot=earlier'));
    expect(await takeHere()).toEqual(TAKEN);
    expect((await host.guard()).lease?.run).toBe('run-a');
  });

  it('is renewed by its own run only, and not once it has run out', async () => {
    await takeHere();
    const left = async (): Promise<number> => (await host.guard()).lease?.left ?? -1;
    age(40);
    expect(await left()).toBeLessThan(21);
    await host.call(renewCall(bob, 60), shell);
    expect(await left()).toBeLessThan(21);
    await host.call(renewCall(alice, 60), shell);
    expect(await left()).toBeGreaterThan(50);
    age(70);
    await host.call(renewCall(alice, 60), shell);
    expect(await left()).toBe(0);
  });

  it('is given back by its own run only', async () => {
    await takeHere();
    await host.call(releaseCall(bob, false), shell);
    expect((await host.guard()).lease?.run).toBe('run-a');
    await host.call(releaseCall(alice, false), shell);
    expect((await host.guard()).lease).toBeNull();
  });
});

describe('the generation', () => {
  it('changes with every run that takes the lease', async () => {
    await take();
    const first = generation();
    expect(first).toMatch(/^run-a\./);
    await host.call(releaseCall(alice, false));
    expect(await take(bob, first)).toEqual(TAKEN);
    expect(generation()).toMatch(/^run-b\./);
  });

  it('that is not the expected one makes a host stale', async () => {
    await take();
    await host.call(releaseCall(alice, false));
    expect(await take(bob, '')).toEqual({ ...TAKEN, stale: true });
  });

  it('stays as it was when the lease is given back unused', async () => {
    await take();
    await host.call(releaseCall(alice, true));
    expect(generation()).toBe('');
    await take(bob);
    const seen = generation();
    await host.call(releaseCall(bob, false));
    await take(alice, seen);
    await host.call(releaseCall(alice, true));
    expect(generation()).toBe(seen);
  });

  it('is the same for who asks again, the answer having been lost', async () => {
    await take();
    const seen = generation();
    expect(await take()).toEqual(TAKEN);
    expect(generation()).toBe(seen);
    expect(await take(alice, 'another')).toEqual({ ...TAKEN, stale: true });
    await host.call(releaseCall(alice, true));
    expect(generation()).toBe('');
  });
});

describe('force', () => {
  it('takes a living lease over', async () => {
    await take();
    expect(await take(bob, generation(), 'any')).toEqual(TAKEN);
    expect((await host.guard()).lease?.run).toBe('run-b');
  });

  it('for one token leaves every other lease alone', async () => {
    await take();
    expect(await take(bob, '', { token: identity('c').token })).toMatchObject({ verdict: 'held' });
    expect(await take(bob, '', { token: alice.token })).toMatchObject({ verdict: 'taken' });
  });

  it('does not get past a script that is at work', async () => {
    await take();
    host.stub('flock', 'exit 1');
    expect(await take(bob, '', 'any')).toMatchObject({ verdict: 'busy', guard: { lease: { run: 'run-a' } } });
  });
});

describe('eight runs at once', () => {
  it('have exactly one winner, a hundred times, over a lease that has run out', async () => {
    const runs = [...'abcdefgh'].map((token) => identity(token));
    await take(identity('z'));
    const winners = new Set<string>();
    for (let round = 0; round < 100; round += 1) {
      age(900);
      const taken = await Promise.all(runs.map((run) => take(run, '', 'none')));
      const won = runs.filter((_, index) => taken[index]?.verdict === 'taken');
      expect(won).toHaveLength(1);
      expect((await host.guard()).lease?.token).toBe(won[0]?.token);
      winners.add(won[0]?.run ?? '');
    }
    expect(winners.size).toBeGreaterThan(1);
    expect(host.files()).toEqual(['generation', 'lease', 'lock']);
  });
});

describe('a state directory', () => {
  it('that is a link is refused', async () => {
    mkdirSync(host.path('elsewhere'));
    symlinkSync(host.path('elsewhere'), host.state);
    await expect(take()).rejects.toMatchObject({
      name: 'LockError',
      message: expect.stringContaining('not a directory'),
    });
  });

  it('that cannot be written is an error that says so', async () => {
    host.write('lease.tmp/in-the-way', '');
    await expect(take()).rejects.toMatchObject({ name: 'LockError', facts: { host: 'lb1', action: 'take the lock' } });
    expect((await host.guard()).lease).toBeNull();
  });
});

it('who and why may hold anything', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), async (who, why) => {
      const call = takeCall({ ...alice, who, why }, '', 'any', LEASE);
      expect(await host.call(call)).toMatchObject({ code: 0, stderr: '' });
      expect((await host.guard()).lease).toMatchObject({ who, why });
      expect(readFileSync(`${host.state}/lease`, 'utf8').trim().split('\n')).toHaveLength(9);
    }),
    { numRuns: 30 },
  );
});
