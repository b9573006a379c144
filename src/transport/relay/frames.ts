import type { Writable } from 'node:stream';
import { packFields, splitFields } from '../basics/fields.ts';

/** Bytes of a message that travel in one piece; between two of them other messages get their turn. */
const PIECE = 32 * 1024;
/** Number of the message, whether the piece is its last one, and how many bytes follow. */
const HEAD = 9;
/** A message of more than this is no message: twice what a run may say, and some. */
const LONGEST = 160 * 1024 * 1024;

/** Sends messages, each of them a list of byte strings. */
export interface Sender {
  /** Messages of one lane arrive in the order in which they were sent; those of different lanes overtake each other. */
  send(lane: number, parts: readonly Uint8Array[]): void;
}

interface Sending {
  readonly number: number;
  rest: Buffer;
}

/**
 * Sends messages in pieces, the lanes by turns, so that a large one holds up no other; waits while `out` is full. Write
 * errors are the business of whoever watches `out`.
 */
export function createSender(out: Writable): Sender {
  const lanes = new Map<number, Sending[]>();
  let number = 0;
  let full = false;

  const pump = (): void => {
    while (!full) {
      const [next] = lanes;
      if (next === undefined) return;
      const [lane, waiting] = next;
      lanes.delete(lane);
      const [sending] = waiting;
      if (sending === undefined) continue;
      const piece = sending.rest.subarray(0, PIECE);
      sending.rest = sending.rest.subarray(PIECE);
      const last = sending.rest.length === 0;
      if (last) waiting.shift();
      // At the end of the turn.
      if (waiting.length > 0) lanes.set(lane, waiting);
      full = !out.write(Buffer.concat([headOf(sending.number, last, piece.length), piece]));
    }
  };
  out.on('drain', () => {
    full = false;
    pump();
  });
  return {
    send(lane, parts) {
      const waiting = lanes.get(lane) ?? [];
      waiting.push({ number: number++, rest: packFields(...parts) });
      lanes.set(lane, waiting);
      pump();
    },
  };
}

/** Takes bytes as they arrive and gives out messages. Throws where they are none. */
export function createReceiver(onMessage: (parts: readonly Buffer[]) => void): (bytes: Buffer) => void {
  const begun = new Map<number, { pieces: Buffer[]; length: number }>();
  let held: Buffer = Buffer.alloc(0);
  return (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    while (held.length >= HEAD) {
      const length = held.readUInt32BE(5);
      if (length > PIECE) throw new Error('a piece is too long');
      if (held.length < HEAD + length) return;
      const number = held.readUInt32BE(0);
      const last = held.readUInt8(4) === 1;
      const message = begun.get(number) ?? { pieces: [], length: 0 };
      message.pieces.push(held.subarray(HEAD, HEAD + length));
      message.length += length;
      if (message.length > LONGEST) throw new Error('a message is too long');
      held = held.subarray(HEAD + length);
      if (last) {
        begun.delete(number);
        const parts = splitFields(Buffer.concat(message.pieces));
        if (parts === undefined) throw new Error('a message is cut off');
        onMessage(parts);
      } else begun.set(number, message);
    }
  };
}

function headOf(number: number, last: boolean, length: number): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(number >>> 0, 0);
  head.writeUInt8(last ? 1 : 0, 4);
  head.writeUInt32BE(length, 5);
  return head;
}
