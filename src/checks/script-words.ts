/** Directories of programs: what begins there is a command of the host's, not a file beside the inventory. */
const SYSTEM = /^\/(?:bin|sbin|usr|opt|etc|var|snap)\//;

/** Whether the text of `script` is a command with arguments, as keepalived.conf has it, and not the path of a file. */
export function hasArguments(text: string): boolean {
  const [, first = '', rest = ''] = /^\s*(\S+)\s+(\S.*)$/s.exec(text) ?? [];
  return first !== '' && (SYSTEM.test(first) || rest.startsWith('-') || !rest.includes('/'));
}

/** What to write for a command with arguments in place of `script`: the kind of check that asks the same, else `command`. */
export function insteadOfArguments(text: string): string {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
  const [first = '', ...args] = words;
  const program = first.slice(first.lastIndexOf('/') + 1);
  const plain = args.filter((word) => !word.startsWith('-') && !/^\d?>/.test(word) && word !== '/dev/null');
  const last = plain.at(-1) ?? '';
  const name = /^[A-Za-z0-9_][A-Za-z0-9_.+:-]*$/;
  if (
    ['pgrep', 'pidof', 'killall'].includes(program) &&
    plain.filter((word) => !/^\d+$/.test(word)).length === 1 &&
    name.test(last)
  )
    return `process: ${last}`;
  if (program === 'systemctl' && plain[0] === 'is-active' && plain.length === 2 && name.test(last))
    return `unit: ${last.replace(/\.service$/, '')}`;
  const url = plain.find((word) => /^https?:\/\//.test(word));
  if ((program === 'curl' || program === 'wget') && url !== undefined) return `url: ${url}`;
  if (['nc', 'ncat', 'netcat'].includes(program) && plain.length === 2 && /^\d+$/.test(last))
    return `tcp: ${plain.join(':')}`;
  return `command: [${words.map((word) => (name.test(word) || /^[./-][A-Za-z0-9_./=-]*$/.test(word) ? word : `'${word}'`)).join(', ')}]`;
}
