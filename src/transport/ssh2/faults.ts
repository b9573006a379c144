import type { Hop } from '../../inventory/model.ts';
import { codeOf, type HopFault } from '../errors.ts';

/** How far a connection attempt has come. `greeting` lasts until the keys are exchanged. */
export type Phase = 'tcp' | 'greeting' | 'auth';

/** `host:port` as people write it. */
export function endpoint(hop: Hop): string {
  return hop.host.includes(':') ? `[${hop.host}]:${hop.port}` : `${hop.host}:${hop.port}`;
}

/** A hop as it is written in proxy_jump. */
export function hopName(hop: Hop): string {
  return `${hop.user}@${endpoint(hop)}`;
}

/** The attempt took longer than connect_timeout. */
export function timeoutFault(phase: Phase, hop: Hop, seconds: number): HopFault {
  const message = {
    tcp: `no answer from ${endpoint(hop)} within ${seconds} s`,
    greeting: `${endpoint(hop)} accepts connections, but did not complete the SSH handshake within ${seconds} s`,
    auth: `${endpoint(hop)} did not complete authentication within ${seconds} s`,
  }[phase];
  const next =
    phase === 'tcp'
      ? `Check that ${hop.host} is up and that port ${hop.port} is reachable from here.`
      : `Check the load and the log of sshd on ${hop.host}, or raise connect_timeout.`;
  return { kind: 'timeout', message, retryable: true, next };
}

/** The connection closed or failed in this phase. */
export function closedFault(phase: Phase, hop: Hop, error: unknown): HopFault {
  const at = endpoint(hop);
  const said = { cause: error, evidence: error instanceof Error ? error.message : undefined };
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const next = `Correct the address, or check name resolution (getent hosts ${hop.host}).`;
    return { kind: 'dns', message: `${hop.host} does not resolve`, retryable: code === 'EAI_AGAIN', next, ...said };
  }
  if (code === 'ECONNREFUSED') {
    const next = `Check that sshd runs on ${hop.host} and listens on port ${hop.port}.`;
    return { kind: 'refused', message: `connection refused by ${at}`, retryable: true, next, ...said };
  }
  if (code === 'ETIMEDOUT') return { ...timeoutFault('tcp', hop, 0), message: `no answer from ${at}`, ...said };
  if (typeof code === 'string' && /^E(HOST|NET)(UNREACH|DOWN)$|^E(ADDRNOTAVAIL|ACCES|PERM|INVAL)$/.test(code)) {
    const next = 'Check the route and the firewalls between here and there.';
    return { kind: 'unreachable', message: `no route to ${at}`, retryable: true, next, ...said };
  }
  if (phase === 'greeting') {
    const next = 'Check MaxStartups and the log of sshd there.';
    return {
      kind: 'dropped',
      message: `${at} closed the connection before the SSH handshake`,
      retryable: true,
      next,
      ...said,
    };
  }
  return { kind: 'lost', message: `${at} closed the connection during authentication`, retryable: true, ...said };
}

/** The two sides do not speak the same protocol, or have no algorithm in common. */
export function protocolFault(hop: Hop, error: unknown): HopFault {
  const disagreed = error instanceof Error && levelOf(error) === 'handshake';
  return {
    disagreement: disagreed ? error.message.replace(/^Handshake failed: /, '') : undefined,
    kind: 'protocol',
    message: `the SSH handshake with ${endpoint(hop)} failed`,
    retryable: false,
    next: 'Check that this is an SSH server, and which algorithms it accepts.',
    cause: error,
    evidence: error instanceof Error ? error.message : undefined,
  };
}

/** Every way to prove who we are was refused, or none was left. */
export function authFault(
  hop: Hop,
  tried: readonly string[],
  notes: readonly string[],
  accepted: readonly string[] | undefined,
  said?: string,
): HopFault {
  const facts = [
    `tried: ${tried.join(', ') || 'nothing'}`,
    ...(notes.length > 0 ? [`not usable: ${notes.join(', ')}`] : []),
    ...(accepted ? [`the server accepts: ${accepted.join(', ')}`] : []),
    ...(said ? [`the server said: ${said}`] : []),
  ];
  return {
    kind: 'auth',
    message: `${endpoint(hop)} refused to log in ${hop.user} (tried ${tried.join(', ') || 'nothing: no key and no password'})`,
    retryable: false,
    next: `Check the user name, and that the key is in ~${hop.user}/.ssh/authorized_keys; set identity_file to name the key.`,
    evidence: facts.join('\n'),
  };
}

/** The account's password must be changed before anything can be run. */
export function expiredFault(hop: Hop): HopFault {
  return {
    kind: 'auth',
    message: `the password of ${hop.user} on ${endpoint(hop)} has expired`,
    retryable: false,
    next: 'Log in by hand and change it.',
  };
}

/** Whether a server's question is about a new password: the account's own has expired. Source: the prompts of Linux-PAM. */
export function asksForNewPassword(question: string): boolean {
  return /\b(old|new|current|retype)\b.*password|must change your password|required to change your password/i.test(
    question,
  );
}

/** The jump host could not or would not open the way to the next hop. */
export function forwardFault(hop: Hop, error: unknown): HopFault {
  const evidence = error instanceof Error ? error.message : String(error);
  const reason: unknown = error instanceof Error ? Reflect.get(error, 'reason') : undefined;
  const at = endpoint(hop);
  // RFC 4254, 5.1: 1 prohibited, 2 connect failed, 4 resource shortage.
  if (reason === 1) {
    const next = 'Set AllowTcpForwarding yes (and PermitOpen) on the jump host.';
    return { kind: 'forward', message: `the jump host does not forward to ${at}`, retryable: false, next, evidence };
  }
  if (reason === 2) {
    const next = `Check that ${hop.host} is up and reachable on port ${hop.port} from the jump host.`;
    return { kind: 'refused', message: `the jump host could not reach ${at}`, retryable: true, next, evidence };
  }
  return { kind: 'dropped', message: `the jump host opened no way to ${at}`, retryable: true, evidence };
}

/** ssh2's own classification of an error. */
export function levelOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'level') : undefined;
}
