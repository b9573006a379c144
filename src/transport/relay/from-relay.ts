import { z } from 'zod';

const text = z.string();
const id = z.int().nonnegative();
const told = {
  message: text,
  host: text.optional(),
  action: text.optional(),
  next: text.optional(),
  evidence: text.optional(),
  cause: text.optional(),
};
const knownKey = z.object({ file: text, line: z.int(), keyType: text, fingerprint: text });
const hostKey = z.object({
  verdict: z.enum(['unknown', 'changed', 'revoked']),
  name: text,
  keyType: text,
  fingerprint: text,
  known: z.array(knownKey).readonly(),
});
const kinds = [
  'dns',
  'refused',
  'unreachable',
  'timeout',
  'dropped',
  'protocol',
  'forward',
  'host-key',
  'auth',
  'lost',
] as const;

/** undefined as the hop: it is not known yet on whose behalf it failed. */
const error = z.discriminatedUnion('type', [
  z.object({
    ...told,
    type: z.literal('hop'),
    hop: text.optional(),
    kind: z.enum(kinds),
    retryable: z.boolean(),
    hostKey: hostKey.optional(),
    disagreement: text.optional(),
  }),
  z.object({ ...told, type: z.literal('lost'), hop: text, mayHaveRun: z.boolean() }),
  z.object({ ...told, type: z.literal('timeout'), timeoutMs: z.number() }),
  z.object({
    ...told,
    type: z.literal('become'),
    reason: z.enum(['refused', 'wrong-password']),
    code: z.int().optional(),
  }),
  z.object({ ...told, type: z.literal('shell'), code: z.int().optional() }),
  z.object({ ...told, type: z.literal('too-large'), limit: z.number() }),
  z.object({ ...told, type: z.literal('nul') }),
  z.object({ ...told, type: z.literal('other') }),
]);

const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connected'), id }),
  z.object({ kind: z.literal('failed'), id, error }),
  z.object({ kind: z.literal('output'), id }),
  z.object({ kind: z.literal('done'), id, code: z.int() }),
  z.object({
    kind: z.literal('sign'),
    id,
    place: id,
    keys: id,
    key: id,
    hash: z.enum(['sha1', 'sha256', 'sha512']).nullable(),
  }),
  z.object({ kind: z.literal('record'), id, place: id }),
]);

/** An error on its way between a relay and those that it serves; its cause is left with its message. */
export type WireError = z.infer<typeof error>;

/**
 * What a relay says. Parts behind it: `output` has text, `done` stdout and stderr, `sign` what is to be signed, `record`
 * the key that a server showed and proved to hold. The last two are questions, to be answered by their id. Of `sign`,
 * `keys` is an index into the login's keys, and `key` one into these.
 */
export type FromRelay = z.infer<typeof shape>;

/** What a relay said: another machine's word, taken only in its right form. Throws where it is not. */
export function parseFromRelay(part: Buffer | undefined): FromRelay {
  return shape.parse(JSON.parse(part?.toString() ?? ''));
}
