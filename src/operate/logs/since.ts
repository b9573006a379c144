import { UsageError } from '../../errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

const LONG: Readonly<Record<string, string>> = {
  sec: 's',
  second: 's',
  min: 'm',
  minute: 'm',
  hour: 'h',
  day: 'd',
  week: 'w',
};

const RELATIVE = /^-?((?:\d+\s*[a-z]+\s*)+?)(?:ago)?$/;

/**
 * A point in time as seconds since 1970, from what `--since` was given: `90s`, `10m`, `2h`, `1d`, `1h30m`, `2 hours
 * ago`, `now`, `today`, `yesterday`, `2026-11-22`, `2026-11-22 10:00[:30]`, ISO 8601 with a zone, or `@SECONDS`. Without
 * a zone it is this machine's time. Hosts are sent the number alone, so that their zones do not matter.
 *
 * @throws UsageError for anything else
 */
export function parseSince(text: string, now: Date): number {
  const words = text.trim().toLowerCase();
  const seconds = fromWord(words, now) ?? fromDuration(words, now) ?? fromDate(text.trim());
  if (seconds === undefined) {
    throw new UsageError(`--since ${text} is no time`, {
      next: 'Say how long ago (10m, 2h, 1d) or since when (2026-11-22, "2026-11-22 10:00", yesterday).',
    });
  }
  return Math.max(0, Math.floor(seconds));
}

function fromWord(words: string, now: Date): number | undefined {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (words === 'yesterday' ? 1 : 0));
  if (words === 'now') return now.getTime() / 1000;
  if (words === 'today' || words === 'yesterday') return midnight.getTime() / 1000;
  const stamp = /^@(\d{1,12})$/.exec(words)?.[1];
  return stamp === undefined ? undefined : Number(stamp);
}

function fromDuration(words: string, now: Date): number | undefined {
  const parts = RELATIVE.exec(words)?.[1];
  if (parts === undefined) return undefined;
  let total = 0;
  for (const [, count, name = ''] of parts.matchAll(/(\d+)\s*([a-z]+)/g)) {
    const unit = UNITS[name] ?? UNITS[LONG[name.replace(/s$/, '')] ?? ''];
    if (unit === undefined) return undefined;
    total += Number(count) * unit;
  }
  return now.getTime() / 1000 - total;
}

function fromDate(text: string): number | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone] =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i.exec(text) ?? [];
  if (year === undefined) return undefined;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const utc = Date.UTC(...parts);
  // A date that the calendar does not have is rolled over to another.
  const back = new Date(utc);
  if (
    back.getUTCMonth() !== parts[1] ||
    back.getUTCDate() !== parts[2] ||
    parts[3] > 23 ||
    parts[4] > 59 ||
    parts[5] > 60
  ) {
    return undefined;
  }
  if (zone === undefined) return new Date(...parts).getTime() / 1000;
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return utc / 1000 - offset * 60;
}
