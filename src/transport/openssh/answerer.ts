import type { SshSettings } from '../../inventory/model.ts';

/** Decides what ssh is told when it asks. */
export interface Answerer {
  /** The secret, or undefined where the question is none that a secret was configured for. */
  answer(question: string): string | undefined;
  readonly refused: readonly string[];
}

/** ssh cuts the path of a key off after this many bytes in its question. */
const LONGEST_PATH = 100;

/**
 * Answers each of ssh's questions at most once: a repeated one means that the answer was wrong. What a server asks
 * stands behind `(user@host) ` in ssh's question, so that no server can pass for the question after a passphrase.
 * Source: OpenSSH 8.5 and later; sshconnect2.c.
 */
export function createAnswerer(ssh: SshSettings): Answerer {
  const given = new Set<string>();
  const refused: string[] = [];
  const kinds: readonly (readonly [RegExp, () => string | undefined])[] = [
    [/^Enter passphrase for key '(.*)': $/, () => ssh.identity_passphrase?.reveal()],
    [/^\S+@\S+'s password: $/, () => ssh.password?.reveal()],
    [/^\(\S+@\S+\) /, () => ssh.password?.reveal()],
  ];
  return {
    refused,
    answer(question) {
      for (const [index, [pattern, secret]] of kinds.entries()) {
        const match = pattern.exec(question);
        if (!match || !isOurs(match[1], ssh)) continue;
        const once = index === 0 ? question : String(index);
        const value = given.has(once) ? undefined : secret();
        if (value === undefined) break;
        given.add(once);
        return value;
      }
      refused.push(question);
      return undefined;
    },
  };
}

/** The passphrase of a named identity file is for that file alone. */
function isOurs(key: string | undefined, ssh: SshSettings): boolean {
  if (key === undefined || ssh.identity_file === undefined) return true;
  return key === Buffer.from(ssh.identity_file).subarray(0, LONGEST_PATH).toString();
}
