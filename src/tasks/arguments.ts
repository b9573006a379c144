import { z } from 'zod';

/** Argument types that several modules share. Text is already rendered when it is parsed. */
export const absolutePath = z
  .string()
  .regex(/^\/[^\0\n]*[^/\0\n]$/, 'must be an absolute path without a slash at the end')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ..');

/** Four octal digits. YAML reads a bare 0644 as a number: then it must be quoted. */
export const fileMode = z.string().regex(/^[0-7]{4}$/, 'must be four octal digits in quotes, such as "0644"');

/** A user or group name. */
export const account = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a user or group name');

/** A systemd service without `.service`. */
export const unitName = z.string().regex(/^[A-Za-z0-9@_.-]+$/, 'must be a service name');

/** A command without its path. */
export const commandName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/, 'must be the name of a command');

export const packageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, 'must be a package name');

/** What files have in common. */
export const ownership = {
  mode: fileMode.default('0644'),
  owner: account.default('root'),
  group: account.default('root'),
};

/** Liquid renders to text; `"true"` and `true` mean the same. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);
