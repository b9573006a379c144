import type { Hop } from '../../inventory/model.ts';
import type { HopFault } from '../errors.ts';
import { authFault, closedFault, endpoint, expiredFault, protocolFault, timeoutFault } from '../ssh2/faults.ts';
import type { MasterLog } from './log.ts';

/** What is known of an attempt that failed. */
export interface Failure {
  readonly hop: Hop;
  readonly log: MasterLog;
  /** What ssh and the commands under it wrote to stderr. */
  readonly stderr: string;
  readonly connectTimeout: number;
}

/** What the C library calls its errors in English. */
const CODES: readonly (readonly [RegExp, string])[] = [
  [/Connection refused/, 'ECONNREFUSED'],
  [/timed out/, 'ETIMEDOUT'],
  [/No route to host|Host is down|Host is unreachable/, 'EHOSTUNREACH'],
  [/Network is (unreachable|down)/, 'ENETUNREACH'],
  [/Permission denied|Operation not permitted/, 'EACCES'],
  [/Cannot assign requested address|Can't assign requested address/, 'EADDRNOTAVAIL'],
  [/Invalid argument/, 'EINVAL'],
];
const GARBLED =
  /^(Unable to negotiate|Protocol major versions differ|Bad packet length|ssh_dispatch_run_fatal|kex_exchange_identification: (?!(read: )?Connection)|banner exchange|no hostkey alg|Bad remote protocol)/;
const REFUSED_CONFIGURATION =
  /(Bad configuration option|bad configuration options|no argument after keyword|garbage at end of line|Bad owner or permissions on|unsupported option|missing argument|invalid quotes|Can't open user config file)/i;

/**
 * Why ssh gave up, from its last words. A refused host key is not told here. Rules stand in the order in which ssh
 * comes to them; what none of them knows is a final error with all the evidence.
 */
export function diagnose(failure: Failure): HopFault {
  const { hop, log, stderr } = failure;
  const inner = stderr.split(/\r?\n/).filter((line) => line !== '');
  // What ssh has to say of its configuration comes before its log is open.
  const fault = fromLines(failure, log.said.length === 0 ? inner : log.said);
  if (!log.proxied || log.phase !== 'tcp') return fault;
  // The way there failed, and the command that makes it knows better why.
  if (inner.length === 0) return { ...fault, kind: 'dropped', message: `the way to ${endpoint(hop)} was closed` };
  const why = fromLines({ ...failure, log: { ...log, phase: 'greeting', tried: [], unusable: [] } }, inner);
  return {
    ...why,
    message: `ssh_config’s way to ${endpoint(hop)} failed: ${inner.at(-1)}`,
    evidence: [...inner, ...log.said].join('\n'),
    next: 'Check ProxyJump and ProxyCommand in ssh_config, and connect once with ssh to see more.',
  };
}

function fromLines({ hop, log, connectTimeout }: Failure, lines: readonly string[]): HopFault {
  const evidence = lines.join('\n');
  const line = (pattern: RegExp): string | undefined => lines.find((one) => pattern.test(one));

  const unresolved = line(/Could not resolve hostname/);
  if (unresolved !== undefined) {
    const code = /Temporary failure|try again/i.test(unresolved) ? 'EAI_AGAIN' : 'ENOTFOUND';
    return { ...closedFault('tcp', hop, withCode(unresolved, code)), evidence };
  }
  const unreached = line(/^ssh: connect to host /);
  if (unreached !== undefined) {
    const code = CODES.find(([pattern]) => pattern.test(unreached))?.[1];
    if (code === 'ETIMEDOUT') return { ...timeoutFault('tcp', hop, connectTimeout), evidence };
    return { ...closedFault('tcp', hop, withCode(unreached, code ?? 'EHOSTUNREACH')), evidence };
  }
  if (line(/timed out$|timed out during banner exchange/)) {
    return { ...timeoutFault(log.phase === 'auth' ? 'auth' : 'greeting', hop, connectTimeout), evidence };
  }
  if (line(/password has expired|password change required/i)) return { ...expiredFault(hop), evidence };
  const denied = lines.map((one) => /Permission denied \((.*)\)\.$/.exec(one)).find((match) => match);
  const tooMany = line(/Too many authentication failures/);
  if (denied || tooMany !== undefined || line(/No more authentication methods|Permission denied/)) {
    const fault = authFault(
      hop,
      log.tried,
      log.unusable.map(({ file, why }) => `${file} (${why})`),
      denied?.[1]?.split(','),
      tooMany,
    );
    return { ...fault, evidence: `${fault.evidence}\n${evidence}` };
  }
  const garbled = line(GARBLED);
  if (garbled !== undefined) return { ...protocolFault(hop, new Error(garbled)), evidence };
  const refused = line(REFUSED_CONFIGURATION);
  if (refused !== undefined) return { ...misconfigured(refused), evidence };
  if (line(/Connection (closed|reset) by|Connection reset by peer|Disconnected from|Broken pipe/)) {
    return { ...closedFault(log.phase === 'tcp' ? 'greeting' : log.phase, hop, new Error(evidence)), evidence };
  }
  const last = lines.at(-1) ?? 'it gave no reason';
  return { kind: 'protocol', message: `ssh failed: ${last}`, retryable: false, evidence };
}

function misconfigured(line: string): HopFault {
  const next = 'Correct ssh_config, or name another one with config_file.';
  return { kind: 'protocol', message: `ssh refuses its configuration: ${line}`, retryable: false, next };
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Why an open connection fell, from what its master said last. `silence` in seconds. */
export function lossReason(said: readonly string[], stderr: string, silence: number): string {
  const lines = [...said, ...stderr.split(/\r?\n/).filter((line) => line !== '')];
  if (lines.some((line) => /^Timeout, server .* not responding/.test(line))) return `no answer for ${silence} s`;
  if (lines.some((line) => /closed by remote host|Connection closed by|Disconnected from/.test(line))) {
    return 'the connection was closed by the server';
  }
  const last = lines.at(-1);
  return last === undefined ? 'the connection was lost' : `the connection was lost (${last})`;
}
