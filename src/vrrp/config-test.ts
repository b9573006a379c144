/** A run of `keepalived --config-test`: its exit status, and stdout and stderr together. */
export interface ConfigTestRun {
  readonly code: number;
  readonly output: string;
}

export type ConfigVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** What exit statuses mean, by lib/scheduler.h; the manual page gives the older ones only. */
const MEANING: Readonly<Record<number, string>> = {
  3: 'it cannot run, or the file is not there',
  4: 'the configuration has errors',
  5: 'the configuration has errors',
  6: 'it has scripts without script security',
  126: 'keepalived cannot be executed',
  127: 'keepalived is not installed',
  143: 'it ended itself, as 2.2.5 to 2.2.7 do with a script_user other than root',
};

/**
 * Whether keepalived accepts a configuration. Fails closed: only exit status 0 together with silence counts, as some
 * versions end with 0 after errors (2.1.5 as Debian builds it), and warnings stand for lines that were dropped. Even
 * then the caller has yet to look for itself that the file is there and not empty, and that each interface exists and
 * each script is root's and executable: all versions accept those.
 */
export function judgeConfigTest({ code, output }: ConfigTestRun): ConfigVerdict {
  const said = output.trim();
  if (code === 0 && said === '') return { ok: true };
  const first = said
    .split('\n', 1)
    .join('')
    .replace(/^\([^)]*:\s*(Line \d+)\)\s*/i, '$1: ');
  const meaning = MEANING[code];
  const status = `exit status ${code}${meaning === undefined ? '' : `: ${meaning}`}`;
  return { ok: false, reason: said === '' ? `keepalived --config-test: ${status}` : `${first} (${status})` };
}
