/** A byte sequence as text, or why it cannot be one; `offset` counts from the start of the text read so far. */
export type Decoded =
  | { readonly text: string }
  | { readonly reason: string; readonly line: number; readonly column: number };

/** Bytes that an inventory may have at most. A fleet of 5,000 pairs needs about half of it. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** UTF-8, with or without a byte order mark. UTF-16, UTF-32 and binary files are refused by name. */
export function decodeInventory(bytes: Uint8Array): Decoded {
  if (bytes.length > MAX_BYTES) {
    return {
      reason: `the file is larger than ${MAX_BYTES / 1024 / 1024} MiB, the most an inventory may have`,
      line: 1,
      column: 1,
    };
  }
  const encoding = foreignEncoding(bytes);
  if (encoding !== undefined) {
    return { reason: `the file is ${encoding}; save it as UTF-8`, line: 1, column: 1 };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { reason: 'this is not valid UTF-8; save the file as UTF-8', ...firstInvalid(bytes) };
  }
}

function foreignEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'UTF-32' : 'UTF-16';
  if (a === 0xfe && b === 0xff) return 'UTF-16';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'UTF-32';
  if (bytes.length >= 4 && (a === 0) !== (b === 0) && (c === 0) === (a === 0) && (d === 0) === (b === 0))
    return 'UTF-16';
  return undefined;
}

function firstInvalid(bytes: Uint8Array): { line: number; column: number } {
  const good = new TextDecoder('utf-8').decode(bytes);
  const index = Math.max(good.indexOf('\ufffd'), 0);
  const before = good.slice(0, index);
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}
