import { expect, it } from 'vitest';
import {
  BecomeError,
  ConnectError,
  HopFaultError,
  HostKeyError,
  LostConnectionError,
  OutputTooLargeError,
  RunTimeoutError,
  ShellError,
} from '../../../../src/transport/errors.ts';
import { NulError } from '../../../../src/transport/quote.ts';
import { parseFromRelay } from '../../../../src/transport/relay/from-relay.ts';
import { packMessage } from '../../../../src/transport/relay/messages.ts';
import { packError, unpackError } from '../../../../src/transport/relay/wire-errors.ts';

const fault = { kind: 'auth', message: 'refused', retryable: false, next: 'Do.', evidence: 'tried: a' } as const;
const hostKey = {
  verdict: 'changed',
  name: 'lb1',
  keyType: 'ssh-ed25519',
  fingerprint: 'SHA256:a',
  known: [{ file: '/k', line: 3, keyType: 'ssh-rsa', fingerprint: 'SHA256:b' }],
} as const;
const facts = { host: 'lb1', action: 'run a script', next: 'Look.', evidence: 'said' };

const ERRORS: readonly Error[] = [
  new ConnectError(fault, 'lb1', 'target'),
  new ConnectError({ ...fault, disagreement: 'no common cipher' }, 'lb1', 'jump 1 of 2 ops@b:22'),
  new HostKeyError({ ...fault, kind: 'host-key', hostKey }, hostKey, 'lb1', 'target'),
  new LostConnectionError('gone', 'target', true, facts),
  new LostConnectionError('gone', 'jump 1 of 1 ops@b:22', false, facts),
  new RunTimeoutError(600, 'too long', facts),
  new BecomeError('refused', 1, 'sudo refused', facts),
  new BecomeError('wrong-password', undefined, 'no', facts),
  new ShellError(undefined, 'no shell', facts),
  new OutputTooLargeError(100, facts),
  new NulError(),
  new HopFaultError(fault),
];

it.each(ERRORS.map((error) => [`${error.constructor.name} ${error.message}`, error] as const))(
  'brings %s through as it was',
  (_name, error) => {
    const message = packMessage({ kind: 'failed', id: 1, error: packError(error) })[0];
    const arrived = parseFromRelay(Buffer.from(message ?? []));
    if (arrived.kind !== 'failed') throw new Error(arrived.kind);
    const again = unpackError(arrived.error);
    expect(again.constructor).toBe(error.constructor);
    expect(again.message).toBe(error.message);
    expect({ ...again }).toEqual({ ...error });
  },
);

it('translates the name of the hop, in the message too', () => {
  const told = packError(new ConnectError(fault, 'lb1', 'jump 1 of 1 ops@b:22'));
  const error = unpackError(told, () => 'jump 2 of 2 ops@b:22');
  expect(error).toMatchObject({ hop: 'jump 2 of 2 ops@b:22', message: 'jump 2 of 2 ops@b:22: refused' });
  expect(error).toMatchObject({ facts: { action: 'connect through jump 2 of 2 ops@b:22' } });
});

it('takes nothing from a relay that is not in its right form', () => {
  for (const said of ['', 'null', '{"kind":"sing"}', '{"kind":"done","id":-1,"code":0}', '{"kind":"done","id":1}']) {
    expect(() => parseFromRelay(Buffer.from(said)), said).toThrow();
  }
});
