import { z } from 'zod';
import { fileSubject } from '../facts/system/file.ts';
import { probeSubject } from '../facts/system/probe.ts';
import { command } from '../transport/quote.ts';
import { absolutePath } from './arguments.ts';
import { type Module, NOTHING } from './task.ts';

const shape = z
  .strictObject({
    /** The program and its arguments; no shell reads them. */
    argv: z.array(z.string()).min(1),
    /** Nothing is run where this path exists. */
    creates: absolutePath.optional(),
    /** A script that only looks; nothing is run where it exits with 0. */
    unless: z.string().min(1).optional(),
    phase: z.enum(['prepare', 'activate']).default('activate'),
    /** Seconds. */
    timeout: z.number().positive().max(3600).default(60),
  })
  .refine(
    (args) => (args.creates === undefined) !== (args.unless === undefined),
    'needs creates or unless, or it would run every time',
  );

/** A command of the user's own, made idempotent by `creates` or `unless`. */
export const commandModule: Module<z.infer<typeof shape>> = {
  name: 'command',
  parse: (args) => shape.parse(args),
  asks: ({ unless }) => (unless === undefined ? [] : [unless]),
  plan: async ({ argv, creates, unless, phase, timeout }, { ask, task, notify }) => {
    const done =
      creates !== undefined
        ? (await ask(fileSubject, creates)).type !== 'absent'
        : await ask(probeSubject, unless ?? 'false');
    if (done) return NOTHING;
    const line = command(argv);
    return {
      changes: [
        {
          task,
          module: 'command',
          action: 'run',
          target: `command ${line}`,
          detail: '',
          phase,
          data: [{ kind: 'command', argv, timeout }],
          notify,
        },
      ],
      notes: [],
    };
  },
};
