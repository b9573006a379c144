import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, write } from 'node:fs';
import { access, chmod, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { SshSettings } from '../../inventory/model.ts';
import { splitLines } from '../basics/lines.ts';
import { quote } from '../quote.ts';
import { type Answerer, createAnswerer } from './answerer.ts';

/** Answers ssh's questions for one connection attempt. */
export interface Askpass {
  /** What ssh's environment needs. It names the helper, and holds no secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Questions that got no answer. */
  readonly refused: readonly string[];
  end(): Promise<void>;
}

/** The directory does not let a program be run from it. */
export class AskpassUnusableError extends Error {}

/**
 * ssh runs the helper with its question as an argument and reads the answer from its output. The helper passes the
 * question on through one named pipe and gets the answer from the other, both 0600 in a directory that nobody else may
 * enter: the secret is never an argument, never in an environment and never in a file. The shell's own read and printf
 * carry it, so that no other program sees it.
 */
function helper(questions: string, answers: string): string {
  return `#!/bin/sh
question=$(printf %s "$1" | tr '\\n' ' ')
printf '%s\\n' "$question" >${quote(questions)} || exit 1
IFS= read -r answer <${quote(answers)} || exit 1
case $answer in +*) printf '%s\\n' "\${answer#+}" ;; *) exit 1 ;; esac
`;
}

/** Sets the helper up at `path`. Rejects with AskpassUnusableError, or as the file system does. */
export async function startAskpass(path: string, ssh: SshSettings): Promise<Askpass> {
  const [questions, answers] = [`${path}.q`, `${path}.a`];
  await promisify(execFile)('mkfifo', ['-m', '600', questions, answers]);
  await writeFile(path, helper(questions, answers), { mode: 0o700 });
  await chmod(path, 0o700);
  await access(path, constants.X_OK).catch(() => {
    throw new AskpassUnusableError(`nothing can be run from ${path}`);
  });
  // Open for both directions: neither end then waits for the other, nor sees its end.
  const flags = constants.O_RDWR | constants.O_NONBLOCK;
  const [from, to] = [openSync(questions, flags), openSync(answers, flags)];
  const reader = new Socket({ fd: from, readable: true, writable: false });
  const answerer: Answerer = createAnswerer(ssh);
  reader.setEncoding('utf8');
  reader.on('error', () => {});
  const take = splitLines((line) => {
    const answer = answerer.answer(line);
    write(to, answer === undefined ? '-\n' : `+${answer}\n`, () => {});
  });
  reader.on('data', take);
  return {
    env: { SSH_ASKPASS: path, SSH_ASKPASS_REQUIRE: 'force' },
    refused: answerer.refused,
    end: async () => {
      reader.destroy();
      closeSync(to);
      await Promise.all([path, questions, answers].map((file) => rm(file, { force: true })));
    },
  };
}
