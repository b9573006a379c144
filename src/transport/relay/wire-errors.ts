import type { ErrorFacts } from '../../errors.ts';
import {
  BecomeError,
  ConnectError,
  type ConnectErrorKind,
  connectError,
  type HopFault,
  HopFaultError,
  HostKeyError,
  type HostKeyFault,
  LostConnectionError,
  OutputTooLargeError,
  RunTimeoutError,
  ShellError,
} from '../errors.ts';
import { NulError } from '../quote.ts';

/** What an error says of itself and can be written down; its cause is left with its name and message. */
interface Told {
  readonly message: string;
  readonly host?: string;
  readonly action?: string;
  readonly next?: string;
  readonly evidence?: string;
  readonly cause?: string;
}

/** An error on its way between a relay and those that it serves. */
export type WireError = Told &
  (
    | {
        readonly type: 'hop';
        /** undefined: it is not known yet on whose behalf. */
        readonly hop?: string;
        readonly kind: ConnectErrorKind;
        readonly retryable: boolean;
        readonly hostKey?: HostKeyFault;
        readonly disagreement?: string;
      }
    | { readonly type: 'lost'; readonly hop: string; readonly mayHaveRun: boolean }
    | { readonly type: 'timeout'; readonly timeoutMs: number }
    | { readonly type: 'become'; readonly reason: 'refused' | 'wrong-password'; readonly code?: number }
    | { readonly type: 'shell'; readonly code?: number }
    | { readonly type: 'too-large'; readonly limit: number }
    | { readonly type: 'nul' }
    | { readonly type: 'other' }
  );

/** An error of a transport as data. */
export function packError(error: unknown): WireError {
  if (error instanceof HopFaultError) return packFault(error.fault, undefined);
  if (error instanceof ConnectError) return packFault(faultOf(error), error.hop, error.facts.host);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NulError) return { type: 'nul', message };
  if (error instanceof LostConnectionError) {
    const said = without(error.hop, message);
    return { type: 'lost', ...told(said, error.facts), hop: error.hop, mayHaveRun: error.mayHaveRun };
  }
  if (error instanceof RunTimeoutError)
    return { type: 'timeout', ...told(message, error.facts), timeoutMs: error.timeoutMs };
  if (error instanceof BecomeError)
    return { type: 'become', ...told(message, error.facts), reason: error.reason, ...codeOf(error) };
  if (error instanceof ShellError) return { type: 'shell', ...told(message, error.facts), ...codeOf(error) };
  if (error instanceof OutputTooLargeError)
    return { type: 'too-large', ...told(message, error.facts), limit: error.limit };
  return { type: 'other', message };
}

/** The error again. `hop` translates how the other side names a hop. */
export function unpackError(error: WireError, hop: (name: string) => string = (name) => name): Error {
  const { host, action, next, evidence, cause } = error;
  const facts: ErrorFacts = {
    host,
    action,
    next,
    evidence,
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  };
  switch (error.type) {
    case 'hop': {
      const fault = unpackFault(error);
      return error.hop === undefined ? new HopFaultError(fault) : connectError(fault, host ?? '', hop(error.hop));
    }
    case 'lost':
      return new LostConnectionError(error.message, hop(error.hop), error.mayHaveRun, facts);
    case 'timeout':
      return new RunTimeoutError(error.timeoutMs, error.message, facts);
    case 'become':
      return new BecomeError(error.reason, error.code, error.message, facts);
    case 'shell':
      return new ShellError(error.code, error.message, facts);
    case 'too-large':
      return new OutputTooLargeError(error.limit, facts);
    case 'nul':
      return new NulError();
    case 'other':
      return new Error(error.message);
  }
}

/** The fault that a ConnectError was made of. */
export function faultOf(error: ConnectError): HopFault {
  const { kind, retryable, disagreement, facts } = error;
  return {
    kind,
    retryable,
    message: without(error.hop, error.message),
    ...(facts.next === undefined ? {} : { next: facts.next }),
    ...(facts.evidence === undefined ? {} : { evidence: facts.evidence }),
    ...(facts.cause === undefined ? {} : { cause: facts.cause }),
    ...(disagreement === undefined ? {} : { disagreement }),
    ...(error instanceof HostKeyError ? { hostKey: error.hostKey } : {}),
  };
}

function packFault(fault: HopFault, hop: string | undefined, host?: string): WireError {
  const { kind, retryable, hostKey, disagreement, message, ...facts } = fault;
  return {
    type: 'hop',
    ...told(message, { ...facts, host }),
    kind,
    retryable,
    ...(hop === undefined ? {} : { hop }),
    ...(hostKey === undefined ? {} : { hostKey }),
    ...(disagreement === undefined ? {} : { disagreement }),
  };
}

function unpackFault(error: WireError & { readonly type: 'hop' }): HopFault {
  const { type: _type, hop: _hop, host: _host, action: _action, cause, ...fault } = error;
  return cause === undefined ? fault : { ...fault, cause: new Error(cause) };
}

function told(message: string, facts: ErrorFacts): Told {
  const { host, action, next, evidence, cause } = facts;
  return {
    message,
    ...(host === undefined ? {} : { host }),
    ...(action === undefined ? {} : { action }),
    ...(next === undefined ? {} : { next }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? cause.message : String(cause) }),
  };
}

/** The message as it was before the error put its hop in front. */
function without(hop: string, message: string): string {
  return hop !== 'target' && message.startsWith(`${hop}: `) ? message.slice(hop.length + 2) : message;
}

function codeOf({ code }: { readonly code: number | undefined }): { code?: number } {
  return code === undefined ? {} : { code };
}
