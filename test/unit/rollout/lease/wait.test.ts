import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GuardFact } from '../../../../src/facts/state/guard.ts';
import { newIdentity } from '../../../../src/rollout/lease/identity.ts';
import { lockHosts } from '../../../../src/rollout/lease/lock.ts';
import { reasonToWait, waitForOthers } from '../../../../src/rollout/lease/wait.ts';
import { Fleet } from './fleet.ts';
import { alice, bob, until } from './support.ts';

let fleet: Fleet;
beforeEach(() => {
  fleet = new Fleet();
});
afterEach(() => fleet.remove());

describe('waiting for others before planning', () => {
  it('asks once where nobody works, and changes nothing', async () => {
    await waitForOthers(fleet.options(alice, ['lb1', 'lb2']));
    expect(fleet.hosts.map(({ ran }) => ran.length)).toEqual([1, 1, 0]);
    expect(fleet.hosts.flatMap((host) => host.files())).toEqual([]);
  });

  it('ends when the other run ends, and tells once whom it waits for', async () => {
    const first = await fleet.lock(alice, ['lb1']);
    const told: string[] = [];
    const waiting = waitForOthers(
      fleet.options(bob, ['lb1', 'lb2'], { waitMs: 60_000, onWaiting: (...words) => told.push(words.join(': ')) }),
    );
    await until(() => fleet.host('lb1').ran.length > 5);
    await first.release();
    await waiting;
    expect(told).toEqual([expect.stringMatching(/^lb1: waiting for a@ops \(run run-a/)]);
  });

  it('gives up by name, and does not wait where it may take over by force', async () => {
    await fleet.lock(alice, ['lb1']);
    await expect(waitForOthers(fleet.options(bob, ['lb1']))).rejects.toMatchObject({
      name: 'LockedError',
      facts: { host: 'lb1' },
    });
    await waitForOthers(fleet.options(bob, ['lb1'], { force: true }));
    await waitForOthers(fleet.options(alice, ['lb1']));
  });

  it('does not wait for a host that does not answer', async () => {
    const mute = { ...fleet.host('lb1').session(), run: () => Promise.reject(new Error('the connection was lost')) };
    await waitForOthers({ ...fleet.options(bob, []), sessions: new Map([['lb1', mute]]) });
  });

  it('does not wait for a run that has died on this machine', async () => {
    const self = await newIdentity('apply x.yaml');
    const { pid } = spawnSync('true');
    await lockHosts(fleet.options({ ...alice, process: self.process.replace(/\d+$/, String(pid)) }, ['lb1']));
    await waitForOthers(fleet.options(self, ['lb1']));
  });

  it('waits for a host that is about to put back what a run left there', async () => {
    const host = fleet.host('lb1');
    const one = await fleet.lock(alice, ['lb1']);
    const boot = /^boot=.*$/m.exec(host.record('lease') ?? '')?.[0];
    const soon = Number(/^until=(\d+)/m.exec(host.record('lease') ?? '')?.[1]);
    await one.release();
    host.write('switch/armed', `token=x\nrun=run-x\nwho=x%40ops\narm=1\n${boot}\nseconds=60\ndeadline=${soon}\n`);
    const told: string[] = [];
    const waiting = waitForOthers(
      fleet.options(bob, ['lb1'], { waitMs: 60_000, onWaiting: (...words) => told.push(words.join(': ')) }),
    );
    await until(() => told.length > 0);
    host.write('switch/armed', (host.record('switch/armed') ?? '').replace(/deadline=.*/, 'deadline=1'));
    await waiting;
    expect(told).toEqual([
      expect.stringMatching(/^lb1: the host puts \(in \d+ s\) back what x@ops \(run run-x\) left unconfirmed$/),
    ]);
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
