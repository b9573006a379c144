import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { confirmCall } from '../../../../src/host/auto-revert.ts';
import { confirm } from '../../../../src/rollout/auto-revert/confirm.ts';
import { alice, until } from '../lease/support.ts';
import { SwitchedHost } from './support.ts';

let host: SwitchedHost;
beforeEach(() => {
  host = new SwitchedHost();
});
afterEach(() => host.remove());

const putBack = async () => (await host.guard()).putBack;
const watcher = (mode: string) => host.run(`sh ${host.state}/switch/watcher ${mode}`);

function edit(name: string, from: RegExp, to: string): void {
  host.write(name, (host.record(name) ?? '').replace(from, to));
}

describe('nobody confirms', () => {
  it('and the host puts the old state back by itself, tells so, and leaves nothing armed', async () => {
    await host.change(alice, 30);
    await host.rolled();
    expect(await putBack()).toMatchObject({
      run: 'run-a',
      who: 'a@ops',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      reason: 'nobody confirmed it within 30 s',
      ok: true,
    });
    expect([host.content, host.undone]).toEqual(['old', 1]);
    // One name goes after the other, and directories last.
    await until(() => !host.files().some((name) => /^switch\/(?!log$|put-back$)/.test(name)));
    expect(host.files()).toEqual([
      'generation',
      'lease',
      'lock',
      'multi-user.target.wants',
      'rollback',
      'switch',
      'switch/log',
      'switch/put-back',
    ]);
  });

  it('whatever the clock says, which is asked only for the record', async () => {
    host.stub('date', `echo x >>${host.path('asked')}; echo 1970-01-01T00%3A00%3A00Z`);
    await host.change(alice, 600);
    await host.run('sleep 1.2');
    expect(await putBack()).toBeNull();
    await host.rolled();
    expect(await putBack()).toMatchObject({ at: '1970-01-01T00:00:00Z', ok: true });
    expect((await host.run(`wc -l <${host.path('asked')}`)).stdout.trim()).toBe('1');
  });

  it('and the undo fails, which is told', async () => {
    await host.change(alice, 600, 'exit 5');
    await host.rolled();
    expect((await putBack())?.ok).toBe(false);
  });

  it('and what fails at first, as on a full disk, is tried again until it has come back', async () => {
    const full = host.path('full');
    await host.change(alice, 600, `[ ! -e ${full} ] || exit 1; ${host.undo}`);
    await host.run(`touch ${full}`);
    await host.rolled();
    expect([(await putBack())?.ok, host.content]).toEqual([false, 'new']);
    await host.run(`rm ${full}`);
    await until(() => host.content === 'old');
    await until(async () => (await putBack())?.ok === true);
    await until(() => !host.files().includes('switch/again') && !host.files().includes('switch/list'));
  });

  it('and what fails is left to the next run once that has the host', async () => {
    host.unwatched();
    await host.change(alice, 600, 'exit 5');
    await watcher('now any because');
    expect(host.files()).toContain('switch/again');
    await host.lock({ ...alice, token: 'another', run: 'run-b' }, true);
    expect(host.files()).not.toContain('switch/again');
  });

  it('and room for the way back was kept, which is given up when it begins', async () => {
    host.unwatched();
    const list = `[ ! -e ${host.state}/switch/reserve ] || exit 1; ${host.undo}`;
    await host.change(alice, 600, list);
    expect((await host.run(`wc -c <${host.state}/switch/reserve`)).stdout.trim()).toBe('4194304');
    await watcher('now any because');
    expect(await putBack()).toMatchObject({ ok: true });
  });

  it('while a script hangs that holds the lock: the host goes on, and again when that is over', async () => {
    host.unwatched();
    const session = await host.change(alice, 600);
    // In place of ten seconds of patience; the second time it waits until it has the lock.
    host.stub('flock', '[ "$2" != 10 ] || exit 1\nexec /usr/bin/flock "$@"');
    const go = host.path('go');
    const hanging = session.run(
      `touch ${host.path('begun')}; until [ -e ${go} ]; do sleep 0.05; done; echo late >${host.thing}`,
    );
    await until(() => existsSync(host.path('begun')));
    const rolling = watcher('now any because');
    await until(() => host.undone === 1);
    await host.run(`touch ${go}`);
    await Promise.all([hanging, rolling]);
    expect([host.content, host.undone]).toEqual(['old', 2]);
    expect(await putBack()).toMatchObject({ reason: 'because', ok: true });
  });
});

