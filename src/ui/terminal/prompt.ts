import type { Readable, Writable } from 'node:stream';
import { HaprovError, UsageError } from '../../errors.ts';
import { bareStream } from './guarded.ts';
import { visibleLine } from './text.ts';

/** Where a prompt reads and writes. Both have to be terminals. */
export interface PromptStreams {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

/** A question was due and nobody can be asked: input or output is no terminal. */
export class NoTerminalError extends UsageError {
  constructor(question: string, next: string) {
    super('there is no terminal to ask on', { action: `ask: ${visibleLine(question)}`, next });
  }
}

/** The user pressed Ctrl-C, or closed the input, at a prompt: exit code 130. */
export class InterruptedError extends HaprovError {
  override readonly name = 'InterruptedError';

  constructor() {
    super('interrupted', { action: 'ask', next: 'nothing was changed; run the command again when ready' });
  }
}

/** Asks a yes-or-no question; Enter means no. Throws NoTerminalError, InterruptedError. */
export async function confirm(question: string, streams: PromptStreams): Promise<boolean> {
  mustBeTerminal(question, streams, 'add --yes to go ahead without being asked');
  const { confirm: ask } = await import('@inquirer/prompts');
  return answered(ask({ message: visibleLine(question), default: false }, bareOf(streams)));
}

/** Asks for a line of text; Enter takes the default. Throws NoTerminalError, InterruptedError. */
export async function ask(question: string, preset: string, streams: PromptStreams): Promise<string> {
  mustBeTerminal(question, streams, 'give it as an option; --help lists them');
  const { input } = await import('@inquirer/prompts');
  const message = visibleLine(question);
  return answered(
    preset === ''
      ? input({ message, required: true }, bareOf(streams))
      : input({ message, default: preset }, bareOf(streams)),
  );
}

/** Asks for a secret; what is typed does not show. Throws NoTerminalError, InterruptedError. */
export async function askSecret(question: string, streams: PromptStreams): Promise<string> {
  mustBeTerminal(
    question,
    streams,
    'give the secret in the inventory as { env: NAME }, { file: PATH } or { command: [...] }',
  );
  const { password } = await import('@inquirer/prompts');
  return answered(password({ message: visibleLine(question), mask: false }, bareOf(streams)));
}

function bareOf({ input, output }: PromptStreams): { readonly input: Readable; readonly output: Writable } {
  return { input, output: bareStream(output) };
}

function mustBeTerminal(question: string, { input, output }: PromptStreams, next: string): void {
  if (input.isTTY !== true || output.isTTY !== true) throw new NoTerminalError(question, next);
}

// The library's classes are told by name: Ctrl-C, a closed input, an aborted signal.
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)) {
      throw new InterruptedError();
    }
    throw error;
  }
}
