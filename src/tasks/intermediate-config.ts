import { quote } from '../transport/quote.ts';
import type { Step } from './change.ts';
import { sha256, stageScript, swapScript, type TargetFile } from './replace-file.ts';

/** A version of a file that stands in its place for one reload, between the old one and the new one. */
export interface BetweenFile {
  readonly text: string;
  /** POSIX sh that passes the staged version, or fails. */
  readonly test: (staged: string) => string;
}

/** How it gets there. `stage` comes after the new version was uploaded, which clears this one away. */
export interface PlannedBetween {
  readonly sha256: string;
  readonly stage: readonly Step[];
  readonly swap: readonly Step[];
  readonly unstage: readonly Step[];
}

/** It is replaced by the new version, and taken back by the undo, as the old version would be. */
export function planBetween(file: TargetFile, { text, test }: BetweenFile): PlannedBetween {
  const { path } = file;
  const staged = betweenPath(path);
  const between: TargetFile = { ...file, sha256: sha256(text), staged };
  return {
    sha256: between.sha256,
    stage: [
      { describe: `upload a step to ${path}`, script: stageScript(between), stdin: Buffer.from(text, 'utf8') },
      { describe: `test the step to ${path}`, script: test(staged) },
    ],
    swap: [{ describe: `put a step to ${path} in place`, script: swapScript(between) }],
    unstage: [{ describe: `clear the step to ${path} away`, script: `rm -f -- ${quote(staged)}` }],
  };
}

/** Among the names of uploads that were cut short, so that an undo and the next upload of the file clear it away. */
export function betweenPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return `${path.slice(0, cut)}/.haprov-tmp-${path.slice(cut + 1)}.between`;
}
