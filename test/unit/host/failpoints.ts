import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hostProgram } from '../../../src/host/program.ts';
import { FULL } from '../../support/full.ts';
import { type Ended, type ScratchRoot, SHELLS } from './support.ts';

/** One of how many failpoints is tried where not all are. */
const SAMPLE = 40;
/** Every verb reaches as many. */
const FEWEST = 11;
/** What is a host's own in a scratch root; the rest is the test's. */
const PARTS = ['etc', 'run', 'var'];

// A kill leaves behind what is on disk, and no process. So the disk as it is at a failpoint is kept while the verb goes on:
// one run shows what a kill at any of its lines would leave. Each time that a line is reached counts, not the first alone.
const FUNCTION = `failpoint() {
  [ "$1" != "\${HAPROV_FAILPOINT-}" ] || kill -9 0
  [ -n "\${HAPROV_SEEN-}" ] || return 0
  read -r failpoint_n <"$HAPROV_SEEN/n"
  failpoint_n=$((failpoint_n + 1))
  echo "$failpoint_n" >"$HAPROV_SEEN/n"
  [ $((failpoint_n % HAPROV_EACH)) -eq "$HAPROV_TURN" ] || return 0
  mkdir "$HAPROV_SEEN/$failpoint_n.$1"
  cp -a "$HAPROV_ROOT/etc" "$HAPROV_ROOT/run" "$HAPROV_ROOT/var" "$HAPROV_SEEN/$failpoint_n.$1"
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
    pattern = /^(case .*|".*)\bin$/.test(bare) || bare.endsWith(';;');
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

/** How often failpoints were reached, and how many different states of the disk were found there. */
export interface Seen {
  readonly points: number;
  readonly states: number;
}

const DONE: Ended = { code: 0, stdout: '', stderr: '' };

/**
 * Looks at what a kill at each failpoint of a verb would leave behind, or at a sample of them, and begins the verb again from
 * there; from states that are the same, once. One kill is a real one. `fresh` makes a root.
 */
export async function killEverywhere(
  ordeal: Ordeal,
  shell: readonly string[],
  fresh: () => ScratchRoot,
): Promise<Seen> {
  // Another one for each verb and shell.
  const turn = (13 * SHELLS.indexOf(shell) + ordeal.name.length) % FEWEST;
  const world = ready(ordeal, shell, fresh);
  const seen = `${world.root.directory}.seen`;
  const states = new Set<string>();
  try {
    mkdirSync(seen);
    writeFileSync(join(seen, 'n'), '0\n');
    const each = FULL ? 1 : SAMPLE;
    await begin(world, shell, { HAPROV_SEEN: seen, HAPROV_EACH: `${each}`, HAPROV_TURN: `${turn % each}` });
    const points = Number(readFileSync(join(seen, 'n'), 'utf8'));
    const kept = readdirSync(seen)
      .filter((name) => name !== 'n')
      .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    for (const name of kept) {
      const from = join(seen, name);
      const state = digest(from);
      if (states.has(state)) continue;
      states.add(state);
      for (const part of PARTS) {
        rmSync(world.root.path(part), { recursive: true, force: true });
        renameSync(join(from, part), world.root.path(part));
      }
      goOn(ordeal, world, name.split('.')[1] ?? '');
    }
    const point = kept[turn % Math.max(1, kept.length)]?.split('.')[1];
    if (point !== undefined) await killOnce(ordeal, shell, fresh, point);
    return { points, states: states.size };
  } finally {
    world.root.remove();
    rmSync(seen, { recursive: true, force: true });
  }
}

async function killOnce(ordeal: Ordeal, shell: readonly string[], fresh: () => ScratchRoot, at: string): Promise<void> {
  const world = ready(ordeal, shell, fresh);
  try {
    await begin(world, shell, { HAPROV_FAILPOINT: at });
    goOn(ordeal, world, at);
  } finally {
    world.root.remove();
  }
}

function ready(ordeal: Ordeal, shell: readonly string[], fresh: () => ScratchRoot): World {
  const root = fresh();
  const program = root.program(instrument);
  const run = (words: readonly string[], stdin = ''): Ended => root.run(shell, words, stdin, program);
  ordeal.before({ root, run, shell });
  const { words, stdin = '' } = ordeal;
  const begun = ordeal.program === undefined ? program : root.path(ordeal.program);
  return {
    root,
    run,
    shell,
    words: [begun, ...(typeof words === 'function' ? words(root) : words)],
    stdin: typeof stdin === 'function' ? stdin(root) : stdin,
  };
}

function goOn(ordeal: Ordeal, world: World, point: string): void {
  try {
    ordeal.always(world);
    // What was to be run may have done its work, and be gone.
    const { root, shell, words, stdin } = world;
    const again = existsSync(words[0] ?? '') ? root.spawn(shell, words, stdin) : DONE;
    ordeal.converged(world, again);
  } catch (error) {
    const line = hostProgram().text.split('\n')[Number(point)];
    throw new Error(`${ordeal.name}, killed before line ${point} (${line?.trim()}): ${String(error)}`);
  }
}

/** All shells, or in the gate another one for each verb. */
export function shellsFor(index: number): typeof SHELLS {
  return SHELLS.filter((_, at) => FULL || at === index % SHELLS.length);
}

/** The same for states of the disk that are the same. */
function digest(directory: string): string {
  const sum = createHash('sha256');
  const add = (path: string): void => {
    const stat = lstatSync(path);
    sum.update(JSON.stringify([path.slice(directory.length), stat.mode, stat.uid, stat.gid]));
    if (stat.isSymbolicLink()) sum.update(readlinkSync(path));
    else if (stat.isFile()) sum.update(readFileSync(path));
    else if (stat.isDirectory()) for (const name of readdirSync(path).toSorted()) add(join(path, name));
  };
  for (const part of PARTS) add(join(directory, part));
  return sum.digest('hex');
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
