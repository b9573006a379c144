import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOpensshTransport } from '../../../../src/transport/openssh/openssh-transport.ts';
import { makePrivateDirectory } from '../../../../src/transport/openssh/private-directory.ts';
import { inProcessRig } from '../../../support/contract/in-process.ts';
import { startTransportProcess, type TransportProcess } from '../../../support/contract/process.ts';
import type { Machine, Stage } from '../../../support/contract/stage.ts';

/** A busy machine takes its time. */
const PATIENT = { timeout: 60_000 };

let stage: Stage;
let machine: Machine;
/** Where the private directories go. */
let base: string;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'haprov-base-'));
  stage = await inProcessRig('openssh').stage();
  machine = await stage.machine();
});
afterEach(async () => {
  await stage.close();
  rmSync(base, { recursive: true, force: true });
});

const env = (): NodeJS.ProcessEnv => ({ ...process.env, XDG_RUNTIME_DIR: base });
const start = (how: 'run' | 'wait'): TransportProcess =>
  startTransportProcess(stage, { client: 'openssh', host: machine.host(), how, env: env() });

/** Processes with `base` in their command line, as `pid line`. */
function processes(): { pid: number; line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return { pid: Number(pid), line: readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ') };
      } catch {
        return { pid: 0, line: '' };
      }
    })
    .filter(({ line }) => line.includes(base));
}
const masters = () => processes().filter(({ line }) => line.startsWith('ssh -N'));
const cleaners = () => processes().filter(({ line }) => line.includes('haprov-ssh-cleaner'));

describe('nothing is left', () => {
  it('of a transport that was closed: no process and no file', async () => {
    const transport = createOpensshTransport({ env: env(), agentSocket: '' });
    stage.keep(transport);
    const session = await transport.connect(machine.host());
    expect((await session.run('exit 3')).code).toBe(3);
    expect([masters().length, cleaners().length, readdirSync(base).length]).toEqual([1, 1, 1]);
    transport.close();
    await expect.poll(() => [processes(), readdirSync(base)], PATIENT).toEqual([[], []]);
  });

  it('of a haprov that was killed in the middle of a run', async () => {
    const { child, started, outcome } = start('wait');
    await started;
    expect([masters().length, cleaners().length]).toEqual([1, 1]);
    child.kill('SIGKILL');
    await outcome;
    await expect.poll(() => [processes(), readdirSync(base)], PATIENT).toEqual([[], []]);
  });

  it('of one that a Ctrl-C ended with all that the terminal knows of', async () => {
    const { child, started, outcome } = start('wait');
    await started;
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await outcome;
    await expect.poll(() => [processes(), readdirSync(base)], PATIENT).toEqual([[], []]);
  });

  it('of one that was killed together with its cleaner, as soon as another one starts', async () => {
    const { child, started, outcome } = start('wait');
    await started;
    for (const { pid } of cleaners()) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await outcome;
    expect([masters().length, readdirSync(base).length]).toEqual([1, 1]);
    expect(await start('run').outcome).toBe('exit 3 (0)');
    await expect.poll(() => [masters(), readdirSync(base)], PATIENT).toEqual([[], []]);
  });

  it('of a master that does not listen any more', async () => {
    const transport = createOpensshTransport({ env: env(), agentSocket: '' });
    stage.keep(transport);
    await transport.connect(machine.host());
    for (const { pid } of masters()) process.kill(pid, 'SIGSTOP');
    transport.close();
    await expect.poll(() => processes(), PATIENT).toEqual([]);
  });
});

describe('a directory with signs in its name', () => {
  it('is no hindrance, for a host nor for one behind a jump host', async () => {
    const XDG_RUNTIME_DIR = join(base, 'a %h b');
    mkdirSync(XDG_RUNTIME_DIR);
    const transport = createOpensshTransport({ env: { ...process.env, XDG_RUNTIME_DIR }, agentSocket: '' });
    stage.keep(transport);
    const jump = await stage.machine();
    for (const ssh of [{}, { proxy_jump: [jump.hop()] }]) {
      const session = await transport.connect(machine.host(ssh));
      expect((await session.run('exit 3')).code).toBe(3);
    }
    expect(readdirSync(XDG_RUNTIME_DIR).length).toBe(1);
  });
});

describe('what is in use', () => {
  it('is not touched by another haprov', async () => {
    const first = start('wait');
    await first.started;
    expect(await start('run').outcome).toBe('exit 3 (0)');
    expect([masters().length, readdirSync(base).length]).toEqual([1, 1]);
    machine.front.cut();
    expect(await first.outcome).toBe('started\nLostConnectionError (0)');
  });

  it('is in a session of its own: what the terminal sends to haprov does not reach it', async () => {
    const transport = createOpensshTransport({ env: env(), agentSocket: '' });
    stage.keep(transport);
    await transport.connect(machine.host());
    for (const { pid } of [...masters(), ...cleaners()]) {
      const [, , group] = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ');
      expect(Number(group)).toBe(pid);
    }
  });
});

describe('the private directory', () => {
  it('is open to nobody else, and not where the path is too long for a socket', () => {
    const long = join(base, 'x'.repeat(60));
    mkdirSync(long);
    const made = makePrivateDirectory(process.env, [undefined, '', '/nonexistent', long, base]);
    expect(made.path.startsWith(`${base}/haprov-ssh-`)).toBe(true);
    expect(statSync(made.path).mode & 0o777).toBe(0o700);
    expect(made.fresh()).not.toBe(made.fresh());
    made.remove();
    expect(() => statSync(made.path)).toThrow();
    made.remove();
  });

  it('of somebody who may be just making it is left alone, and an old one without an owner is not', async () => {
    const [young, old, other] = ['haprov-ssh-aaaaaa', 'haprov-ssh-bbbbbb', 'something-else'].map((name) =>
      join(base, name),
    );
    for (const path of [young, old, other]) mkdirSync(path ?? '');
    utimesSync(old ?? '', 1000, 1000);
    utimesSync(other ?? '', 1000, 1000);
    const made = makePrivateDirectory(process.env, [base]);
    const own = made.path.slice(base.length + 1);
    await expect
      .poll(() => readdirSync(base).sort(), PATIENT)
      .toEqual(['haprov-ssh-aaaaaa', own, 'something-else'].sort());
    made.remove();
  });
});
