import type { Change } from '../../changes/change.ts';
import type { FileVersion } from '../../changes/version.ts';
import { maskKeepalivedConf } from '../../keepalived/mask.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';

/** One side of a diff; both null where there is no file. */
export interface Side {
  readonly version: FileVersion | null;
  readonly text: string | null;
}

const HIDDEN = '********';

/**
 * Two versions of a file on a host as they may be shown. Nobody here knows what in them is secret: keepalived.conf is
 * masked by its grammar, and of any other file that not everybody on the host may read nothing is shown at all.
 */
export function shownDiff(
  path: string,
  before: Side,
  after: Side,
  redact: (text: string) => string,
): NonNullable<Change['diff']> {
  const known = path === HOST_PATHS.keepalivedConf;
  const hidden = !known && [before, after].some(({ version }) => version !== null && !isPublic(version));
  const show = ({ version, text }: Side): string | null => {
    if (version === null) return null;
    return hidden || text === null ? HIDDEN : redact(maskKeepalivedConf(text));
  };
  const diff = { before: show(before), after: show(after) };
  if (hidden) return { ...diff, note: 'not everybody on the host may read it, so its content is not shown' };
  return diff.before === diff.after ? { ...diff, note: 'a secret value changes' } : diff;
}

/** Others may read it. */
function isPublic({ mode }: FileVersion): boolean {
  return (Number.parseInt(mode, 8) & 0o004) !== 0;
}
