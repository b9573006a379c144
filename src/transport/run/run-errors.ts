import { BecomeError, RunTimeoutError, ShellError } from '../errors.ts';
import type { Elevation } from './boot.ts';

/** The script outlived its time. */
export function timedOut(timeoutMs: number, facts: object): RunTimeoutError {
  return new RunTimeoutError(timeoutMs, `the script did not end within ${timeoutMs / 1000} s`, {
    ...facts,
    next: 'It may still be running: look at the host before repeating.',
  });
}

/** sudo asked a second time. */
export function wrongPassword(host: string, evidence: string): BecomeError {
  const next = 'Correct become.password in the inventory.';
  return new BecomeError('wrong-password', undefined, 'sudo did not accept the password', { host, evidence, next });
}

/** sudo or doas ended before the script began. */
export function sudoRefused(host: string, code: number, evidence: string, elevation: Elevation): BecomeError {
  const program = elevation === 'doas' ? 'doas' : 'sudo';
  const missing = code === 127 || /Command not found/.test(evidence);
  const next = missing
    ? 'Install sudo, or log in as root.'
    : {
        doas: 'Let the account use doas without a password (permit nopass in doas.conf).',
        sudo: 'Let the account use sudo without a password (NOPASSWD), or set become: { password: … }.',
        other: 'Check that the account may use sudo.',
      }[elevation === 'doas' || elevation === 'sudo' ? elevation : 'other'];
  const message = missing ? `${program} was not found` : `${program} refused (exit ${code})`;
  return new BecomeError('refused', code, message, { host, evidence, next });
}

/** The login shell ended before it came to our command. */
export function shellRefused(host: string, code: number, evidence: string): ShellError {
  const next = 'Check that the account has a login shell and no forced command.';
  return new ShellError(code, `the login shell did not run the command (exit ${code})`, { host, evidence, next });
}

/** The server runs no commands for this account. */
export function execRefused(host: string): ShellError {
  const next = 'Check that the account may run commands over ssh.';
  return new ShellError(undefined, 'the server refused to run a command', { host, next });
}
