import { z } from 'zod';
import { probeSubject } from '../facts/system/probe.ts';
import { quote } from '../transport/quote.ts';
import { absolutePath } from './arguments.ts';
import { type Module, NOTHING } from './task.ts';

const shape = z
  .strictObject({
    path: absolutePath.optional(),
    /** A TCP port that something listens on, on this host. */
    port: z.number().int().min(1).max(65535).optional(),
    /** A script that only looks and exits with 0 when the wait is over. */
    command: z.string().min(1).optional(),
    /** Seconds. */
    timeout: z.number().positive().max(3600).default(30),
  })
  .refine(
    (args) => [args.path, args.port, args.command].filter((one) => one !== undefined).length === 1,
    'needs one of path, port, command',
  );

/** Waits, after a change, until something is there. Where it is there already, there is nothing to do. */
export const waitForModule: Module<z.infer<typeof shape>> = {
  name: 'wait_for',
  parse: (args) => shape.parse(args),
  plan: async ({ path, port, command, timeout }, { ask, task, notify }) => {
    const [what, condition] =
      path !== undefined
        ? [path, `[ -e ${quote(path)} ]`]
        : port !== undefined
          ? [`port ${port}`, `ss -Hltn ${quote(`sport = :${port}`)} | grep -q .`]
          : [command ?? '', command ?? 'false'];
    if (await ask(probeSubject, condition)) return NOTHING;
    return {
      changes: [
        {
          task,
          module: 'wait_for',
          action: 'wait',
          target: what,
          detail: `at most ${timeout} s`,
          phase: 'activate',
          data: [{ kind: 'wait', target: what, condition, timeout }],
          notify,
        },
      ],
      notes: [],
    };
  },
};
