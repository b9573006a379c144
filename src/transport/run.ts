import type { Client, ClientChannel } from 'ssh2';
import { bootCommand, type Elevation, newMarks, wrapScript } from './boot.ts';
import { deferred } from './deferred.ts';
import { BecomeError, LostConnectionError, OutputTooLargeError, RunTimeoutError, ShellError } from './errors.ts';
import { acceptsData, execChannel } from './exec-channel.ts';
import { RunOutput } from './run-output.ts';
import type { RunResult } from './session.ts';

/** What one run needs to know. Times in milliseconds. */
export interface RunRequest {
  readonly host: string;
  /** Names the hop that is down, or `target`. */
  readonly hop: () => string;
  readonly script: string;
  readonly stdin: Uint8Array | undefined;
  readonly elevation: Elevation;
  /** For sudo-password. */
  readonly password: () => string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onStdout: ((text: string) => void) | undefined;
  /** Bytes of stdout and stderr together. */
  readonly maxOutput: number;
  readonly channelOpenMs: number;
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
export function startRun(client: Client, request: RunRequest): Run {
  const { host, elevation } = request;
  const marks = newMarks();
  const script = wrapScript(request.script);
  const output = new RunOutput(marks, request.onStdout);
  const result = deferred<RunResult>();
  const released = deferred<void>();
  let channel: ClientChannel | undefined;
  let over = false;
  let passwordSent = false;
  let scriptSent = false;
  let exit: { readonly code: number | null; readonly signal: string | undefined } | undefined;

  const facts = () => ({ host, action: 'run a script', evidence: output.evidence });
  const finish = (settle: () => void): void => {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    clearTimeout(opening);
    request.signal?.removeEventListener('abort', abort);
    settle();
    channel?.end();
    channel?.close();
    if (channel === undefined) released.resolve();
  };
  const fail = (error: unknown): void => finish(() => result.reject(error));
  const lose = (why: string): void => {
    if (!over) fail(new LostConnectionError(why, request.hop(), scriptSent, facts()));
  };
  const abort = (): void => fail(request.signal?.reason);

  const send = (to: ClientChannel): void => {
    if (scriptSent) return;
    scriptSent = true;
    to.write(script);
    if (request.stdin) to.write(Buffer.from(request.stdin.buffer, request.stdin.byteOffset, request.stdin.byteLength));
    to.end();
  };
  const answerPrompt = (to: ClientChannel): void => {
    if (output.prompts > 1) fail(wrongPassword(host, output.evidence));
    else if (output.prompts === 1 && !passwordSent) {
      passwordSent = true;
      to.write(`${request.password()}\n`);
    }
  };
  const progress = (): void => {
    if (over || channel === undefined) return;
    if (output.received > request.maxOutput) fail(new OutputTooLargeError(request.maxOutput, facts()));
    if (elevation === 'sudo-password' && !scriptSent) {
      if (output.begun) send(channel);
      else answerPrompt(channel);
    }
    const done = output.result;
    if (done === undefined || over) return;
    output.endLive();
    finish(() => result.resolve(done));
  };
  const ended = (): void => {
    released.resolve();
    const { evidence } = output;
    if (exit === undefined || exit.code === null) {
      lose(exit?.signal ? `the remote shell was killed by ${exit.signal}` : 'the connection was lost');
    } else if (output.begun) lose(`the remote shell ended in mid-script (exit ${exit.code})`);
    else if (elevation === 'none' || !output.shellStarted) fail(shellRefused(host, exit.code, evidence));
    else fail(sudoRefused(host, exit.code, evidence, elevation));
  };

  const requested = (opened: ClientChannel): void => {
    opened.on('error', () => {});
    opened.stderr.on('error', () => {});
    opened.on('close', ended);
    channel = opened;
    opened.on('data', (bytes: Buffer) => {
      if (!over) output.pushStdout(bytes);
      progress();
    });
    opened.stderr.on('data', (bytes: Buffer) => {
      if (!over) output.pushStderr(bytes);
      progress();
    });
    opened.on('exit', (code: number | null, signal?: string) => {
      exit = { code, signal };
    });
    if (over) opened.close();
    else if (!acceptsData(opened)) lose('the server announced an unusable packet size');
    else if (elevation !== 'sudo-password') send(opened);
  };
  const started = (error: Error | undefined): void => {
    clearTimeout(opening);
    if (error === undefined) return;
    if (channel !== undefined) fail(execRefused(host));
    else if ('reason' in error) fail(new ChannelRefusedError(error.message));
    else lose('the connection was lost');
  };

  const deadline = setTimeout(() => {
    // Servers may ignore the signal; the closed channel then ends the script at its next write.
    channel?.signal('TERM');
    fail(timedOut(request.timeoutMs, facts()));
  }, request.timeoutMs);
  const opening = setTimeout(
    () => lose(`the server did not start a command within ${request.channelOpenMs / 1000} s`),
    request.channelOpenMs,
  );
  if (request.signal?.aborted) abort();
  else {
    request.signal?.addEventListener('abort', abort);
    try {
      execChannel(client, bootCommand(marks, script.length, elevation), requested, started);
    } catch {
      // ssh2 throws where the connection is already gone.
      lose('the connection was lost');
    }
  }

  const lost = (why: string): void => {
    lose(why);
    released.resolve();
  };
  return { result: result.promise, released: released.promise, lost };
}

function timedOut(timeoutMs: number, facts: object): RunTimeoutError {
  return new RunTimeoutError(timeoutMs, `the script did not end within ${timeoutMs / 1000} s`, {
    ...facts,
    next: 'It may still be running: look at the host before repeating.',
  });
}

function wrongPassword(host: string, evidence: string): BecomeError {
  const next = 'Correct become.password in the inventory.';
  return new BecomeError('wrong-password', undefined, 'sudo did not accept the password', { host, evidence, next });
}

function sudoRefused(host: string, code: number, evidence: string, elevation: Elevation): BecomeError {
  const next =
    elevation === 'sudo'
      ? 'Let the account use sudo without a password (NOPASSWD), or set become: { password: … }.'
      : 'Check that the account may use sudo.';
  const message = code === 127 ? 'sudo was not found' : `sudo refused (exit ${code})`;
  return new BecomeError('refused', code, message, { host, evidence, next });
}

function shellRefused(host: string, code: number, evidence: string): ShellError {
  const next = 'Check that the account has a login shell and no forced command.';
  return new ShellError(code, `the login shell did not run the command (exit ${code})`, { host, evidence, next });
}

function execRefused(host: string): ShellError {
  const next = 'Check that the account may run commands over ssh.';
  return new ShellError(undefined, 'the server refused to run a command', { host, next });
}