it('two that put back do so one after the other, even while a script hangs that holds the lock', async () => {
  const [busy, overlap] = [host.path('busy'), host.path('overlap')];
  await host.change(alice, 600, `mkdir ${busy} || touch ${overlap}; sleep 0.1; rmdir ${busy}; ${host.undo}`);
  host.stub('flock', '[ "$2" != 10 ] || exit 1\nexec /usr/bin/flock "$@"');
  await Promise.all([watcher('now any first'), watcher('now any second')]);
  expect([host.content, existsSync(overlap), (await host.guard()).armed]).toEqual(['old', false, null]);
});

describe('a watcher', () => {
  beforeEach(() => host.unwatched());

  it('ends by itself once its arming is confirmed, or is another', async () => {
    await host.change(alice);
    expect((await watcher('watch another')).code).toBe(0);
    await host.run(`rm ${host.state}/switch/heartbeat`);
    const own = watcher(`watch ${host.arm}`);
    // What confirms takes the watcher's own file away.
    await until(() => host.record('switch/heartbeat') !== undefined);
    await confirm(host.session(), alice);
    expect((await own).code).toBe(0);
    expect([host.content, host.undone]).toEqual(['new', 0]);
  });

  it('that was killed while it put back goes on when it is started again', async () => {
    await host.change(alice);
    const id = host.arm;
    await host.run(`mv ${host.state}/switch/armed ${host.state}/switch/rolling`);
    expect((await watcher(`watch ${id}`)).code).toBe(0);
    expect([host.content, (await putBack())?.ok]).toEqual(['old', true]);
  });
});

describe('a rollback that was killed on its way out, all but done', () => {
  const kept = () => host.files().filter((name) => /list|watcher|haprov-switch/.test(name));
  beforeEach(async () => {
    host.unwatched();
    await host.change(alice);
    expect(kept()).toHaveLength(4);
  });

  it.each(['now any again', 'watch an-arm'])('leaves nothing once it is begun again: %s', async (how) => {
    await host.run(`rm ${host.state}/switch/armed`);
    await watcher(how);
    expect([kept(), host.content]).toEqual([[], 'new']);
  });

  it('is left alone while a script of another run is at work, which may be about to arm', async () => {
    await host.run(`rm ${host.state}/switch/armed`);
    host.stub('flock', '[ "$3" != 9 ]');
    await watcher('now any again');
    expect(kept()).toHaveLength(4);
  });

  it('is none while something is armed', async () => {
    await watcher('now somebody-else again');
    await watcher('watch an-arm');
    expect([kept().length, host.content]).toEqual([4, 'new']);
  });
});

describe('after a reboot', () => {
  const reboot = () => edit('switch/armed', /^boot=.*$/m, 'boot=earlier');
  beforeEach(() => host.unwatched());

  it('the old state comes back before anything else, and is told to put back files only', async () => {
    await host.change(alice);
    reboot();
    expect((await watcher('boot')).code).toBe(0);
    expect((await host.run(`cat ${host.path('undone')}`)).stdout).toBe('boot=1\n');
    expect(host.content).toBe('old');
    expect(await putBack()).toMatchObject({ reason: 'the host was rebooted before it was confirmed', ok: true });
  });

  it('a rollback that the power cut is gone on with, and keeps its reason', async () => {
    await host.change(alice);
    reboot();
    await host.run(`cd ${host.state}/switch; mv armed rolling; echo reason=first >>rolling`);
    await watcher('boot');
    expect([host.content, (await putBack())?.reason]).toEqual(['old', 'first']);
  });

  it('of which there was none, the unit does nothing: it may be started by hand', async () => {
    await host.change(alice);
    expect((await watcher('boot')).code).toBe(0);
    expect([host.content, (await host.guard()).armed?.state]).toEqual(['new', 'armed']);
    await host.run(`mv ${host.state}/switch/armed ${host.state}/switch/rolling`);
    expect((await watcher('boot')).code).toBe(0);
    expect([host.content, (await host.guard()).armed?.state]).toEqual(['new', 'rolling']);
  });
});

