import { expect } from 'vitest';
import { LostConnectionError, OutputTooLargeError, RunTimeoutError } from '../../../../../src/transport/errors.ts';
import type { Session } from '../../../../../src/transport/session.ts';
import type { Machine, Stage } from '../../../../support/contract/stage.ts';
import { enough, failureOf, type Group } from '../case.ts';

/** A run that has begun on the host. */
async function begun(session: Session, script: string): Promise<{ error: Promise<unknown> }> {
  let error: Promise<unknown> = Promise.resolve();
  await new Promise<void>((started, failed) => {
    const run = session.run(`echo begun; ${script}`, { onStdout: () => started() });
    error = failureOf(run);
    run.catch(failed);
  });
  return { error };
}

/** A run over a connection that gives up a silent peer soon, or later where a busy machine makes a good one late. */
async function begunSoon(stage: Stage): Promise<{ machine: Machine; error: Promise<unknown> }> {
  const run = await enough(
    [1000, 6000],
    async (keepaliveMs) => {
      const { machine, session } = await stage.open({}, { limits: { keepaliveMs } });
      return begun(session, 'sleep 100').then(
        ({ error }) => ({ machine, error }),
        () => undefined,
      );
    },
    (found) => found !== undefined,
  );
  if (run === undefined) throw new Error('no run has begun');
  return run;
}

