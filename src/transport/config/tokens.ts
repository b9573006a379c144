import { resolve } from 'node:path';

/** Who runs haprov, and where. */
export interface LocalUser {
  readonly name: string;
  readonly uid: number;
  /** What `~` and %d stand for. */
  readonly homeDirectory: string;
  /** This machine's name. */
  readonly hostname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the tokens of ssh_config stand for in one connection. */
export interface Connection {
  /** The name that was asked for: %n. */
  readonly name: string;
  /** What is connected to: %h. */
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly alias: string | undefined;
}

/**
 * A path of ssh_config, absolute, with `~`, tokens and environment variables filled in. undefined where it holds
 * something that only ssh itself can fill in. Source: ssh_config(5), TOKENS and ENVIRONMENT VARIABLES.
 */
export function expandPath(written: string, to: Connection, who: LocalUser): string | undefined {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: who.homeDirectory,
    h: to.hostname,
    i: String(who.uid),
    k: to.alias ?? to.name,
    L: who.hostname.split('.')[0] ?? '',
    l: who.hostname,
    n: to.name,
    p: String(to.port),
    r: to.user,
    u: who.name,
  };
  if (/^~[^/]/.test(written)) return undefined;
  const home = written === '~' || written.startsWith('~/') ? who.homeDirectory + written.slice(1) : written;
  let whole = true;
  const filled = home.replace(/%(.?)|\$\{([^}]*)\}/gs, (_, token: string | undefined, variable: string | undefined) => {
    const value = variable === undefined ? tokens[token ?? ''] : who.env[variable];
    if (value === undefined) whole = false;
    return value ?? '';
  });
  return whole ? resolve(filled) : undefined;
}
