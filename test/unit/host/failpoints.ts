import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { hostProgram } from '../../../src/host/program.ts';
import { type Ended, type ScratchRoot, SHELLS } from './support.ts';

/** Which failpoints are tried: some in each run of the unit tests, all with HAPROV_FAILPOINTS=all. */
export const ALL = process.env['HAPROV_FAILPOINTS'] === 'all';
const SAMPLE = 8;

const FUNCTION = `failpoint() {
  [ -z "\${HAPROV_TRACE-}" ] || echo "$1" >>"$HAPROV_TRACE"
  [ "$1" != "\${HAPROV_FAILPOINT-}" ] || kill -9 0
}
`;

/** Words before which a failpoint would change a status that is still to be looked at, or the syntax. */
const CLOSER = /^(fi|done|esac|else|elif|\}|\)|;;|return$)|\$\?/;

/**
 * A text of sh with a failpoint between any two lines: a numbered line at which the shell and all that it has started are
 * killed, if HAPROV_FAILPOINT is that number. None is put into quotes, here-documents, lists of patterns, or a command that
 * goes on over a line's end; and none ahead of a line that ends a block, which is the same moment as after it.
 */
export function instrument(text: string): string {
  const out: string[] = [FUNCTION];
  let quote = '';
  let here = '';
  let goesOn = false;
  let pattern = false;
  for (const [index, line] of text.split('\n').entries()) {
    const bare = line.trim();
    const inside = quote !== '' || here !== '';
    const open = !inside && !goesOn && !pattern && bare !== '' && !bare.startsWith('#') && !CLOSER.test(bare);
    if (open) out.push(`failpoint ${index}`);
    out.push(line);
    if (here !== '') {
      if (line === here) here = '';
      continue;
    }
    if (quote === '' && (bare === '' || bare.startsWith('#'))) continue;
    quote = quoteAfter(line, quote);
    if (quote !== '') continue;
    here = /<<-?'?([A-Z]+)'?/.exec(line)?.[1] ?? '';
    goesOn = /(\\|\||&&|\|\|)$/.test(bare);
    pattern = /^case .* in$/.test(bare) || bare.endsWith(';;');
  }
  return out.join('\n');
}

/** Which quote is open at the end of a line. */
function quoteAfter(line: string, before: string): string {
  let quote = before;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (char === '\\' && quote !== "'") at += 1;
    else if (quote === '' && char === '#' && /\s/.test(line[at - 1] ?? ' ')) break;
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = '';
  }
  return quote;
}

/** A verb that is killed: what it starts from, how it is begun, and what has to hold. */
export interface Ordeal {
  readonly name: string;
  /** Brings the root to where the verb begins. */
  readonly before: (root: Ordeals) => void;
  /** What is run, where it is not the program: a path of the root. */
  readonly program?: string;
  /** Begin the verb; the same ones each time. */
  readonly words: readonly string[] | ((root: ScratchRoot) => readonly string[]);
  readonly stdin?: string | ((root: ScratchRoot) => string);
  /** Holds on the host at whatever line the verb was killed: before the step, or after it. */
  readonly always: (root: Ordeals) => void;
  /** Holds once the verb was begun again after that, and came to its end. */
  readonly converged: (root: Ordeals, again: Ended) => void;
}

/** What an ordeal may do with its root: `run` is never killed. */
export interface Ordeals {
  readonly root: ScratchRoot;
  readonly run: (words: readonly string[], stdin?: string) => Ended;
  /** From where watchers are run. */
  readonly shell: readonly string[];
}

/** A root that is ready, with the words and the input that begin the verb. */
interface World extends Ordeals {
  readonly words: readonly string[];
  readonly stdin: string;
}

const DONE: Ended = { code: 0, stdout: '', stderr: '' };

/**
 * Kills a verb at each of its failpoints, or at a sample of them, and begins it again. `fresh` makes a root; every failpoint
 * has one of its own. Gives how many there were.
 */
export async function killEverywhere(
  ordeal: Ordeal,
  shell: readonly string[],
  fresh: () => ScratchRoot,
): Promise<number> {
  const start = (): World => {
    const root = fresh();
    const program = root.program(instrument);
    const run = (words: readonly string[], stdin = ''): Ended => root.run(shell, words, stdin, program);
    const world = { root, run, shell };
    ordeal.before(world);
    const { words, stdin = '' } = ordeal;
    return {
      ...world,
      words: [
        ordeal.program === undefined ? program : root.path(ordeal.program),
        ...(typeof words === 'function' ? words(root) : words),
      ],
      stdin: typeof stdin === 'function' ? stdin(root) : stdin,
    };
  };
  const traced = start();
  const trace = traced.root.path('trace');
  await begin(traced, shell, { HAPROV_TRACE: trace });
  const points = [...new Set((traced.root.read('trace') ?? '').split('\n').filter((line) => line !== ''))];
  rmSync(trace);
  traced.root.remove();
  const turn = SHELLS.indexOf(shell) + ordeal.name.length;
  const tried = points.filter((_, index) => ALL || index % SAMPLE === turn % SAMPLE);
  for (const point of tried) {
    const world = start();
    try {
      await begin(world, shell, { HAPROV_FAILPOINT: point });
      ordeal.always(world);
      // What was to be run may have done its work, and be gone.
      const again = existsSync(world.words[0] ?? '') ? world.root.spawn(shell, world.words, world.stdin) : DONE;
      ordeal.converged(world, again);
    } catch (error) {
      const line = hostProgram().text.split('\n')[Number(point)];
      throw new Error(`${ordeal.name}, killed before line ${point} (${line?.trim()}): ${String(error)}`);
    } finally {
      world.root.remove();
    }
  }
  return points.length;
}

/** In a process group of its own, which a failpoint kills. */
function begin(
  { root, words, stdin }: World,
  shell: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const [name = 'sh', ...options] = shell;
  return new Promise((resolve, reject) => {
    const child = spawn(`/bin/${name}`, [...options, ...words], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...root.environment, ...environment },
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}
