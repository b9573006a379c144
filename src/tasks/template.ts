import { z } from 'zod';
import { absolutePath, ownership } from './arguments.ts';
import { planFile } from './plan-file.ts';
import type { Module } from './task.ts';

const shape = z.strictObject({
  src: z.string().min(1),
  dest: absolutePath,
  ...ownership,
  validate: z.string().optional(),
  /** Nothing of its content is shown. Default: as its mode says. */
  sensitive: z.boolean().optional(),
});

/** A local file as a Liquid template. */
export const templateModule: Module<z.infer<typeof shape>> = {
  name: 'template',
  parse: (args) => shape.parse(args),
  files: ({ src }) => [src],
  plan: async ({ src, dest, mode, owner, group, validate, sensitive }, context) => {
    const content = await context.render(await context.read(src));
    return planFile(
      {
        path: dest,
        content,
        mode,
        owner,
        group,
        ...(validate === undefined ? {} : { validate }),
        ...(sensitive === undefined ? {} : { sensitive }),
      },
      context,
    );
  },
};
