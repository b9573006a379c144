import type { z } from 'zod';
import { HAPROXY } from './haproxy.ts';
import type { CheckKind, Missing, Reason } from './kind.ts';
import { NGINX } from './nginx.ts';
import { SCRIPT } from './script.ts';
import { SERVICES, type Service } from './services.ts';

/** Every kind of check, in the order in which messages name them. */
const KINDS = { nginx: NGINX, haproxy: HAPROXY, script: SCRIPT } as const;

/** The inventory's keys of all kinds. */
export const CHECK_KEYS = { ...NGINX.keys, ...HAPROXY.keys, ...SCRIPT.keys };

type CheckKindName = keyof typeof KINDS;
type WrittenKeys = { readonly [K in keyof typeof CHECK_KEYS]?: z.infer<(typeof CHECK_KEYS)[K]> };

/** What a check asks, as the inventory has it. */
export type Probe = NonNullable<ReturnType<(typeof KINDS)[CheckKindName]['read']>>;
export type Kind = CheckKind<Probe, WrittenKeys>;

export const CHECK_KINDS: readonly Kind[] = Object.values(KINDS);

export function kindOf({ kind }: Probe): Kind {
  return KINDS[kind];
}

/** The kind that checks a service where the inventory names no check. */
export function serviceCheck(service: Service): Kind | undefined {
  const row = SERVICES[service];
  return row === null ? undefined : KINDS[row.check];
}

/**
 * A check's command line, as keepalived's execve takes it: no shell, no quotes. The script's own time limit is a little
 * below keepalived's `timeout` (seconds), so that the check itself says what hung.
 */
export function checkCommand(name: string, probe: Probe, timeout: number): string {
  return kindOf(probe)
    .command(name, probe, (timeout - 0.2).toFixed(1))
    .join(' ');
}

/** What a command line of keepalived's asks, where haprov wrote it; the opposite of checkCommand. */
export function probeOfCommand(name: string, words: readonly string[]): Probe | undefined {
  return CHECK_KINDS.map((kind) => kind.recognise(name, words)).find((probe) => probe !== undefined);
}

/** What the first kind that knows such a lack says of it. */
export function explainMissing(missing: Missing): Reason | undefined {
  return CHECK_KINDS.map((kind) => kind.explain?.(missing)).find((reason) => reason !== undefined);
}
