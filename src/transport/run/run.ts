import { deferred } from '../basics/deferred.ts';
import { LostConnectionError, OutputTooLargeError } from '../errors.ts';
import type { RunResult } from '../session.ts';
import { bootCommand, type Elevation, newMarks, wrapScript } from './boot.ts';
import type { Channel, ChannelEvents, OpenChannel } from './channel.ts';
import { asksForPassword } from './elevation.ts';
import { execRefused, shellRefused, sudoRefused, timedOut, wrongPassword } from './run-errors.ts';
import { RunOutput } from './run-output.ts';

/** What one run needs to know. Times in milliseconds. */
export interface RunRequest {
  readonly host: string;
  /** Names the hop that is down, or `target`. */
  readonly hop: () => string;
  readonly script: string;
  readonly stdin: Uint8Array | undefined;
  readonly elevation: Elevation;
  /** Where sudo asks for one. */
  readonly password: () => string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onStdout: ((text: string) => void) | undefined;
  /** Bytes of stdout and stderr together. */
  readonly maxOutput: number;
}

/** A run in progress, for the session that watches the connection under it. */
export interface Run {
  readonly result: Promise<RunResult>;
  /** Settles when the server has freed the channel, or never gave one; never rejects. */
  readonly released: Promise<void>;
  /** The connection died. */
  lost(why: string): void;
}

/** The server had no room for one more channel; nothing was sent, so it may be tried again. */
export class ChannelRefusedError extends Error {}

/** Runs a script on a channel of its own. Rejects with the typed errors of errors.ts, or ChannelRefusedError. */
export function startRun(open: OpenChannel, request: RunRequest): Run {
  const { host, elevation } = request;
  const marks = newMarks();
  const script = wrapScript(request.script);
  const output = new RunOutput(marks, request.onStdout);
  const result = deferred<RunResult>();
  const released = deferred<void>();
  let channel: Channel | undefined;
  let letGo: (() => void) | undefined;
  let over = false;
  let passwordSent = false;
  let scriptSent = false;

  const facts = () => ({ host, action: 'run a script', evidence: output.evidence });
  const finish = (settle: () => void): void => {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    request.signal?.removeEventListener('abort', abort);
    settle();
    letGo?.();
    if (channel === undefined) released.resolve();
  };
  const fail = (error: unknown): void => finish(() => result.reject(error));
  const lose = (why: string, unsent = false): void => {
    if (!over) fail(new LostConnectionError(why, request.hop(), scriptSent && !unsent, facts()));
  };
  const abort = (): void => fail(request.signal?.reason);

  const send = (to: Channel): void => {
    if (scriptSent) return;
    scriptSent = true;
    to.write(script);
    if (request.stdin) to.write(Buffer.from(request.stdin.buffer, request.stdin.byteOffset, request.stdin.byteLength));
    to.end();
  };
  const answerPrompt = (to: Channel): void => {
    if (output.prompts > 1) fail(wrongPassword(host, output.evidence));
    else if (output.prompts === 1 && !passwordSent) {
      passwordSent = true;
      to.write(`${request.password()}\n`);
    }
  };
  const progress = (): void => {
    if (over || channel === undefined) return;
    if (output.received > request.maxOutput) fail(new OutputTooLargeError(request.maxOutput, facts()));
    if (asksForPassword(elevation) && !scriptSent) {
      if (output.begun) send(channel);
      else answerPrompt(channel);
    }
    const done = output.result;
    if (done === undefined || over) return;
    output.endLive();
    finish(() => result.resolve(done));
  };

  const events: ChannelEvents = {
    requested(opened) {
      channel = opened;
      if (!over && !asksForPassword(elevation)) send(opened);
    },
    stdout(bytes) {
      if (!over) output.pushStdout(bytes);
      progress();
    },
    stderr(bytes) {
      if (!over) output.pushStderr(bytes);
      progress();
    },
    failed({ kind, why, unsent }) {
      if (kind === 'no-room') fail(new ChannelRefusedError(why));
      else if (kind === 'exec') fail(execRefused(host));
      else lose(why, unsent);
    },
    ended(exit) {
      released.resolve();
      const { evidence } = output;
      if (exit === undefined || exit.code === null) {
        lose(exit?.signal ? `the remote shell was killed by ${exit.signal}` : 'the connection was lost');
      } else if (output.begun) lose(`the remote shell ended in mid-script (exit ${exit.code})`);
      else if (elevation === 'none' || !output.shellStarted) fail(shellRefused(host, exit.code, evidence));
      else fail(sudoRefused(host, exit.code, evidence, elevation));
    },
  };

  const deadline = setTimeout(() => {
    channel?.terminate();
    fail(timedOut(request.timeoutMs, facts()));
  }, request.timeoutMs);
  if (request.signal?.aborted) abort();
  else {
    request.signal?.addEventListener('abort', abort);
    letGo = open(bootCommand(marks, script.length, elevation), events);
    if (over) letGo();
  }

  const lost = (why: string): void => {
    lose(why);
    released.resolve();
  };
  return { result: result.promise, released: released.promise, lost };
}
