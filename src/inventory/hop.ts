import { UsageError } from '../errors.ts';
import { isAddress, USER } from '../keepalived/names.ts';
import type { Hop } from './model.ts';

/** What a hop has where its text says nothing. */
export interface HopDefaults {
  readonly user: string;
  readonly port: number;
}

const PARTS = /^(?:(?<user>.*)@)?(?:\[(?<literal>[^\]]*)\]|(?<host>[^:[\]]*))(?::(?<port>\d{1,5}))?$/s;

/**
 * One jump host, written as OpenSSH's -J has it: `[USER@]HOST[:PORT]`, an IPv6 address in brackets when a port
 * follows. Throws UsageError with what is wrong.
 */
export function parseHop(text: string, defaults: HopDefaults): Hop {
  const parts = PARTS.exec(text)?.groups ?? bareIpv6(text);
  if (parts === undefined) throw new UsageError('must be [USER@]HOST[:PORT], an IPv6 address in brackets');
  const host = parts['literal'] ?? parts['host'] ?? '';
  const unsaid = (['user', 'port'] as const).filter((part) => parts[part] === undefined);
  const user = parts['user'] ?? defaults.user;
  const port = parts['port'] === undefined ? defaults.port : Number(parts['port']);
  if (!isAddress(host)) throw new UsageError('must name a host or an IP address, as [USER@]HOST[:PORT]');
  if (!USER.test(user)) throw new UsageError('must have a plain user name before the @');
  if (port < 1 || port > 65535) throw new UsageError('must have a port from 1 to 65535');
  return { user, host, port, ...(unsaid.length === 0 ? {} : { unsaid }) };
}

/** Several hops in order of travel, separated by commas. Throws UsageError. */
export function parseHops(text: string, defaults: HopDefaults): Hop[] {
  return text.split(',').map((hop) => parseHop(hop.trim(), defaults));
}

function bareIpv6(text: string): Record<string, string | undefined> | undefined {
  const match = /^(?:(?<user>.*)@)?(?<host>[0-9A-Fa-f:.]+)$/s.exec(text);
  return match?.groups;
}
