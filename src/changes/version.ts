import { z } from 'zod';

/** 64 hex digits. */
export const sha256Shape = z.string().regex(/^[0-9a-f]{64}$/);
export const pathShape = z.string().startsWith('/');

/** Mode and owner of a file or directory. `owner` and `group` are names, or UNKNOWN where the host has no name (stat(1)). */
export const attributesShape = z.strictObject({
  /** 0644 */
  mode: z.string().regex(/^[0-7]{4}$/),
  owner: z.string(),
  group: z.string(),
});
export type Attributes = Readonly<z.infer<typeof attributesShape>>;

/** A version of a file. */
export const versionShape = attributesShape.extend({ sha256: sha256Shape });
export type FileVersion = Readonly<z.infer<typeof versionShape>>;
