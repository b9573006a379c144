import type { Readable, Writable } from 'node:stream';
import { Downfall } from '../path/downfall.ts';
import { createReceiver, createSender } from './frames.ts';
import { type FromRelay, parseFromRelay } from './from-relay.ts';
import { packMessage, type ToRelay } from './messages.ts';
import { packError } from './wire-errors.ts';

/** The standard input and output of a process that runs a relay, from its greeting on. */
export interface RelayPipe {
  readonly input: Writable;
  readonly output: Readable;
  /** What came behind the greeting. */
  readonly rest: Buffer;
  /** Calls back once when it is gone, at once if it already is. */
  onDown(listener: (why: string) => void): void;
  close(): void;
}

/** What a relay says of a request. */
export interface Answers {
  /** Nothing follows it. */
  done(message: Extract<FromRelay, { readonly kind: 'connected' | 'failed' | 'done' }>, parts: readonly Buffer[]): void;
  output(text: string): void;
  /** The relay is gone, and with it the answer. */
  lost(why: string): void;
}

type Question = Extract<FromRelay, { readonly kind: 'sign' | 'record' }>;

/** Answers what a relay asks. */
export type AnswerQuestion = (question: Question, part: Buffer) => Promise<Uint8Array>;

/** A relay at work. */
export interface Relay extends Pick<Downfall, 'onDown'> {
  readonly down: string | undefined;
  /** Sends a message that has no answer, or one whose answers go to `answers`. */
  tell(message: ToRelay, parts?: readonly Uint8Array[], answers?: Answers): void;
  /** Lets nobody hear any more what becomes of a request. */
  forget(id: number): void;
  close(why: string): void;
}

/** A relay that hears nothing for four of these takes us for dead. */
const PING_MS = 7000;

/** A transport is opened on a lane of its own, where nothing is waiting: no connection may overtake it. */
function laneOf(message: ToRelay): number {
  if ('id' in message) return message.id;
  return message.kind === 'open' ? message.transport : -1;
}

/** Speaks with the relay at the other end of `pipe`. */
export function speakWith(pipe: RelayPipe, answer: AnswerQuestion): Relay {
  const { send } = createSender(pipe.input);
  const waiting = new Map<number, Answers>();
  const life = new Downfall();
  life.onDown((why) => {
    clearInterval(ping);
    for (const answers of [...waiting.values()]) answers.lost(why);
    waiting.clear();
    pipe.close();
  });
  const tell: Relay['tell'] = (message, parts = [], answers) => {
    if (life.down !== undefined) return answers?.lost(life.down);
    if (answers !== undefined && 'id' in message) waiting.set(message.id, answers);
    send(laneOf(message), packMessage(message, parts));
  };
  const reply = async (question: Question, part: Buffer): Promise<void> => {
    const { id } = question;
    try {
      tell({ kind: 'answer', id, error: null }, [await answer(question, part)]);
    } catch (error) {
      tell({ kind: 'answer', id, error: packError(error) });
    }
  };
  const take = (message: FromRelay, parts: readonly Buffer[]): void => {
    const [first = Buffer.alloc(0)] = parts;
    if (message.kind === 'sign' || message.kind === 'record') return void reply(message, first);
    const answers = waiting.get(message.id);
    if (message.kind === 'output') answers?.output(first.toString());
    else {
      waiting.delete(message.id);
      answers?.done(message, parts);
    }
  };
  const receive = createReceiver(([head, ...parts]) => take(parseFromRelay(head), parts));
  const read = (bytes: Buffer): void => {
    if (life.down !== undefined) return;
    try {
      receive(bytes);
    } catch (error) {
      life.fall(`what it said could not be read (${error instanceof Error ? error.message : String(error)})`);
    }
  };

  const ping = setInterval(() => tell({ kind: 'alive' }), PING_MS);
  ping.unref();
  pipe.onDown((why) => life.fall(why));
  pipe.input.on('error', () => {});
  if (pipe.rest.length > 0) read(pipe.rest);
  pipe.output.on('data', read);
  pipe.output.resume();
  return Object.assign(life, {
    tell,
    forget: (id: number) => void waiting.delete(id),
    close: (why: string) => life.fall(why),
  });
}
