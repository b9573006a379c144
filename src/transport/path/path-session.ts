import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Host } from '../../inventory/model.ts';
import { type Deferred, deferred } from '../basics/deferred.ts';
import { BecomeError, LostConnectionError } from '../errors.ts';
import type { Elevation } from '../run/boot.ts';
import type { OpenChannel } from '../run/channel.ts';
import { anotherElevation, elevationOf, isNotFound } from '../run/elevation.ts';
import { ChannelRefusedError, type Run, startRun } from '../run/run.ts';
import type { RunOptions, RunResult, Session } from '../session.ts';
import type { Link } from './link.ts';
import type { Path } from './path.ts';

/** Bounds of a session; times in milliseconds. */
export interface SessionLimits {
  /** Channels open at once; sshd's MaxSessions is 10 where nobody changed it. */
  readonly channels: number;
  /** How long a server may take to start a command. */
  readonly channelOpenMs: number;
  /** Bytes of output that a run may make. */
  readonly maxOutput: number;
}

const RUN_MS = 60_000;
/** A server that does not confirm the end of a channel counts as having freed it after this. */
const RELEASE_MS = 2000;

/** The session on an open path, which runs each script on a channel made by `open`. */
export function pathSession(host: Host, path: Path<Link>, limits: SessionLimits, open: OpenChannel): Session {
  const limit = pLimit(limits.channels);
  const running = new Set<Run>();
  /** What becoming root turned out to need on this host. */
  const working = new Map<Elevation, Elevation>();
  const { target } = path;
  target.onDown((why) => {
    for (const run of running) run.lost(why);
  });

  const start = (script: string, options: RunOptions, elevation: Elevation): Run => {
    const run = startRun(open, {
      host: host.id,
      hop: path.downHop,
      script,
      stdin: options.stdin,
      elevation,
      password: () => (typeof host.become === 'object' ? host.become.password.reveal() : ''),
      timeoutMs: options.timeoutMs ?? RUN_MS,
      signal: options.signal,
      onStdout: options.onStdout,
      maxOutput: limits.maxOutput,
    });
    running.add(run);
    void run.released.then(() => running.delete(run));
    return run;
  };

  const lost = (why: string): LostConnectionError =>
    new LostConnectionError(why, path.downHop(), false, { host: host.id, action: 'run a script' });

  // Servers free a channel late, so that the next one may be refused: nothing was sent then, and it is tried again.
  const runWithRoom = async (script: string, options: RunOptions, settle: Deferred<RunResult>): Promise<void> => {
    const giveUp = Date.now() + limits.channelOpenMs;
    const wanted = elevationOf(host, options.become);
    let elevation = working.get(wanted) ?? wanted;
    let refused: unknown;
    for (let attempt = 1; ; attempt++) {
      if (target.down !== undefined) return settle.reject(lost(target.down));
      const run = start(script, options, elevation);
      try {
        settle.resolve(await run.result);
        working.set(wanted, elevation);
      } catch (error) {
        const another = anotherElevation(elevation, error);
        if (another !== undefined) {
          refused = error;
          elevation = another;
          continue;
        }
        if (refused !== undefined && error instanceof BecomeError && isNotFound(error)) settle.reject(refused);
        else if (!(error instanceof ChannelRefusedError)) settle.reject(error);
        else if (Date.now() > giveUp) return settle.reject(lost('the server opens no more channels'));
        else {
          const others = [...running].map((other) => other.released);
          await Promise.race([...others, pause(Math.min(1000, 20 * 2 ** attempt) * (0.5 + Math.random()))]);
          continue;
        }
      }
      await Promise.race([run.released, pause(RELEASE_MS, undefined, { ref: false })]);
      return;
    }
  };

  return {
    host,
    run(script, options = {}) {
      const settle = deferred<RunResult>();
      // One signal commonly ends many runs: Node would warn of a leak at the eleventh.
      if (options.signal) setMaxListeners(0, options.signal);
      limit(() => runWithRoom(script, options, settle)).catch(settle.reject);
      return settle.promise;
    },
    close: () => target.close('the session was closed'),
  };
}
