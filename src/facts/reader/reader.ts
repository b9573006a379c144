import { randomBytes } from 'node:crypto';
import { HaprovError } from '../../errors.ts';
import type { RunResult, Session } from '../../transport/session.ts';
import type { Ask, Subject } from './subject.ts';

/** A host that answered, but not to the question: not "absent", not "lost". */
export class FactError extends HaprovError {
  override readonly name = 'FactError';
}

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void };
type AnySubject = Subject<string, unknown>;
type Round = Map<AnySubject, Map<string, Waiting[]>>;

/** What a round cost, for those who count. */
export interface Reader {
  readonly ask: Ask;
  /** Round trips so far. */
  readonly rounds: () => number;
}

/**
 * A reader of one host's facts. All questions of one turn of the event loop go into one script and one round trip;
 * a question that was answered before is answered from memory. A new reader sees the host afresh.
 */
export function createReader(session: Pick<Session, 'run' | 'host'>, signal?: AbortSignal): Reader {
  const known = new Map<AnySubject, Map<string, Promise<unknown>>>();
  let round: Round | undefined;
  let rounds = 0;

  const flush = async (asked: Round): Promise<void> => {
    rounds += 1;
    const subjects = [...asked.keys()];
    const mark = `haprov-${randomBytes(9).toString('hex')}`;
    const script = renderRound(
      mark,
      subjects.map((subject) => subject.script([...(asked.get(subject) ?? new Map()).keys()])),
    );
    try {
      const result = await session.run(script, signal === undefined ? {} : { signal });
      for (const [index, subject] of subjects.entries()) {
        settle(session.host.id, subject, asked.get(subject) ?? new Map(), sectionOf(result, mark, index), result);
      }
    } catch (error) {
      for (const keys of asked.values()) for (const waiting of keys.values()) for (const w of waiting) w.reject(error);
    }
  };

  const ask: Ask = <K extends string, V>(subject: Subject<K, V>, key: K): Promise<V> => {
    const any = subject as unknown as AnySubject;
    const answers = known.get(any) ?? new Map<string, Promise<unknown>>();
    known.set(any, answers);
    const before = answers.get(key);
    if (before !== undefined) return before as Promise<V>;
    const answer = new Promise<unknown>((resolve, reject) => {
      if (round === undefined) {
        const opened: Round = new Map();
        round = opened;
        setImmediate(() => {
          round = undefined;
          void flush(opened);
        });
      }
      const keys = round.get(any) ?? new Map<string, Waiting[]>();
      round.set(any, keys);
      keys.set(key, [...(keys.get(key) ?? []), { resolve, reject }]);
    });
    answers.set(key, answer);
    return answer as Promise<V>;
  };
  return { ask, rounds: () => rounds };
}

/** A shell of its own for each subject: one that exits, or reads standard input, takes nothing from the others. */
function renderRound(mark: string, scripts: readonly string[]): string {
  return scripts
    .map(
      (script, index) =>
        `echo; echo ${mark} ${index}\n(\n${script}\n) </dev/null\ncode=$?; echo; echo ${mark} ${index} $code`,
    )
    .join('\n');
}

interface Section {
  readonly output: string;
  readonly code: number;
}

function sectionOf(result: RunResult, mark: string, index: number): Section | undefined {
  const open = `\n${mark} ${index}\n`;
  const start = result.stdout.indexOf(open);
  if (start < 0) return undefined;
  const close = `\n${mark} ${index} `;
  const end = result.stdout.indexOf(close, start + open.length - 1);
  if (end < 0) return undefined;
  const code = Number.parseInt(result.stdout.slice(end + close.length), 10);
  return { output: result.stdout.slice(start + open.length, end), code };
}

function settle(
  host: string,
  subject: AnySubject,
  asked: ReadonlyMap<string, readonly Waiting[]>,
  section: Section | undefined,
  result: RunResult,
): void {
  const waiting = [...asked.values()];
  const refuse = (message: string): void => {
    const error = new FactError(message, {
      host,
      action: `read facts: ${subject.name}`,
      evidence: result.stderr || result.stdout.slice(0, 2000),
    });
    for (const list of waiting) for (const w of list) w.reject(error);
  };
  if (section === undefined) {
    refuse('the host ended the questions before this one was answered');
    return;
  }
  if (section.code !== 0) {
    refuse(`the question failed with exit status ${section.code}`);
    return;
  }
  try {
    const values = subject.parse(section.output, [...asked.keys()]);
    for (const [index, list] of waiting.entries()) for (const w of list) w.resolve(values[index]);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
}
