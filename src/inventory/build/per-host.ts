/** What is written for one host, in one value for all or in a map of host names; undefined where nothing is. */
export function valueFor<T extends string | number | boolean>(
  written: T | Record<string, T> | undefined,
  host: string,
): T | undefined;
export function valueFor(written: unknown, host: string): unknown;
export function valueFor(written: unknown, host: string): unknown {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return written;
  return Object.hasOwn(written, host) ? Reflect.get(written, host) : undefined;
}
