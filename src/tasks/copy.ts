import { z } from 'zod';
import { absolutePath, ownership } from './arguments.ts';
import { planFile } from './plan-file.ts';
import type { Module } from './task.ts';

const shape = z
  .strictObject({
    src: z.string().min(1).optional(),
    content: z.string().optional(),
    dest: absolutePath,
    ...ownership,
    validate: z.string().optional(),
    /** Nothing of its content is shown. Default: as its mode says. */
    sensitive: z.boolean().optional(),
  })
  .refine((args) => (args.src === undefined) !== (args.content === undefined), 'needs either src or content');

/** A local file as it is, or `content`, a Liquid template in place. */
export const copyModule: Module<z.infer<typeof shape>> = {
  name: 'copy',
  raw: ['content'],
  parse: (args) => shape.parse(args),
  files: ({ src }) => (src === undefined ? [] : [src]),
  plan: async ({ src, content, dest, mode, owner, group, validate, sensitive }, context) => {
    const text = src === undefined ? await context.render(content ?? '') : asContent(await context.read(src));
    return planFile(
      {
        path: dest,
        content: text,
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

function asContent(text: string): { text: string; masked: string } {
  return { text, masked: text };
}
