/** Whether all is to be proved, whatever it takes (HAPROV_FULL=1), or each kind of thing once or twice as often as needed. */
export const FULL = process.env['HAPROV_FULL'] === '1';

/** How often a property is tried: so often with HAPROV_FULL=1, else a fraction of it. */
export function tries(full: number): number {
  return FULL ? full : Math.ceil(full / 4);
}
