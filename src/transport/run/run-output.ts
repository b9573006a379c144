import { StringDecoder } from 'node:string_decoder';
import type { RunResult } from '../session.ts';
import type { Marks } from './boot.ts';
import { MarkedStream } from './marks.ts';

const NOISE_KEPT = 64 * 1024;
const EVIDENCE_KEPT = 8192;

/** What a run's channel says, sorted into noise, output and marks. Counts every byte; keeps no more than asked for. */
export class RunOutput {
  /** Bytes received so far, of any sort. */
  received = 0;
  readonly #marks: Marks;
  readonly #out: MarkedStream;
  readonly #err: MarkedStream;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  readonly #live = new StringDecoder('utf8');
  readonly #onStdout: ((text: string) => void) | undefined;
  #outNoise = '';
  #errNoise = '';

  constructor(marks: Marks, onStdout: ((text: string) => void) | undefined) {
    this.#marks = marks;
    this.#onStdout = onStdout;
    this.#out = new MarkedStream(marks.begin, marks.end, (bytes) => {
      if (onStdout) this.#emit(this.#live.write(bytes));
      else this.#stdout.push(bytes);
    });
    this.#err = new MarkedStream(marks.begin, marks.end, (bytes) => this.#stderr.push(bytes));
  }

  pushStdout(bytes: Buffer): void {
    this.received += bytes.length;
    if (this.#out.state === 'before') this.#outNoise = kept(this.#outNoise, bytes);
    this.#out.push(bytes);
  }

  pushStderr(bytes: Buffer): void {
    this.received += bytes.length;
    if (this.#err.state === 'before') this.#errNoise = kept(this.#errNoise, bytes);
    this.#err.push(bytes);
  }

  /** Whether the login shell got as far as our command. */
  get shellStarted(): boolean {
    return this.#outNoise.includes(this.#marks.shell);
  }

  /** Whether the script's own shell runs, with the privileges asked for. */
  get begun(): boolean {
    return this.#out.state !== 'before';
  }

  /** How many times sudo asked for a password. */
  get prompts(): number {
    return this.#errNoise.split(this.#marks.prompt).length - 1;
  }

  /** The result, once both streams have ended with their marks. */
  get result(): RunResult | undefined {
    if (this.#out.state !== 'done' || this.#err.state !== 'done') return undefined;
    return { code: Number(this.#out.trailer), stdout: text(this.#stdout), stderr: text(this.#stderr) };
  }

  /** Hands out the rest of a character that never became whole. */
  endLive(): void {
    if (this.#onStdout) this.#emit(this.#live.end());
  }

  /** What speaks for the cause of a failure: stderr, or else what came before the script. */
  get evidence(): string {
    const said = text(this.#stderr) || [this.#errNoise, this.#outNoise].map((noise) => this.#unmarked(noise)).join('');
    return said.trim().slice(-EVIDENCE_KEPT);
  }

  #unmarked(noise: string): string {
    return noise.replaceAll(this.#marks.prompt, '').replaceAll(this.#marks.shell, '').replaceAll(this.#marks.begin, '');
  }

  #emit(said: string): void {
    if (said !== '') this.#onStdout?.(said);
  }
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

function kept(noise: string, bytes: Buffer): string {
  return (noise + bytes.toString('utf8')).slice(-NOISE_KEPT);
}
