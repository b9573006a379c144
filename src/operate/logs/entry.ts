/** A change of a VRRP instance's state. */
export interface Transition {
  readonly instance: string;
  readonly state: string;
}

/** One line of a host's journal. */
export interface LogEntry {
  /** Microseconds since 1970, by the host's clock. */
  readonly time: number;
  /** Host id. */
  readonly host: string;
  /** keepalived, the cluster's service, or haprov-notify. */
  readonly unit: string;
  readonly message: string;
  readonly transition?: Transition;
  /** Where in the host's journal it stands; journalctl goes on after it. */
  readonly cursor: string;
}

/** A line of `journalctl -o json`; undefined where it is none. */
export function parseEntry(line: string, host: string): LogEntry | undefined {
  const fields = parseFields(line);
  const time = Number(fields?.['__REALTIME_TIMESTAMP']);
  const cursor = fields?.['__CURSOR'];
  if (fields === undefined || !Number.isFinite(time) || typeof cursor !== 'string') return undefined;
  const message = textOf(fields['MESSAGE']);
  const identifier = textOf(fields['SYSLOG_IDENTIFIER']);
  const unit = textOf(fields['UNIT']) || textOf(fields['_SYSTEMD_UNIT']) || identifier;
  const transition = transitionOf(message);
  return {
    time,
    host,
    unit: identifier === 'haprov-notify' ? identifier : unit.replace(/\.service$/, ''),
    message,
    ...(transition === undefined ? {} : { transition }),
    cursor,
  };
}

function parseFields(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A field of the journal: text, its bytes where they are no UTF-8 or have controls, several values, or null where it is
 * longer than journalctl prints (systemd's JOURNAL_EXPORT_FORMATS).
 */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return '(a message too long to print)';
  if (!Array.isArray(value)) return '';
  if (value.every((one) => typeof one === 'number')) return Buffer.from(value).toString('utf8');
  return textOf(value[0]);
}

/** keepalived's own words, since 2.0 without the prefix `VRRP_Instance`, and those of haprov-notify. */
function transitionOf(message: string): Transition | undefined {
  const [, instance, state] =
    /^(?:VRRP_Instance|VRRP_Group)?\(([^)]+)\) Entering (\w+) STATE/.exec(message) ??
    /^(?:INSTANCE|GROUP) (\S+) (MASTER|BACKUP|FAULT|STOP|DELETED)\b/.exec(message) ??
    [];
  return instance === undefined || state === undefined ? undefined : { instance, state };
}
