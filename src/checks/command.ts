import { z } from 'zod';
import { ownPath, PLAIN_ARGUMENT } from './argument.ts';
import type { CheckKind } from './kind.ts';

/** A program with arguments; exit status 0 means healthy. */
export interface CommandProbe {
  readonly kind: 'command';
  /** A path on the host, or an absolute local path of a file that is uploaded. */
  readonly program: { readonly host: string } | { readonly local: string };
  readonly args: readonly string[];
}

const FORM = 'must be a list of a program and its arguments, such as [/usr/local/bin/alive, --port, "53"]';
const PROGRAM =
  'must begin with an absolute path on the host such as /usr/bin/pgrep, or with ./FILE to upload one; keepalived looks nowhere else';
const ARGUMENT =
  'must have arguments of letters, digits and _ . : , / = ? & % + * ^ | [ ] - alone, since no shell reads them; put others into a script of your own: script: ./check.sh';

const argument = z
  .union([z.string({ error: ARGUMENT }), z.number({ error: ARGUMENT })], { error: ARGUMENT })
  .transform(String)
  .refine((text) => PLAIN_ARGUMENT.test(text) && !/^include[a-z]*$/i.test(text), ARGUMENT);
const program = z.string({ error: PROGRAM }).regex(/^(?:\/|\.\.?\/|~\/)[A-Za-z0-9_.:,=+/-]{1,500}$/, PROGRAM);

/** A program of the host, or one that is uploaded, with arguments. Its time limit is keepalived's alone. */
export const COMMAND = {
  kind: 'command',
  key: { name: 'command', of: 'a program with arguments' },
  keys: {
    command: z
      .tuple([program], argument, { error: FORM })
      .optional()
      .describe('A program on the host, or ./FILE to upload, and its arguments; exit status 0 means healthy'),
  },
  read: ({ command }, absolute) => {
    if (command === undefined) return undefined;
    const [first, ...args] = command;
    return { kind: 'command', program: first.startsWith('/') ? { host: first } : { local: absolute(first) }, args };
  },
  upload: (name, { program: one }) =>
    'host' in one ? undefined : { src: one.local, dest: ownPath(name), use: 'run', key: 'command' },
  needs: [],
  command: (name, { program: one, args }) => ['host' in one ? one.host : ownPath(name), ...args],
  // Any other program of the host: asked last.
  recognise: () => undefined,
  urls: () => [],
  failsAtOnce: false,
} as const satisfies CheckKind<CommandProbe, { readonly command?: readonly [string, ...string[]] | undefined }>;
