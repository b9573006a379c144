import type { StatusJson } from '../../src/ui/status/status-json.ts';
import type { HaprovResult } from './haprov.ts';

/** What `haprov status --json` printed of each cluster. */
export function clustersOf({ stdout }: Pick<HaprovResult, 'stdout'>): StatusJson['clusters'] {
  const { clusters }: StatusJson = JSON.parse(stdout);
  return clusters;
}
