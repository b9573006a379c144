import { NOTIFY_STATES } from '../../checks/notify.ts';
import type { Statement } from '../../keepalived/parse.ts';
import { inside, wordOf } from '../../keepalived/statements.ts';
import { quote } from '../../transport/quote.ts';
import { type BesideFile, EMPTY, type Line, type Part } from './model.ts';
import { bodyOf, type Held, placeOf, troubleAt } from './places.ts';

const KEYS: Readonly<Record<string, string>> = {
  notify: 'script',
  ...Object.fromEntries(NOTIFY_STATES.map((state) => [`notify_${state}`, state])),
};

/**
 * Calls at changes of state: a script for each, which haprov uploads and which runs the very command that stood there, by its
 * own user, on each host its own one. `group`: the name of a sync group that calls.
 */
export function notifyLines(held: readonly Held[], path: readonly string[], name: string, group?: string): Part {
  const lines: Line[] = [];
  const files: BesideFile[] = [];
  for (const [keyword, key] of Object.entries(KEYS)) {
    const calls = held.flatMap((one) => {
      const statement = bodyOf(one).findLast((found) => found.keyword === keyword);
      return statement === undefined ? [] : [{ one, statement }];
    });
    const [first] = calls;
    if (first === undefined) continue;
    const file = `scripts/${name}-${keyword}.sh`;
    files.push({ path: file, text: wrapper(calls, keyword, group), mode: 0o755 });
    lines.push({ path: [...path, key], value: `./${file}`, from: placeOf(first.one.host, first.statement) });
  }
  const odd = held.flatMap((one) =>
    bodyOf(one)
      .filter(({ keyword }) => /^notify_/.test(keyword) && keyword !== 'notify_priority_changes' && !(keyword in KEYS))
      .map((statement) => troubleAt(one, statement, `${statement.keyword} has no place in an inventory`)),
  );
  return { ...EMPTY, lines, files, refused: odd };
}

function wrapper(
  calls: readonly { readonly one: Held; readonly statement: Statement }[],
  keyword: string,
  group: string | undefined,
): string {
  const commands = calls.map(({ one, statement }) => commandOf(one, statement, keyword, group));
  const comments = calls.map(
    ({ one, statement }) =>
      `# ${placeOf(one.host, statement)}: ${statement.args.join(' ').replace(/[^\x20-\x7e]/g, '?')}`,
  );
  const same = new Set(commands).size === 1 ? commands[0] : undefined;
  const body =
    same ??
    [
      'case $(uname -n) in',
      ...calls.map(({ one }, index) => `  ${quote(one.host.sources.hostname)}) ${commands[index]} ;;`),
      'esac',
    ].join('\n');
  return ['#!/bin/sh', '# What keepalived called before haprov.', ...comments, body, ''].join('\n');
}

function commandOf(one: Held, { args }: Statement, keyword: string, group: string | undefined): string {
  const [line = '', ...account] = args;
  const words = line
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(quote);
  const user =
    account[0] ?? wordOf(inside(one.host.config.statements, 'global_defs'), 'script_user') ?? one.host.scriptUser;
  const through = user === 'root' ? [] : ['runuser', '-u', quote(user), '--'];
  // A script for all changes gets keepalived's four arguments; of a group its name.
  const own = keyword !== 'notify' ? [] : group === undefined ? ['"$@"'] : ['GROUP', quote(group), '"$3"', '"$4"'];
  return ['exec', ...through, ...words, ...own].join(' ');
}
