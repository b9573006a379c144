/** Addresses that one entry may stand for at most. */
const MOST = 1000;

/** `203.0.113.[20-40]/32` as each of its texts; a text without a range as itself. `reason`: why it cannot be. */
export function expandRange(text: string): { readonly texts: readonly string[] } | { readonly reason: string } {
  const [, before = '', from = '', to = '', after = ''] = /^([^[]*)\[(\d{1,5})-(\d{1,5})\](.*)$/s.exec(text) ?? [];
  if (from === '') return { texts: [text] };
  const [first, last] = [Number(from), Number(to)];
  if (last < first) return { reason: `must count upwards: [${to}-${from}]` };
  if (last - first >= MOST) return { reason: `must stand for at most ${MOST} addresses` };
  const rest = expandRange(after);
  if ('reason' in rest) return rest;
  if ((last - first + 1) * rest.texts.length > MOST) return { reason: `must stand for at most ${MOST} addresses` };
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
  return { texts: numbers.flatMap((number) => rest.texts.map((end) => before + number + end)) };
}
