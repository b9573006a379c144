/**
 * A value as records on hosts and arguments of the host program have it: nothing but letters, digits, `.`, `_`, `-` and
 * `%XX`. It needs no quotes in sh, and nothing in it ends a word or a line.
 */
export function encodeValue(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^\w.-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** What `encodeValue` was given; a value that it did not make stands as it is. */
export function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
