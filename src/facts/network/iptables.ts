import type { Subject } from '../reader/subject.ts';

/** One rule of the filter table, as iptables-save prints it. */
export interface Rule {
  readonly chain: string;
  readonly words: readonly string[];
}

/** The filter table; null where the command is not there. An unused table has no rules and accepts. */
export interface IptablesFact {
  readonly policy: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
}

export type IptablesCommand = 'iptables' | 'ip6tables';

/** Live rules of the backend that the host's own command uses (nft or legacy are separate rule sets). */
export const iptablesSubject: Subject<IptablesCommand, IptablesFact | null> = {
  name: 'iptables',
  script: (commands) =>
    commands
      .map(
        (command) =>
          `if command -v ${command}-save >/dev/null; then echo has ${command}; ${command}-save || exit 1; fi`,
      )
      .join('\n'),
  parse: (output, commands) => {
    const parts = new Map(
      output.split(/^has /m).flatMap((part) => {
        const [first = '', ...rest] = part.split('\n');
        return first === 'iptables' || first === 'ip6tables' ? [[first, parseFilter(rest)] as const] : [];
      }),
    );
    return commands.map((command) => parts.get(command) ?? null);
  },
};

/** A comment or log prefix with spaces is in double quotes, and is one word: it may say -j ACCEPT. */
const WORD = /"(?:\\.|[^"\\])*"|\S+/g;

function parseFilter(lines: readonly string[]): IptablesFact {
  const start = lines.indexOf('*filter');
  const table = start < 0 ? [] : lines.slice(start + 1);
  const end = table.indexOf('COMMIT');
  const filter = end < 0 ? table : table.slice(0, end);
  return {
    policy: Object.fromEntries(
      filter.flatMap((line) => {
        const match = /^:(\S+) (\S+)/.exec(line);
        return match?.[1] !== undefined && match[2] !== undefined ? [[match[1], match[2]]] : [];
      }),
    ),
    rules: filter.flatMap((line) => {
      const match = /^-A (\S+) ?(.*)$/.exec(line);
      return match?.[1] === undefined ? [] : [{ chain: match[1], words: (match[2] ?? '').match(WORD) ?? [] }];
    }),
  };
}
