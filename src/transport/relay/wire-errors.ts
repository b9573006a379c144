import { type ErrorFacts, HaprovError } from '../../errors.ts';
import {
  BecomeError,
  ConnectError,
  connectError,
  HopFaultError,
  LostConnectionError,
  OutputTooLargeError,
  RunTimeoutError,
  ShellError,
} from '../errors.ts';
import { NulError } from '../quote.ts';
import type { WireError } from './from-relay.ts';

/** An error of a transport as data. */
export function packError(error: unknown): WireError {
  if (error instanceof HopFaultError) return { type: 'hop', ...error.fault, cause: textOf(error.fault.cause) };
  if (error instanceof ConnectError) {
    const { fault, hop, facts } = error;
    return { type: 'hop', ...fault, cause: textOf(fault.cause), hop, host: facts.host };
  }
  const facts = error instanceof HaprovError ? error.facts : {};
  const told = { ...facts, message: textOf(error) ?? '', cause: textOf(facts.cause) };
  if (error instanceof NulError) return { type: 'nul', ...told };
  if (error instanceof LostConnectionError) {
    const { hop, mayHaveRun } = error;
    return { type: 'lost', ...told, message: without(hop, error.message), hop, mayHaveRun };
  }
  if (error instanceof RunTimeoutError) return { type: 'timeout', ...told, timeoutMs: error.timeoutMs };
  if (error instanceof BecomeError) return { type: 'become', ...told, reason: error.reason, code: error.code };
  if (error instanceof ShellError) return { type: 'shell', ...told, code: error.code };
  if (error instanceof OutputTooLargeError) return { type: 'too-large', ...told, limit: error.limit };
  return { type: 'other', ...told };
}

/** The error again. `hop` translates how the other side names a hop. */
export function unpackError(error: WireError, hop: (name: string) => string = (name) => name): Error {
  const { message, host, action, next, evidence } = error;
  const cause = error.cause === undefined ? undefined : new Error(error.cause);
  const facts: ErrorFacts = { host, action, next, evidence, cause };
  switch (error.type) {
    case 'hop': {
      const { kind, retryable, hostKey, disagreement } = error;
      const fault = { kind, message, retryable, next, evidence, cause, hostKey, disagreement };
      return error.hop === undefined ? new HopFaultError(fault) : connectError(fault, host ?? '', hop(error.hop));
    }
    case 'lost':
      return new LostConnectionError(message, hop(error.hop), error.mayHaveRun, facts);
    case 'timeout':
      return new RunTimeoutError(error.timeoutMs, message, facts);
    case 'become':
      return new BecomeError(error.reason, error.code, message, facts);
    case 'shell':
      return new ShellError(error.code, message, facts);
    case 'too-large':
      return new OutputTooLargeError(error.limit, facts);
    case 'nul':
      return new NulError();
    case 'other':
      return new Error(message);
  }
}

function textOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  return error instanceof Error ? error.message : String(error);
}

/** The message as it was before the error put its hop in front. */
function without(hop: string, message: string): string {
  return hop !== 'target' && message.startsWith(`${hop}: `) ? message.slice(hop.length + 2) : message;
}
