import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { armCall } from '../../../../src/host/auto-revert.ts';
import { arm } from '../../../../src/rollout/auto-revert/arm.ts';
import { confirm, confirmThrough } from '../../../../src/rollout/auto-revert/confirm.ts';
import { putBack } from '../../../../src/rollout/auto-revert/put-back.ts';
import { LostConnectionError } from '../../../../src/transport/errors.ts';
import type { Session } from '../../../../src/transport/session.ts';
import { alice, bob, until } from '../lease/support.ts';
import { listOf, QUIET, SwitchedHost } from './support.ts';

let host: SwitchedHost;
beforeEach(() => {
  host = new SwitchedHost();
});
afterEach(() => host.remove());

const armed = async () => (await host.guard()).armed;

describe('arming', () => {
  it('keeps the undo, the watcher and the boot unit on disk before anything is armed', async () => {
    host.stub(
      'sync',
      `for f; do echo "$f $([ -e ${host.state}/switch/armed ] && echo armed || echo not)" >>${host.path('synced')}; done`,
    );
    await host.change(alice);
    const synced = readFileSync(host.path('synced'), 'utf8').trim().split('\n');
    const directory = `${host.state}/switch`;
    for (const file of [
      `${directory}/list`,
      `${directory}/watcher`,
      `${directory}/firewall`,
      host.unit,
      `${directory}/armed.tmp`,
    ]) {
      expect(synced).toContain(`${file} not`);
    }
    expect(synced).toContain(`${directory} armed`);
    expect(await armed()).toMatchObject({ state: 'armed', run: 'run-a', who: 'a@ops' });
  });

  it('costs one round trip, and leaves files for root alone', async () => {
    const session = (await host.lock(alice)).sessions.get('lb1');
    const before = host.ran.length;
    if (session !== undefined) await arm(session, alice, { seconds: 600, list: listOf(host.undo) });
    expect(host.ran.length).toBe(before + 1);
    for (const name of ['switch', 'switch/list', 'switch/watcher', 'switch/armed']) {
      expect(statSync(`${host.state}/${name}`).mode & 0o077).toBe(0);
    }
    expect(statSync(host.unit).mode & 0o777).toBe(0o644);
    expect(readFileSync(host.unit, 'utf8')).toMatch(/^ConditionPathExists=\|.*\/armed$/m);
  });

  it('is refused where the watcher does not start; nothing is armed then, and nothing left', async () => {
    host.stub('systemd-run', 'exit 0');
    host.stub('sleep', '');
    const session = (await host.lock(alice)).sessions.get('lb1');
    const refused = session && arm(session, alice, { seconds: 600, list: listOf(host.undo) });
    await expect(refused).rejects.toMatchObject({
      name: 'SwitchError',
      reason: 'refused',
      message: 'the watcher did not start',
    });
    expect(await armed()).toBeNull();
    expect(host.files()).toEqual(['generation', 'lease', 'lock', 'multi-user.target.wants', 'switch']);
  });

  it('is refused where the undo did not arrive whole', async () => {
    const call = armCall(alice, { seconds: 600, list: listOf(host.undo) });
    await host.lock(alice);
    const { code, stderr } = await host.call({ ...call, content: `${call.content}`.slice(0, -5) });
    expect([code, stderr]).toEqual([1, 'the undo did not arrive whole\n']);
    expect(await armed()).toBeNull();
  });

  it('is refused where it is armed already', async () => {
    const session = await host.change(alice);
    await expect(arm(session, alice, { seconds: 1, list: [] })).rejects.toMatchObject({
      message: 'it is armed already',
    });
    expect((await armed())?.left).toBeGreaterThan(500);
  });

  it('clears away what an arming that was killed half way left there', async () => {
    host.write('switch/firewall/iptables.filter', 'old');
    host.write('switch/undo', 'exit 1');
    host.write('switch/armed.tmp', 'half');
    const session = await host.change(alice);
    await putBack(session, alice, 'enough');
    expect(host.content).toBe('old');
  });
});

describe('confirming', () => {
  it('leaves the new state, and nothing that would put it back', async () => {
    await host.change(alice);
    await confirm(host.session(), alice);
    expect([host.content, host.undone, await armed()]).toEqual(['new', 0, null]);
    expect(host.files()).toEqual(['generation', 'lease', 'lock', 'multi-user.target.wants', ...QUIET.slice(3)]);
    expect((await host.guard()).putBack).toBeNull();
  });

  it('may be asked again, and is answered the same', async () => {
    await host.change(alice);
    await confirm(host.session(), alice);
    await confirm(host.session(), alice);
    await expect(confirm(host.session(), bob)).rejects.toMatchObject({ name: 'SwitchError', reason: 'none' });
  });

  it('goes on where a first attempt was cut off after the rename', async () => {
    await host.change(alice);
    await host.run(`mv ${host.state}/switch/armed ${host.state}/switch/confirmed`);
    host.write('switch/put-back', 'run=run-z\nok=1\n');
    await confirm(host.session(), alice);
    expect(existsSync(host.unit)).toBe(false);
    expect((await host.guard()).putBack).toBeNull();
  });

  it('asks through a next connection where the answer is lost', async () => {
    await host.change(alice);
    let connections = 0;
    const connect = async (): Promise<Session> => {
      connections += 1;
      const session = host.session();
      if (connections > 1) return session;
      const lost = new LostConnectionError('the connection was lost', 'target', true, {});
      return { ...session, run: (...args) => session.run(...args).then(() => Promise.reject(lost)) };
    };
    await confirmThrough(connect, alice);
    expect(connections).toBe(2);
    expect([host.content, await armed()]).toEqual(['new', null]);
  });

  it('is refused once the host has put its old state back, and while it does', async () => {
    await host.change(alice);
    await host.rolled();
    await expect(confirm(host.session(), alice)).rejects.toMatchObject({
      reason: 'put-back',
      message: 'the host has put its old state back: nobody confirmed it within 600 s',
    });
    host.write('switch/rolling', 'run=run-a\n');
    await expect(confirm(host.session(), alice)).rejects.toMatchObject({ reason: 'rolling' });
  });

  it('is refused while a script is at work that holds the lock', async () => {
    await host.change(alice);
    host.stub('flock', 'exit 1');
    await expect(confirm(host.session(), alice)).rejects.toMatchObject({ reason: 'busy' });
    expect((await armed())?.state).toBe('armed');
  });

  it('is refused to a run that armed nothing', async () => {
    await expect(confirm(host.session(), bob)).rejects.toMatchObject({ reason: 'none' });
    await host.change(alice);
    await expect(confirm(host.session(), bob)).rejects.toMatchObject({ reason: 'none' });
    expect((await armed())?.run).toBe('run-a');
  });

  it('takes away the record of what was put back before', async () => {
    await host.change(alice);
    await host.rolled();
    await host.lock(bob, true);
    expect((await host.guard()).putBack?.run).toBe('run-a');
    await host.change(bob);
    expect((await host.guard()).putBack?.run).toBe('run-a');
    await confirm(host.session(), bob);
    expect((await host.guard()).putBack).toBeNull();
  });
});

