import type { Service } from '../../inventory/model.ts';
import { command } from '../../transport/quote.ts';

/** From where on: a time, or after a line that was read before. */
export type From = { readonly since: number } | { readonly cursor: string };

/** Written between lines while a journal is followed; JSON never has it unescaped. */
export const HEARTBEAT = '\u001e';

const FIELDS = 'MESSAGE,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT,UNIT';

/** How long one following lasts before it is taken up anew, and how often the host shows that it lives; seconds. */
export const FOLLOW = { longest: 1800, beat: 3 } as const;

/** The next `lines` lines of a host's journal, oldest first; fewer at its end. */
export function pageScript(service: Service, from: From, lines: number): string {
  return `${DEMAND}\n${journalctl(service, from, [])} | head -n ${lines}\n:`;
}

/**
 * A host's journal from there on, as it is written. It ends when nobody reads any more: journalctl itself notices only
 * when it has a line to write, so a heartbeat finds out, and takes it along.
 */
export function followScript(service: Service, from: From): string {
  return `${DEMAND}
${journalctl(service, from, ['--follow', '--no-tail'])} &
pid=$!
# Not before: journalctl would inherit it.
trap '' PIPE
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null' EXIT
trap 'exit 0' HUP INT TERM
i=0
while [ "$i" -lt ${FOLLOW.longest / FOLLOW.beat} ] && kill -0 "$pid" 2>/dev/null; do
  printf '\\036' 2>/dev/null || break
  sleep ${FOLLOW.beat}
  i=$((i + 1))
done
kill -0 "$pid" 2>/dev/null || { wait "$pid"; exit; }`;
}

const DEMAND = `command -v journalctl >/dev/null || { echo 'there is no journalctl on this host' >&2; exit 1; }`;

function journalctl(service: Service, from: From, options: readonly string[]): string {
  const start = 'cursor' in from ? `--after-cursor=${demandCursor(from.cursor)}` : `--since=@${Math.floor(from.since)}`;
  const units = ['keepalived', ...(service === 'none' ? [] : [service])].map((name) => `${name}.service`);
  // The daemon's own lines, systemd's about it, and what haprov-notify says wherever it runs.
  const matches = units.flatMap((unit) => [`_SYSTEMD_UNIT=${unit}`, '+', `UNIT=${unit}`, '+']);
  return command([
    'journalctl',
    '--no-pager',
    '--quiet',
    '--output=json',
    `--output-fields=${FIELDS}`,
    start,
    ...options,
    ...matches,
    'SYSLOG_IDENTIFIER=haprov-notify',
  ]);
}

/** A cursor comes from a host: nothing that is not one is sent to it again. */
function demandCursor(cursor: string): string {
  if (!/^[a-z0-9=;]{1,400}$/i.test(cursor)) throw new Error('a journal gave a cursor of a form that is not known');
  return cursor;
}
