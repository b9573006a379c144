import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Where the files of sh are: beside this one, in a build too. */
const PLACE = new URL('./', import.meta.url);

/** The files that make the program, in their order: words first, then one a subject, then the dispatch. */
export const PARTS = [
  'lib',
  'place',
  'file',
  'test-conf',
  'guard',
  'lease',
  'firewall',
  'firewall-iptables',
  'firewall-firewalld',
  'switch',
  'watcher',
  'maintenance',
  'record',
  'change-script',
  'change-firewall',
  'change-attributes',
  'change-directory',
  'change-file',
  'change-link',
  'change-other',
  'change-package',
  'change-settle',
  'change-sysctl',
  'change-unit',
  'changes',
  'main',
] as const;

/** The program that haprov runs on hosts. */
export interface Program {
  readonly text: string;
  /** sha256 of the text; hosts keep it under this name. */
  readonly sha256: string;
}

const read = new Map<string, string>();

/** The text of one file of sh, without its `.sh`. */
export function hostText(name: string): string {
  const known = read.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`${name}.sh`, PLACE), 'utf8');
  read.set(name, text);
  return text;
}

let joined: Program | undefined;

/** The whole program. Its files are read once, when it is first needed. */
export function hostProgram(): Program {
  if (joined === undefined) {
    const text = PARTS.map(hostText).join('\n');
    joined = { text, sha256: createHash('sha256').update(text).digest('hex') };
  }
  return joined;
}
