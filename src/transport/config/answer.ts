/** What `ssh -G` says for one name: keyword in lower case, and its values, one for each line. */
export type Answer = ReadonlyMap<string, readonly string[]>;

/** Reads what `ssh -G` prints. Source: ssh(1), -G; dump_client_config of OpenSSH's readconf.c. */
export function parseAnswer(text: string): Answer {
  const answer = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const gap = line.indexOf(' ');
    if (gap <= 0) continue;
    const keyword = line.slice(0, gap).toLowerCase();
    const values = answer.get(keyword);
    const value = line.slice(gap + 1).trim();
    if (values === undefined) answer.set(keyword, [value]);
    else values.push(value);
  }
  return answer;
}

/** What ssh_config says of a keyword; undefined where it says nothing, or the same as OpenSSH's default. */
export function saidBy(answer: Answer, defaults: Answer, keyword: string): readonly string[] | undefined {
  const values = answer.get(keyword);
  if (values === undefined) return undefined;
  const usual = defaults.get(keyword) ?? [];
  const same = values.length === usual.length && values.every((value, index) => value === usual[index]);
  return same ? undefined : values;
}

/** Whether a value means "nothing of the kind". */
export function isNone(value: string): boolean {
  return value === '' || value.toLowerCase() === 'none';
}

/** Whether a flag is on; clients differ in how they print it. */
export function isYes(value: string | undefined): boolean {
  return value === 'yes' || value === 'true';
}

/**
 * The paths of a line that separates them by blanks without quoting any. A piece that begins no path is taken for the
 * rest of one with a blank in it.
 */
export function splitPaths(line: string): string[] {
  const paths: string[] = [];
  for (const piece of line.split(' ')) {
    if (paths.length === 0 || /^[/~%$]/.test(piece) || piece.toLowerCase() === 'none') paths.push(piece);
    else paths.push(`${paths.pop()} ${piece}`);
  }
  return paths.filter((path) => !isNone(path));
}
