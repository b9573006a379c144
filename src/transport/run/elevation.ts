import type { Host } from '../../inventory/model.ts';
import { BecomeError } from '../errors.ts';
import type { Elevation } from './boot.ts';

/** How a script of this host becomes root, as far as the inventory tells. */
export function elevationOf(host: Host, become: boolean | undefined): Elevation {
  if (become === false || host.become === false || host.ssh.user === 'root') return 'none';
  return host.become === true ? 'sudo' : 'sudo-password';
}

/** Whether the program asks for a password on standard error and reads it from standard input. */
export function asksForPassword(elevation: Elevation): boolean {
  return elevation === 'sudo-password' || elevation === 'sudo-password-tty';
}

/**
 * What to try where becoming root failed, by what the host said: a terminal for a sudo that wants one, doas where there
 * is no sudo. undefined where nothing else is left. Nothing of the script ran before a BecomeError.
 */
export function anotherElevation(elevation: Elevation, error: unknown): Elevation | undefined {
  if (!(error instanceof BecomeError) || error.reason !== 'refused') return undefined;
  const evidence = error.facts.evidence ?? '';
  if (elevation !== 'doas' && elevation !== 'none' && isNotFound(error)) return 'doas';
  // Translations of sudo's message keep the word.
  if (!/\btty\b/.test(evidence)) return undefined;
  if (elevation === 'sudo') return 'sudo-tty';
  return elevation === 'sudo-password' ? 'sudo-password-tty' : undefined;
}

/** Whether the program itself is missing; csh ends with 1 where other shells end with 127. */
export function isNotFound({ code, facts }: BecomeError): boolean {
  return code === 127 || /\b(sudo|doas|script): Command not found/.test(facts.evidence ?? '');
}