describe('putting back', () => {
  it('brings the old state back at once, through the fence or past it, and tells what the undo said', async () => {
    const session = await host.change(alice);
    const put = await putBack(session, alice, 'the gate "it\'s up" failed');
    expect(put).toMatchObject({ ok: true, reason: 'the gate "it\'s up" failed', detail: 'undoing' });
    expect([host.content, host.undone]).toEqual(['old', 1]);
    // The next plan tells it as well, until a later run is confirmed.
    expect(await host.guard()).toMatchObject({ armed: null, putBack: { run: 'run-a', ok: true } });
  });

  it('runs the undo with the usual modes, without input, without the locks, in no language', async () => {
    const undo = 'umask; cat; for f in 8 9; do [ ! -e /proc/self/fd/$f ] || echo open; done; echo "$LC_ALL"';
    const session = await host.change(alice, 600, undo);
    expect((await putBack(session, alice, 'no')).detail).toBe('0022\nC');
  });

  it('lets the scripts of its own run through again, for clearing up', async () => {
    const session = await host.change(alice);
    await putBack(session, alice, 'no');
    expect(await session.run('echo on')).toMatchObject({ stdout: 'on\n' });
  });

  it('is done once, however often it is asked for', async () => {
    const session = await host.change(alice);
    const all = await Promise.all([1, 2, 3].map(() => putBack(session, alice, 'no')));
    expect(all.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect((await putBack(session, alice, 'again')).reason).toBe('no');
    expect(host.undone).toBe(1);
  });

  it('is done where somebody else has done it just before, and has taken the watcher away', async () => {
    const session = await host.change(alice);
    host.stub('sh', `case "$*" in *'/watcher now '*) /bin/sh "$@" ;; esac\nexec /bin/sh "$@"`);
    expect(await putBack(session, alice, 'no')).toMatchObject({ ok: true, reason: 'no' });
    expect([host.content, host.undone]).toEqual(['old', 1]);
  });

  it('is marked as told by one at a time, whose record no other one tears', async () => {
    const session = await host.change(alice);
    await putBack(session, alice, 'no');
    // Whoever has written his record is slow to put it in its place.
    host.stub(
      'mv',
      `case $* in *put-back.tmp*) sleep 0.2 ;; esac
/bin/mv "$@" || { echo torn >>${host.path('torn')}; exit 1; }`,
    );
    const all = await Promise.all([1, 2, 3].map(() => putBack(session, alice, 'again')));
    expect(all.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(existsSync(host.path('torn'))).toBe(false);
    expect((await host.guard()).putBack?.run).toBe('run-a');
  });

  it('waits for the host that is at it already, and says why the host did', async () => {
    const go = host.path('go');
    const session = await host.change(alice, 600, `until [ -e ${go} ]; do sleep 0.05; done; ${host.undo}`);
    host.expire();
    await until(async () => (await armed())?.state === 'rolling');
    const waiting = putBack(session.unfenced, alice, 'a gate failed');
    writeFileSync(go, '');
    expect(await waiting).toMatchObject({ ok: true, reason: 'nobody confirmed it within 600 s' });
    expect([host.content, host.undone]).toEqual(['old', 1]);
  });

  it('tells that not all came back', async () => {
    const session = await host.change(alice, 600, 'echo "cannot put it back" >&2; exit 1');
    expect(await putBack(session, alice, 'no')).toMatchObject({
      ok: false,
      reason: 'no',
      detail: 'cannot put it back\nnot all of it came back',
    });
    expect((await host.guard()).putBack?.ok).toBe(false);
  });

  it('is refused where this run armed nothing, or has confirmed', async () => {
    await expect(putBack(host.session(), alice, 'no')).rejects.toMatchObject({ name: 'SwitchError', reason: 'none' });
    const session = await host.change(alice);
    await expect(putBack(host.session(), bob, 'no')).rejects.toMatchObject({ reason: 'none' });
    await confirm(host.session(), alice);
    await expect(putBack(session, alice, 'no')).rejects.toMatchObject({ reason: 'none' });
    expect(host.content).toBe('new');
  });

  it('keeps a record even where none can be written', async () => {
    const session = await host.change(alice);
    host.write('switch/put-back.tmp/in-the-way', '');
    await putBack(session, alice, 'no');
    expect(host.content).toBe('old');
    expect((await host.guard()).putBack).toMatchObject({ run: 'run-a', ok: false });
  });
});
