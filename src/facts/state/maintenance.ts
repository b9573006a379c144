import { decodeValue } from '../../host/encode.ts';
import type { Subject } from '../reader/subject.ts';
import { parseRecord } from './guard-records.ts';
import { STATE_DIRECTORY } from './state-directory.ts';

/** While this file is there the host is kept standby: keepalived does not start (haprov-maintenance.conf of its unit). */
export const MAINTENANCE_RECORD = `${STATE_DIRECTORY}/maintenance`;

/** Why a host is kept standby. */
export interface MaintenanceFact {
  /** alice@ops1 */
  readonly who: string;
  /** ISO 8601, by the host's clock. */
  readonly since: string;
  /** As it was given; may be empty. */
  readonly reason: string;
  /** switchover: it holds itself back so that the VIP stays where a switchover brought it. */
  readonly kind: 'maintenance' | 'switchover';
}

/** Key: always `maintenance`; null: the host is not in maintenance. Changes nothing. */
export const maintenanceSubject: Subject<'maintenance', MaintenanceFact | null> = {
  name: 'maintenance',
  script: () => `if [ -e ${MAINTENANCE_RECORD} ]; then echo record; cat ${MAINTENANCE_RECORD}; fi`,
  parse: (output) => {
    const [first, ...lines] = output.split('\n');
    if (first !== 'record') return [null];
    const record = parseRecord(lines);
    const text = (key: string): string => decodeValue(record[key] ?? '');
    return [
      {
        who: text('who') || 'somebody',
        since: text('since'),
        reason: text('reason'),
        kind: record['kind'] === 'switchover' ? 'switchover' : 'maintenance',
      },
    ];
  },
};

/** "in maintenance since 2026-11-22 14:03 UTC by alice@ops1 (new disk)". */
export function describeMaintenance({ who, since, reason, kind }: MaintenanceFact): string {
  const why = reason !== '' ? ` (${reason})` : kind === 'switchover' ? ' (a switchover moved its VIPs away)' : '';
  return `in maintenance${since === '' ? '' : ` since ${since.slice(0, 16).replace('T', ' ')} UTC`} by ${who}${why}`;
}
