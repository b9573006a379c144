import { closest, distance } from 'fastest-levenshtein';

/** The word that was probably meant: at most a third of its letters away, or two letters changed about. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  const plain = word.toLowerCase().replaceAll('-', '_');
  const lower = known.map((one) => one.toLowerCase());
  const best = known[lower.indexOf(closest(plain, lower))] ?? '';
  const letters = (text: string): string => [...text].sort().join('');
  const swapped = letters(plain) === letters(best.toLowerCase());
  return distance(plain, best.toLowerCase()) <= (swapped ? 2 : Math.max(1, Math.floor(best.length / 3)))
    ? best
    : undefined;
}
