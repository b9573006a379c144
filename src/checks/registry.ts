import type { z } from 'zod';
import { COMMAND, type CommandProbe } from './command.ts';
import { DNS, type DnsProbe } from './dns.ts';
import { HAPROXY, type HaproxyProbe } from './haproxy.ts';
import { HTTP, type HttpProbe } from './http.ts';
import type { CheckKind, Missing, Reason, Standing } from './kind.ts';
import { meansNginx, NGINX, type NginxProbe } from './nginx.ts';
import { CONTAINER, type ContainerProbe, PROCESS, type ProcessProbe } from './process.ts';
import { SCRIPT, type ScriptProbe } from './script.ts';
import type { ClusterService } from './services.ts';
import { TCP, type TcpProbe } from './tcp.ts';
import { UNIT, type UnitProbe } from './unit.ts';

/** Every kind of check, in the order in which messages name them. */
const KINDS = {
  nginx: NGINX,
  http: HTTP,
  tcp: TCP,
  dns: DNS,
  process: PROCESS,
  container: CONTAINER,
  unit: UNIT,
  haproxy: HAPROXY,
  command: COMMAND,
  script: SCRIPT,
} as const;

/** The inventory's keys of all kinds. */
export const CHECK_KEYS = {
  ...HTTP.keys,
  ...TCP.keys,
  ...DNS.keys,
  ...PROCESS.keys,
  ...CONTAINER.keys,
  ...UNIT.keys,
  ...HAPROXY.keys,
  ...COMMAND.keys,
  ...SCRIPT.keys,
};

type WrittenKeys = { readonly [K in keyof typeof CHECK_KEYS]?: z.infer<(typeof CHECK_KEYS)[K]> | undefined };

/** What a check asks, as the inventory has it. */
export type Probe =
  | NginxProbe
  | HttpProbe
  | TcpProbe
  | DnsProbe
  | ProcessProbe
  | ContainerProbe
  | UnitProbe
  | HaproxyProbe
  | CommandProbe
  | ScriptProbe;
export type Kind = CheckKind<Probe, WrittenKeys>;

export const CHECK_KINDS: readonly Kind[] = Object.values(KINDS);

export function kindOf({ kind }: Probe): Kind {
  return KINDS[kind];
}

/** What a check's keys ask for, each with the key that says so: one, where the inventory is right. */
export function readProbes(
  written: WrittenKeys,
  absolute: (path: string) => string,
  where: Standing,
): readonly { readonly key: string; readonly probe: Probe }[] {
  const own = meansNginx(written, where) ? HTTP.kind : NGINX.kind;
  return CHECK_KINDS.flatMap((one) => {
    const probe = one.kind === own ? undefined : one.read(written, absolute, where);
    return probe === undefined ? [] : [{ key: one.key.name, probe }];
  });
}

/** The kind whose name a check has, as check_nginx. */
export function kindByName(name: string): Kind | undefined {
  return CHECK_KINDS.find(({ kind, standard }) => standard !== undefined && name === `check_${kind}`);
}

/** What checks a service where the inventory names no check, and the name of that check. */
export function serviceCheck(
  service: ClusterService | undefined,
): { readonly name: string; readonly probe: Probe } | undefined {
  if (service === undefined) return undefined;
  const own = CHECK_KINDS.find(({ kind }) => kind === service.check)?.standard;
  return { name: `check_${service.name.replace(/[^A-Za-z0-9_.-]/g, '_')}`, probe: own ?? plainProbe(service) };
}

/** Of a service without a kind of its own: its first TCP port, else its unit or its program. */
function plainProbe({ name, unit, program, ports }: ClusterService): Probe {
  const port = ports.find(({ protocol }) => protocol === 'tcp')?.first;
  if (port !== undefined) return { kind: 'tcp', address: '127.0.0.1', port };
  return unit === undefined
    ? { kind: 'container', process: program ?? name }
    : { kind: 'unit', unit: `${unit}.service` };
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
