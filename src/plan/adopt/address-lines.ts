import { wordsByAddress } from '../../keepalived/kinds/addresses.ts';
import type { Statement } from '../../keepalived/parse.ts';
import { inside } from '../../keepalived/statements.ts';
import { EMPTY, type Part } from './model.ts';
import { bodyOf, firstPlace, type Held, textOf, troubleAt } from './places.ts';

/** The addresses of an instance in keepalived's own words; a prefix is written where keepalived takes one by itself. */
export function addressLines(
  keyword: 'virtual_ipaddress' | 'virtual_ipaddress_excluded',
  held: readonly Held[],
  path: readonly string[],
): Part {
  const lists = held.map((one) => ({ one, texts: inside(bodyOf(one), keyword).map(written) }));
  const [first] = lists;
  if (first === undefined || lists.every(({ texts }) => texts.length === 0)) return EMPTY;
  const keys = (texts: readonly string[]): string => texts.toSorted().join('\n');
  const other = lists.find(({ texts }) => keys(texts) !== keys(first.texts));
  if (other !== undefined) {
    const apart = [...first.texts, ...other.texts].find(
      (text) => first.texts.includes(text) !== other.texts.includes(text),
    );
    const block = bodyOf(other.one).find((one) => one.keyword === keyword);
    const who = first.texts.includes(apart ?? '') ? first.one.host.name : other.one.host.name;
    const why = `the members have different addresses in ${keyword}: only ${who} has ${apart}`;
    return { ...EMPTY, refused: [troubleAt(other.one, block, why)] };
  }
  const from = firstPlace(held, keyword);
  return {
    ...EMPTY,
    lines: [{ path: [...path, keyword], value: first.texts, ...(from === undefined ? {} : { from }) }],
  };
}

function written(statement: Statement): string {
  const words = textOf(statement).split(' ');
  const [address] = [
    ...wordsByAddress([{ keyword: 'list', args: [], line: 0, children: [statement] }], 'list').values(),
  ];
  const others = words.filter((word) => word !== address);
  const whole =
    address?.includes('/') === true || others.includes('peer')
      ? address
      : `${address}/${address?.includes(':') ? 128 : 32}`;
  return [whole, ...others].join(' ');
}
