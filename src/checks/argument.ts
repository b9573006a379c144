import { HOST_PATHS } from '../vrrp/paths.ts';

/** Where the administrator's own file for the check of that name goes on the host. */
export function ownPath(name: string, suffix = ''): string {
  return `${HOST_PATHS.scripts}/haprov-user-${name}${suffix === '' ? '' : `.${suffix}`}`;
}

/** A word that keepalived.conf and execve take as it is: no blank, quote, `#`, `!`, `$`, `~`, `@` at its start, brace or backslash. */
export const PLAIN_ARGUMENT = /^[A-Za-z0-9_.:,/=?&%+*^|[\]-][A-Za-z0-9_.:,/=?&%+*^|[\]-]*$/;
