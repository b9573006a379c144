import { factsOf } from './addresses.ts';
import type { DumpBlock } from './dump.ts';
import { pairsOf } from './routes.ts';

/** What a block of the dump says under a title, in the form of `Expected`; some lines have a form of their own. */
export function saidOf({ lines, lists, said }: DumpBlock, title: string): string | readonly unknown[] | undefined {
  const found = lists.get(title);
  const after = (start: string): string | undefined =>
    lines.find((line) => line.startsWith(start))?.slice(start.length);
  switch (title) {
    case 'Virtual IP':
    case 'Virtual IP Excluded':
      return found?.map(factsOf);
    case 'Virtual Routes':
    case 'Virtual Rules':
      return found?.map(pairsOf).sort();
    case 'Tracked interfaces':
      return found?.toSorted();
    case 'Unicast Peer':
      return found?.map((line) => line.split(' ', 1).join(''));
    case 'Interface':
      return said.get(title)?.replace(', xmit base i/f', '');
    case 'Use VMAC':
      return after('Use VMAC, i/f name ')?.replace(/,.*/, '');
    case 'xmit_base':
      return after('Use VMAC, i/f name ')?.replace(/.*xmit_base = /, '');
    case 'Multicast address':
      return after('Multicast address ')?.replace(/,.*/, '');
    case 'If unicast go to fault state if no peers':
      return lists.get('Flags')?.includes(title) === true ? '' : undefined;
    default:
      return found ?? said.get(title) ?? (lines.includes(title) ? '' : undefined);
  }
}
