import { z } from 'zod';
import { ownPath } from './argument.ts';
import type { CheckKind } from './kind.ts';

export interface ScriptProbe {
  readonly kind: 'script';
  /** An absolute local path. */
  readonly script: string;
}

/** Where the user's own check script of that name goes on the host. */
export function ownCheckPath(name: string): string {
  return ownPath(name);
}

/** The administrator's own script; exit status 0 means healthy. Its time limit is keepalived's alone. */
export const SCRIPT = {
  kind: 'script',
  key: { name: 'script', of: 'your own' },
  keys: {
    script: z
      .string({ error: 'must be a path' })
      .min(1, 'must be a path')
      .max(4096, 'must be a path of at most 4096 characters')
      .optional()
      .describe('Your own check, a file on this machine; exit status 0 means healthy'),
  },
  read: ({ script }, absolute) => (script === undefined ? undefined : { kind: 'script', script: absolute(script) }),
  upload: (name, { script }) => ({ src: script, dest: ownPath(name), use: 'run', key: 'script' }),
  needs: [],
  command: (name) => [ownPath(name)],
  recognise: (name, words) =>
    words.length === 1 && words[0] === ownPath(name) ? { kind: 'script', script: ownPath(name) } : undefined,
  urls: () => [],
  failsAtOnce: false,
} as const satisfies CheckKind<ScriptProbe, { readonly script?: string | undefined }>;