/** Keeps a host that is armed and changed, so that it can be brought back quickly; nothing watches it. */
async function keepArmed(): Promise<{ readonly arm: string; readonly again: (before?: string) => Promise<void> }> {
  host.stub('sync', '');
  host.unwatched();
  await host.change(alice);
  const { arm } = host;
  await host.run(`cp -a ${host.state} ${host.path('kept')}`);
  const again = async (before = ':'): Promise<void> => {
    await host.run(`rm -rf ${host.state} ${host.path('undone')} && cp -a ${host.path('kept')} ${host.state}
echo new >${host.thing}
${before}`);
  };
  return { arm, again };
}

describe('killed at any moment', () => {
  it('forty times, a rollback ends with the old state when it is begun again', async () => {
    const { again } = await keepArmed();
    const rollback = `sh ${host.state}/switch/watcher now any`;
    const spans: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await again();
      const started = performance.now();
      await host.run(`${rollback} once`);
      spans.push(performance.now() - started);
    }
    const span = Math.min(...spans);
    let finished = 0;
    for (let round = 0; round < 40; round += 1) {
      await again();
      await killed(`${rollback} first`, (round / 40) * span);
      if (!host.files().includes('switch/watcher')) finished += 1;
      else expect((await host.run(`${rollback} second`)).code).toBe(0);
      expect(host.content).toBe('old');
      expect(await putBack()).toMatchObject({ run: 'run-a', ok: true });
      expect(host.files().filter((name) => /armed|rolling|list|haprov-switch/.test(name))).toEqual([]);
    }
    expect(finished).toBeLessThan(35);
  });
});

/** Runs a script in a process group of its own and kills all of it after so many milliseconds. */
function killed(script: string, afterMs: number): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('/bin/dash', ['-c', script], {
      detached: true,
      stdio: 'ignore',
      env: host.environment,
    });
    child.on('exit', () => resolve());
    setTimeout(() => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It was done already.
      }
    }, afterMs);
  });
}

describe('confirmation and deadline at one moment', () => {
  it('have exactly one winner, a hundred times', async () => {
    const { arm, again } = await keepArmed();
    const due = `echo "${arm} 1" >${host.state}/switch/deadline`;
    const won = { confirmed: 0, back: 0 };
    for (let round = 0; round < 100; round += 1) {
      await again(due);
      const [{ stdout }] = await Promise.all([
        host.run(`sleep ${(round % 20) / 500}\n${host.words(confirmCall(alice))}`),
        host.run(`sleep 0.02\nsh ${host.state}/switch/watcher watch ${arm}`),
      ]);
      const confirmed = stdout === 'confirmed\n';
      won[confirmed ? 'confirmed' : 'back'] += 1;
      const left = host.files().filter((name) => /armed|rolling|put-back/.test(name));
      expect([stdout, host.content, host.undone, left]).toEqual(
        confirmed
          ? ['confirmed\n', 'new', 0, []]
          : [expect.stringMatching(/^(rolling|put-back\n.*)\n$/), 'old', 1, ['switch/put-back']],
      );
    }
    expect(won.confirmed).toBeGreaterThan(5);
    expect(won.back).toBeGreaterThan(5);
  });
});
