import { readFile } from 'node:fs/promises';
import { type Answer, parseAnswer } from './answer.ts';
import { askSsh, type Question } from './ask.ts';
import { nameClasses } from './classes.ts';

/** Answers of this machine's ssh. */
export interface SshConfigSource {
  /** What ssh_config says for a name; undefined where there is no ssh to ask. Rejects with UsageError. */
  ask(question: Question): Promise<Answer | undefined>;
  /** Whether a file of ssh_config that was read for a name says `User user`, for that name or any other. */
  namesUser(question: Question, user: string): Promise<boolean>;
  /** What OpenSSH does where ssh_config says nothing; undefined where there is no ssh to ask. */
  defaults(): Promise<Answer | undefined>;
}

/** Processes side by side; more do not answer faster on two cores, and 500 names take four of them a second. */
const PROCESSES = 4;
/** Names whose answers one process gives; few enough for the argument list of any system. */
const MOST = 1000;
/** A file that holds nothing; `-F none` is not known to older clients. */
const NO_CONFIG = '/dev/null';

type Env = Readonly<Record<string, string | undefined>>;

interface Waiting {
  readonly question: Question;
  readonly answer: (answer: Answer | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** How names are told apart: each for itself, or by the classes that a configuration's own patterns make. */
interface Known {
  /** What the files say that ssh read. */
  readonly texts: readonly string[];
  readonly classOf: ((name: string) => string) | undefined;
  readonly answers: Map<string, Promise<{ name: string; answer: Answer } | undefined>>;
}

/**
 * Asks ssh what its configuration says. All questions of one moment are asked together, each different one once; names
 * that no pattern tells apart share one answer, so that 500 hosts cost as little as a few.
 */
export function createSshConfigSource(env: Env): SshConfigSource {
  const known = new Map<string, Promise<Known | undefined>>();
  let waiting: Waiting[] = [];
  let defaults: Promise<Answer | undefined> | undefined;

  const askDefaults = (): Promise<Answer | undefined> =>
    (defaults ??= askSsh([{ name: 'localhost', config: NO_CONFIG }], env).then((printed) =>
      printed?.[0] === undefined ? undefined : parseAnswer(printed[0].text),
    ));

  const knownOf = (config: string | undefined, first: Question): Promise<Known | undefined> => {
    const id = config ?? '';
    const found = known.get(id) ?? openConfig(first, env);
    known.set(id, found);
    return found;
  };

  const flush = async (batch: readonly Waiting[]): Promise<void> => {
    for (const config of new Set(batch.map(({ question }) => question.config))) {
      const asked = batch.filter(({ question }) => question.config === config);
      const [first] = asked;
      if (first === undefined) continue;
      try {
        const base = config === 'none' ? undefined : await knownOf(config, first.question);
        if (base !== undefined) answerAll(asked, base, env);
        else for (const one of asked) one.answer(config === 'none' ? renamed(await askDefaults(), one) : undefined);
      } catch (error) {
        for (const { fail } of asked) fail(error);
      }
    }
  };

  return {
    defaults: askDefaults,
    namesUser: async (question, user) => {
      const base = question.config === 'none' ? undefined : await knownOf(question.config, question);
      const values = (base?.texts ?? []).flatMap((text) => [...text.matchAll(/^\s*user(?:\s*=\s*|\s+)"?([^\s"]+)/gim)]);
      return values.some(([, value]) => value === user);
    },
    ask: (question) =>
      new Promise((answer, fail) => {
        if (waiting.length === 0) {
          setImmediate(() => {
            const batch = waiting;
            waiting = [];
            void flush(batch);
          });
        }
        waiting.push({ question, answer, fail });
      }),
  };
}

/** Asks about one name, and learns from it which files there are. */
async function openConfig({ name, config }: Question, env: Env): Promise<Known | undefined> {
  const first = { name, config };
  const printed = await askSsh([first], env, true);
  if (printed?.[0] === undefined) return undefined;
  const { text, files } = printed[0];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => undefined)));
  const readable = texts.filter((one) => one !== undefined);
  const classOf = readable.length === texts.length ? nameClasses(readable) : undefined;
  const answer = { name, answer: parseAnswer(text) };
  return { texts: readable, classOf, answers: new Map([[keyOf(first, classOf), Promise.resolve(answer)]]) };
}

function answerAll(asked: readonly Waiting[], { classOf, answers }: Known, env: Env): void {
  const fresh = new Map<string, Question>();
  for (const { question } of asked) {
    const key = keyOf(question, classOf);
    if (answers.has(key) || fresh.has(key)) continue;
    fresh.set(key, classOf === undefined ? question : { name: question.name, config: question.config });
  }
  for (const part of shared([...fresh])) {
    const printing = askSsh(
      part.map(([, question]) => question),
      env,
    );
    for (const [index, [key, { name }]] of part.entries()) {
      const answer = printing.then((printed) => {
        const text = printed?.[index]?.text;
        return text === undefined ? undefined : { name, answer: parseAnswer(text) };
      });
      answers.set(key, answer);
    }
  }
  for (const { question, answer, fail } of asked) {
    const found = answers.get(keyOf(question, classOf)) ?? Promise.resolve(undefined);
    found.then((one) => answer(one && forName(question.name, one)), fail);
  }
}

// Where only Host patterns count, the user and the port make no difference to what the configuration says.
function keyOf(question: Question, classOf: Known['classOf']): string {
  return classOf === undefined ? JSON.stringify([question.name, question.user, question.port]) : classOf(question.name);
}

/** The answer that was given for one name, as another name of its class would have had it. */
function forName(name: string, asked: { readonly name: string; readonly answer: Answer }): Answer {
  if (name === asked.name) return asked.answer;
  const own = asked.answer.get('hostname')?.[0]?.toLowerCase() === asked.name.toLowerCase();
  return own ? new Map([...asked.answer, ['hostname', [name]]]) : asked.answer;
}

function renamed(answer: Answer | undefined, { question }: Waiting): Answer | undefined {
  return answer && new Map([...answer, ['hostname', [question.name]]]);
}

/** The list in parts of about the same length, one for each process. */
function shared<T>(list: readonly T[]): T[][] {
  const count = Math.max(Math.min(PROCESSES, list.length), Math.ceil(list.length / MOST));
  return Array.from({ length: count }, (_, part) => list.filter((_one, index) => index % count === part));
}
