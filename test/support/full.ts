/** Whether this is `npm run test:full`, which proves all there is to prove; the gate does each kind of thing once, or a few times. */
export const FULL = process.env['HAPROV_TESTS'] === 'full';

/** How often a property is tried: so often in the full tests, else a fraction of it. */
export function tries(full: number): number {
  return FULL ? full : Math.ceil(full / 4);
}