export const losses: Group = {
  title: 'No lies: a run',
  cases: [
    {
      name: 'is lost, and may have run, when the connection breaks in the middle of the output',
      play: async (stage) => {
        const { machine, session } = await stage.open();
        const { error } = await begun(session, 'sleep 30');
        machine.front.cut();
        expect(await error).toBeInstanceOf(LostConnectionError);
        expect(await error).toMatchObject({ mayHaveRun: true, hop: 'target', facts: { host: 'lb1' } });
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
      },
    },
    {
      name: 'is lost when the session is killed on the server',
      play: async (stage) => {
        const { machine, transport, session } = await stage.open();
        const { error } = await begun(session, 'sleep 30');
        await machine.killSessions();
        expect(await error).toMatchObject({ name: 'LostConnectionError', mayHaveRun: true, hop: 'target' });
        const again = await transport.connect(machine.host());
        expect((await again.run('exit 3')).code).toBe(3);
      },
    },
    {
      name: 'is lost when the remote shell is killed, and the session goes on',
      play: async (stage) => {
        const { session } = await stage.open();
        expect(await failureOf(session.run('kill -9 $$'))).toMatchObject({
          name: 'LostConnectionError',
          mayHaveRun: true,
        });
        expect((await session.run('exit 5')).code).toBe(5);
      },
    },
    {
      name: 'goes on to its right end when sshd is restarted in the middle, and so does the session',
      wish: { processes: true },
      play: async (stage, wish) => {
        const { machine, transport, session } = await stage.open(wish);
        const run = session.run('sleep 0.4; echo done; exit 2');
        await machine.restart();
        expect(await run).toMatchObject({ code: 2, stdout: 'done\n' });
        expect((await session.run('exit 4')).code).toBe(4);
        expect((await (await transport.connect(machine.host())).run('exit 6')).code).toBe(6);
      },
    },
    {
      name: 'is lost when the peer is half open: nothing comes, and nobody says so',
      play: async (stage) => {
        const { machine, error } = await begunSoon(stage);
        machine.front.stall();
        expect(await error).toMatchObject({
          name: 'LostConnectionError',
          mayHaveRun: true,
          message: expect.stringMatching(/no answer for/),
        });
      },
    },
    {
      name: 'is lost when the server hangs',
      play: async (stage) => {
        const { machine, error } = await begunSoon(stage);
        await machine.freeze();
        expect(await error).toMatchObject({
          name: 'LostConnectionError',
          message: expect.stringMatching(/no answer for/),
        });
      },
    },
    {
      name: 'is lost when the server closes the channel without a word',
      wish: { server: { onExec: (_command, channel) => channel.close() } },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'LostConnectionError', mayHaveRun: true });
      },
    },
    {
      name: 'is lost when the output ends with half a trailer, whatever the exit status says',
      wish: {
        server: {
          onExec: (command, channel) => {
            const begin = /echo (haprov-\w+-begin)/.exec(command)?.[1];
            channel.write(`${begin}\nhello\n${begin?.replace('begin', 'en')}`);
            channel.stderr.write(`${begin}\n`);
            channel.exit(0);
            channel.end();
          },
        },
      },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'LostConnectionError', mayHaveRun: true });
      },
    },
    {
      name: 'is lost, and has surely not run, when the server never opens a channel',
      wish: { server: { muteSessions: true } },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { limits: { channelOpenMs: 300 } });
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
      },
    },
    {
      name: 'is lost, and has surely not run, on a session that was closed',
      play: async (stage) => {
        const { session } = await stage.open();
        session.close();
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
      },
    },
    {
      name: 'is lost when its session or its transport is closed',
      play: async (stage) => {
        const { transport, session, machine } = await stage.open();
        const other = await transport.connect(machine.host());
        const runs = [await begun(session, 'sleep 30'), await begun(other, 'sleep 30')];
        session.close();
        expect(await runs[0]?.error).toBeInstanceOf(LostConnectionError);
        transport.close();
        expect(await runs[1]?.error).toBeInstanceOf(LostConnectionError);
      },
    },
    {
      name: 'that never ends is a RunTimeoutError after its time, with what it said, and the session goes on',
      play: async (stage) => {
        const { session } = await stage.open();
        const script = 'echo evidence >&2; sleep 300';
        // On a busy machine the script may not have begun in so short a time.
        const error = await enough(
          [600, 5000, 40_000],
          (timeoutMs) => failureOf(session.run(script, { timeoutMs })),
          (met) => met instanceof RunTimeoutError && met.facts.evidence !== '',
        );
        expect(error).toBeInstanceOf(RunTimeoutError);
        expect(error).toMatchObject({ facts: { host: 'lb1', evidence: 'evidence' } });
        expect((await session.run('exit 6')).code).toBe(6);
      },
    },
    {
      name: 'that never ends and never stops talking is a RunTimeoutError too',
      play: async (stage) => {
        const { session } = await stage.open();
        const script = 'while :; do echo talk; sleep 0.01; done';
        expect(await failureOf(session.run(script, { timeoutMs: 400 }))).toBeInstanceOf(RunTimeoutError);
        expect((await session.run('exit 6')).code).toBe(6);
      },
    },
    {
      name: 'ends with the reason of its signal, with all others of that signal, and without a warning of Node',
      // The server goes on with what was let go of, and counts it.
      wish: { maxSessions: 40 },
      play: async (stage, wish) => {
        const warnings: Error[] = [];
        const onWarning = (warning: Error): number => warnings.push(warning);
        process.on('warning', onWarning);
        const { session } = await stage.open(wish, { limits: { channels: 20 } });
        const abort = new AbortController();
        const runs = Array.from({ length: 15 }, () => session.run('sleep 30', { signal: abort.signal }));
        setTimeout(() => abort.abort(new Error('enough')), 50);
        for (const run of await Promise.allSettled(runs)) expect(run).toMatchObject({ reason: { message: 'enough' } });
        await expect(session.run('true', { signal: abort.signal })).rejects.toThrow('enough');
        process.off('warning', onWarning);
        expect(warnings).toEqual([]);
        expect((await session.run('exit 6')).code).toBe(6);
      },
    },
    {
      name: 'is cut off when it says too much on either output, and the session goes on',
      play: async (stage) => {
        const { session } = await stage.open({}, { limits: { maxOutput: 100_000 } });
        expect(await failureOf(session.run('yes'))).toBeInstanceOf(OutputTooLargeError);
        expect(await failureOf(session.run('yes >&2'))).toMatchObject({ limit: 100_000 });
        expect((await session.run('echo ok')).stdout).toBe('ok\n');
      },
    },
    {
      name: 'is cut off when noise before the script never ends',
      wish: { shell: '/bin/bash', bashrc: 'yes\n' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { limits: { maxOutput: 3_000_000 } });
        expect(await failureOf(session.run('true'))).toBeInstanceOf(OutputTooLargeError);
      },
    },
    {
      name: 'is done once and only once where the server has room for one session at a time',
      wish: { maxSessions: 1 },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { limits: { channelOpenMs: 110_000 } });
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, n) =>
            session.run(`sleep 0.02; cat; exit ${n}`, { stdin: Buffer.from(`${n}`) }),
          ),
        );
        expect(results.map(({ code, stdout }) => `${code}${stdout}`)).toEqual(
          Array.from({ length: 8 }, (_, n) => `${n}${n}`),
        );
      },
    },
    {
      name: 'is lost, and has surely not run, where the server has room for none',
      wish: { maxSessions: 0 },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { limits: { channelOpenMs: 600 } });
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
      },
    },
  ],
};
