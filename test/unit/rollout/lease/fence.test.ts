import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEASE, takeLease } from '../../../../src/rollout/lease/acquire-lease.ts';
import { FencedError } from '../../../../src/rollout/lease/errors.ts';
import { type FencedSession, fenceSession } from '../../../../src/rollout/lease/fence.ts';
import { releaseCall, renewCall } from '../../../../src/rollout/lease/lease.ts';
import { alice, bob, GuardedHost, SHELLS, until } from './support.ts';

let host: GuardedHost;
beforeEach(() => {
  host = new GuardedHost();
});
afterEach(() => host.remove());

const take = (who = alice) => takeLease(host.session(), who, '', 'none', LEASE);
const fenced = (shell: readonly string[] = ['dash']): FencedSession =>
  fenceSession(host.session(shell), alice, 60, () => undefined);
const left = async (): Promise<number> => (await host.guard()).lease?.left ?? -1;

function age(seconds: number): void {
  const lease = host.record('lease') ?? '';
  host.write(
    'lease',
    lease.replace(/^until=(\d+)/m, (_, end) => `until=${Number(end) - seconds}`),
  );
}

/** The fence's error; whatever the script would have done was not done. */
async function refusal(): Promise<FencedError> {
  const error = await fenced()
    .run(`touch ${host.path('ran')}`)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(existsSync(host.path('ran'))).toBe(false);
  if (error instanceof FencedError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

describe.each(SHELLS)('a fenced script in %s', (...shell) => {
  beforeEach(() => take());

  it('has its own input, output and exit status, as without the fence', async () => {
    const result = await fenced(shell).run('cat; echo "$0" >/dev/null; echo err >&2; exit 7', {
      stdin: Buffer.from('in\n'),
    });
    expect(result).toEqual({ code: 7, stdout: 'in\n', stderr: 'err\n' });
  });

  it('may end itself in every way', async () => {
    const run = (script: string) => fenced(shell).run(script);
    expect(await run('set -e\nfalse\necho never')).toMatchObject({ code: 1, stdout: '' });
    expect(await run('trap "echo bye" EXIT\ncat <<EOF\nhere\nEOF')).toMatchObject({ code: 0, stdout: 'here\nbye\n' });
    expect(await run('f() { return 3; }\nf # the end')).toMatchObject({ code: 3 });
    expect(await run('')).toMatchObject({ code: 0 });
  });

  it('writes files as without the fence, and does not hold the lock for what it leaves running', async () => {
    const { stdout } = await fenced(shell).run(
      `umask; [ -e /proc/self/fd/9 ] && echo open; sleep 30 >/dev/null 2>&1 & echo $! >${host.path('pid')}`,
    );
    expect(stdout).toBe('0022\n');
    expect(await fenced(shell).run('echo next')).toMatchObject({ stdout: 'next\n' });
    await host.run(`kill "$(cat ${host.path('pid')})"`);
  });

  it('keeps the lock until it is over when it is told to end', async () => {
    const running = fenced(shell).run(
      `trap "" TERM; kill -TERM 0; sleep 0.2; flock -n ${host.state}/lock echo free || echo held`,
    );
    expect(await running).toMatchObject({ stdout: 'held\n' });
  });
});

describe('a script is not begun', () => {
  it('once another run has taken the host over, and says which', async () => {
    await take();
    await takeLease(host.session(), bob, '', 'any', LEASE);
    const error = await refusal();
    expect(error).toMatchObject({ reason: 'lost', facts: { host: 'lb1' } });
    expect(error.message).toMatch(/lost to b@ops \(run run-b, apply b\.yaml\)/);
  });

  it('once the lease has run out, though nobody took it', async () => {
    await take();
    age(60);
    expect((await refusal()).message).toMatch(/not renewed in time/);
  });

  it('once the lease was given back', async () => {
    await take();
    await host.call(releaseCall(alice, false));
    expect((await refusal()).reason).toBe('lost');
  });

  it('on a host that lost its records, or was started since', async () => {
    expect((await refusal()).reason).toBe('lost');
    await take();
    host.write('lease', (host.record('lease') ?? '').replace(/^boot=.*/m, 'boot=earlier'));
    expect((await refusal()).reason).toBe('lost');
  });

  it('while an earlier one hangs', async () => {
    await take();
    host.stub('flock', 'exit 1');
    expect((await refusal()).reason).toBe('busy');
  });

  it('once the host has put this run back by itself, until this run knows of it', async () => {
    await take();
    const record = 'run=run-a\nreason=nobody%20confirmed%20it\nok=1\n';
    host.write('switch/put-back', record);
    const error = await refusal();
    expect(error.reason).toBe('put-back');
    expect(error.message).toMatch(/put its old state back: nobody confirmed it/);
    host.write('switch/put-back', `${record}seen=1\n`);
    expect(await fenced().run('echo on')).toMatchObject({ stdout: 'on\n' });
    host.write('switch/put-back', 'run=run-z\nok=1\n');
    expect(await fenced().run('echo on')).toMatchObject({ stdout: 'on\n' });
  });

  it('while the host is putting back', async () => {
    await take();
    host.write('switch/rolling', 'run=run-a\n');
    expect((await refusal()).reason).toBe('put-back');
  });

  it('and cannot pretend so itself', async () => {
    await take();
    const { code } = await fenced().run('echo "haprov-fence-0 lost" >&2; exit 75');
    expect(code).toBe(75);
  });
});

describe('the lease of a fenced script', () => {
  it('is prolonged before it begins where it is short, and not written where it is long', async () => {
    await take();
    const before = host.record('lease');
    await fenced().run(':');
    expect(host.record('lease')).toBe(before);
    age(30);
    await fenced().run('');
    expect(await left()).toBeGreaterThan(50);
  });

  it('is good when the script ends, however long it took, and nobody got in meanwhile', async () => {
    await take();
    const go = host.path('go');
    const script = `touch ${host.path('begun')}; until [ -e ${go} ]; do sleep 0.05; done; cat /proc/uptime`;
    const long = fenced().run(script);
    await until(() => existsSync(host.path('begun')));
    age(60);
    expect(await left()).toBe(0);
    // Renewals do nothing and do not wait; who wants the host has to, and finds a living lease.
    await host.call(renewCall(alice, 60));
    expect(await left()).toBe(0);
    const wanting = take(bob);
    writeFileSync(go, '');
    expect((await long).code).toBe(0);
    expect(await wanting).toMatchObject({ verdict: 'held', guard: { lease: { run: 'run-a' } } });
    expect(await left()).toBeGreaterThan(50);
  });

  it('stays ended where the state directory was removed by the script', async () => {
    await take();
    expect(await fenced().run(`rm -r ${host.state}; exit 4`)).toEqual({ code: 4, stdout: '', stderr: '' });
    expect(host.files()).toEqual([]);
  });
});
