import { z } from 'zod';
import { localPath, map } from '../../keepalived/fields.ts';

const FORMS = 'a quoted text, { env: NAME }, { file: PATH } or { command: [program, arguments] }';

const variable = z
  .string({ error: 'must be the name of an environment variable' })
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, not its value');

const argument = z.string({ error: 'must be a text' });

/** A secret: a literal, or where it comes from when haprov runs. */
export function secret(description: string) {
  return z
    .union(
      [
        z.string({ error: `must be ${FORMS}` }).min(1, 'must not be empty'),
        map({ env: variable.describe('Name of the environment variable that holds the value') }, FORMS),
        map({ file: localPath.describe('File whose content is the value; relative to the inventory') }, FORMS),
        map(
          {
            command: z
              .tuple([argument.min(1, 'must be a program')], argument, {
                error: 'must be a list: program, then arguments',
              })
              .describe('Program and arguments, run without a shell; its output is the value'),
          },
          FORMS,
        ),
      ],
      { error: `must be ${FORMS}` },
    )
    .describe(description)
    .meta({ secret: true });
}
