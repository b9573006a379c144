import { randomBytes } from 'node:crypto';
import { NulError } from '../quote.ts';

/** How a script becomes root; the last two through a terminal made for a sudo that wants one. */
export type Elevation = 'none' | 'sudo' | 'sudo-password' | 'doas' | 'sudo-tty' | 'sudo-password-tty';

/** The words by which the two ends of a run recognise each other; a fresh nonce for each run. */
export interface Marks {
  /** The login shell works. */
  readonly shell: string;
  /** The script is about to be read, with the privileges asked for. */
  readonly begin: string;
  /** The script has ended; on stdout its exit status follows. */
  readonly end: string;
  readonly prompt: string;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Marks that no output can hold by chance. */
export function newMarks(nonce: string = randomBytes(9).toString('hex')): Marks {
  const word = `haprov-${nonce}`;
  return { shell: `${word}-shell`, begin: `${word}-begin\n`, end: `${word}-end`, prompt: `${word}-password:` };
}

/**
 * The script as it is sent. One brace group around all of it: a script cut off on its way lacks the closing brace, is
 * a syntax error as a whole, and runs nothing. The empty line keeps a trailing backslash away from the brace.
 */
export function wrapScript(script: string): Buffer {
  if (script.includes('\0')) throw new NulError();
  return Buffer.from(
    `{ LC_ALL=C PATH=${SYSTEM_PATH}; export LC_ALL PATH; unset CDPATH ENV BASH_ENV; umask 022; cd /\n${script}\n\n}`,
  );
}

/**
 * The command line for sshd. It must mean the same to sh, bash, dash, csh, tcsh and fish: single quotes only, and in
 * them no quote, backslash, newline or exclamation mark. dd rather than head, because head may read past the script
 * into its standard input. The marks stand on stdout and stderr both, so that each ends exactly, whatever arrives
 * first, with or without a last newline.
 */
export function bootCommand(marks: Marks, scriptBytes: number, elevation: Elevation): string {
  const begin = marks.begin.trim();
  const boot = [
    `echo ${begin} >&2`,
    `echo ${begin}`,
    `(eval "$(dd bs=${scriptBytes} count=1 iflag=fullblock 2>/dev/null)")`,
    's=$?',
    `echo ${marks.end} >&2`,
    `echo ${marks.end} $s`,
  ].join('; ');
  const first = `echo ${marks.shell};`;
  const shell = `sh -c '${boot}'`;
  const sudo = { quiet: 'sudo -n --', asking: `env LC_ALL=C sudo -S -p ${marks.prompt} --` };
  switch (elevation) {
    case 'none':
      return `${first} ${shell}`;
    case 'sudo':
      return `${first} ${sudo.quiet} ${shell}`;
    case 'sudo-password':
      return `${first} ${sudo.asking} ${shell}`;
    case 'doas':
      return `${first} doas -n -- ${shell}`;
    case 'sudo-tty':
      return `${first} ${onTerminal(sudo.quiet, boot)}`;
    case 'sudo-password-tty':
      return `${first} ${onTerminal(sudo.asking, boot)}`;
  }
}

/**
 * script(1) makes a terminal, which sudo then finds at /dev/tty. Input and outputs go round it, by the descriptors that
 * they had before: a terminal would change what passes through it.
 */
function onTerminal(elevate: string, boot: string): string {
  const open = 'HAPROV_BOOT=$1; export HAPROV_BOOT; exec 3<&0 4>&1 5>&2; SHELL=/bin/sh; export SHELL';
  const run = 'exec script -qec "$0" /dev/null </dev/null >/dev/null 2>&1';
  return `sh -c '${open}; ${run}' 'exec ${elevate} sh -c "$HAPROV_BOOT" <&3 >&4 2>&5' '${boot}'`;
}
