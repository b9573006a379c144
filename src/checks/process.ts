import { z } from 'zod';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { CheckKind } from './kind.ts';

export interface ProcessProbe {
  readonly kind: 'process';
  readonly process: string;
}

export interface ContainerProbe {
  readonly kind: 'container';
  readonly process: string;
}

const SCRIPT = { src: 'check_process.sh', dest: `${HOST_PATHS.scripts}/haprov-check-process` } as const;
const FORM = 'must be the name of a program, without path and arguments, such as traefik';

const program = z.string({ error: FORM }).regex(/^[A-Za-z0-9_][A-Za-z0-9_.+:-]{0,63}$/, FORM);

/** A process of that name on the host itself; /proc is read by the shell, so nothing is installed. */
export const PROCESS = {
  kind: 'process',
  key: { name: 'process', of: 'a program' },
  keys: {
    process: program
      .optional()
      .describe('The program that must run on the host itself; those in containers do not count'),
  },
  read: ({ process }) => (process === undefined ? undefined : { kind: 'process', process }),
  script: SCRIPT,
  needs: [],
  command: (_name, { process }) => [SCRIPT.dest, process],
  recognise: (_name, [path, process, scope]) =>
    path === SCRIPT.dest && process !== undefined && scope === undefined ? { kind: 'process', process } : undefined,
  urls: () => [],
  failsAtOnce: true,
} as const satisfies CheckKind<ProcessProbe, { readonly process?: string | undefined }>;

/** A process of that name in a container, or on the host itself. */
export const CONTAINER = {
  kind: 'container',
  key: { name: 'container', of: 'a program in a container' },
  keys: {
    container: program
      .optional()
      .describe('The program that must run in a container on the host, or on the host itself'),
  },
  read: ({ container }) => (container === undefined ? undefined : { kind: 'container', process: container }),
  script: SCRIPT,
  needs: [],
  command: (_name, { process }) => [SCRIPT.dest, process, 'anywhere'],
  recognise: (_name, [path, process, scope]) =>
    path === SCRIPT.dest && process !== undefined && scope === 'anywhere' ? { kind: 'container', process } : undefined,
  urls: () => [],
  failsAtOnce: true,
} as const satisfies CheckKind<ContainerProbe, { readonly container?: string | undefined }>;
