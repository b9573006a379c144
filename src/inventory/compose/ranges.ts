/** Names that one key of `hosts` may stand for at most. */
const MOST = 1000;

/** What a key and its address stand for, one to one; or why that cannot be told. */
export type Expanded =
  | { readonly hosts: readonly { readonly name: string; readonly address: string | undefined }[] }
  | { readonly reason: string };

/** Whether a text has a range in it: gw[1-2]. */
export function hasRange(text: string): boolean {
  return /\[\d+-\d+\]/.test(text);
}

/**
 * The hosts that a key such as `gw[1-2]` names, with its address `10.0.0.1[1-2]`. `[01-10]` keeps its zeros. Of several
 * ranges in a text the last one runs fastest. Without a range in the key, undefined.
 */
export function expandHosts(name: string, address: string | undefined): Expanded | undefined {
  if (!hasRange(name)) return undefined;
  const names = expand(name);
  if (typeof names === 'string') return { reason: `${name} ${names}` };
  if (address === undefined) return { hosts: names.map((one) => ({ name: one, address: undefined })) };
  const addresses = expand(address);
  if (typeof addresses === 'string') return { reason: `${address} ${addresses}` };
  if (addresses.length !== names.length)
    return {
      reason: `${name} names ${names.length} hosts, and ${address} ${addresses.length === 1 ? '1 address' : `${addresses.length} addresses`}; give each host its own`,
    };
  return { hosts: names.map((one, index) => ({ name: one, address: addresses[index] })) };
}

/** All texts that a text with ranges stands for; a text is why there are none. */
function expand(text: string): readonly string[] | string {
  const [, before = '', from = '', to = '', after = ''] = /^(.*?)\[(\d+)-(\d+)\](.*)$/s.exec(text) ?? [];
  if (from === '') return [text];
  const [first, last] = [Number(from), Number(to)];
  if (last < first) return `counts down from ${from} to ${to}; write [${to}-${from}]`;
  if (last - first >= MOST) return `stands for more than ${MOST} hosts`;
  const rest = expand(after);
  if (typeof rest === 'string') return rest;
  if ((last - first + 1) * rest.length > MOST) return `stands for more than ${MOST} hosts`;
  const width = from.startsWith('0') && from.length > 1 ? from.length : 0;
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index).padStart(width, '0')).flatMap(
    (number) => rest.map((end) => before + number + end),
  );
}
