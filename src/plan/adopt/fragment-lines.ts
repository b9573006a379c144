import type { Statement } from '../../keepalived/parse.ts';
import { BLOCKS } from '../../keepalived/table/blocks.ts';
import { EMPTY, joined, type Part } from './model.ts';
import { type Held, placeOf, textOf, troubleAt } from './places.ts';

const MODELLED = new Set([
  'global_defs',
  'vrrp_instance',
  'vrrp_script',
  'vrrp_sync_group',
  'vrrp_track_process',
  'track_file',
  'vrrp_track_file',
]);

/** Blocks that haprov does not model go into a fragment, which is uploaded and included as it is; static addresses and routes are keys. */
export function fragmentLines(all: readonly Held[], cluster: string): Part {
  const path = ['clusters', cluster, 'keepalived'];
  const lists = all.map((one) => ({
    one,
    blocks: one.host.config.statements.filter(({ keyword }) => !MODELLED.has(keyword)),
  }));
  const [first] = lists;
  if (first === undefined) return EMPTY;
  const strays = lists.flatMap(({ one, blocks }) =>
    blocks
      .filter(({ children }) => children === undefined)
      .map((statement) =>
        troubleAt(
          one,
          statement,
          `'${textOf(statement).slice(0, 60)}' is no block, and keepalived passes it over: take the line out`,
        ),
      ),
  );
  if (strays.length > 0) return { ...EMPTY, refused: strays };
  const key = (blocks: readonly Statement[]): string =>
    blocks
      .map((one) => blockText([one]))
      .toSorted()
      .join('\n');
  const other = lists.find(({ blocks }) => key(blocks) !== key(first.blocks));
  if (other !== undefined) {
    const texts = first.blocks.map((one) => blockText([one]));
    const odd = other.blocks.find((one) => !texts.includes(blockText([one])));
    const where = odd === undefined ? { one: first.one, at: first.blocks[0] } : { one: other.one, at: odd };
    const what = where.at === undefined ? 'a block' : textOf(where.at);
    return {
      ...EMPTY,
      refused: [troubleAt(where.one, where.at, `${what} differs between the members; a fragment is the same on all`)],
    };
  }
  const own = first.blocks.filter(({ keyword }) => keyword in BLOCKS);
  const rest = first.blocks.filter(({ keyword }) => !(keyword in BLOCKS));
  const file = `fragments/${cluster}.conf`;
  return joined([
    ...own.map((block) => ({
      ...EMPTY,
      lines: (block.children ?? []).map((one, index) => ({
        path: [...path, block.keyword, '+'],
        value: textOf(one),
        ...(index === 0 ? { from: placeOf(first.one.host, block) } : {}),
      })),
    })),
    rest.length === 0
      ? EMPTY
      : {
          ...EMPTY,
          lines: [
            {
              path: [...path, 'fragments', '+'],
              value: `./${file}`,
              from: rest.map((one) => `${textOf(one)}: ${placeOf(first.one.host, one)}`).join('\n'),
            },
          ],
          files: [{ path: file, text: `# Blocks that keepalived had before haprov.\n${blockText(rest)}`, mode: 0o600 }],
        },
  ]);
}

/** Statements as keepalived.conf has them; words with blanks or marks in quotes. */
export function blockText(statements: readonly Statement[], indent = ''): string {
  return statements
    .map(({ keyword, args, children }) => {
      const head = `${indent}${[keyword, ...args].map(quoted).join(' ')}`;
      return children === undefined ? `${head}\n` : `${head} {\n${blockText(children, `${indent}    `)}${indent}}\n`;
    })
    .join('');
}

function quoted(word: string): string {
  if (/^[^\s"'{}#!\\]+$/.test(word)) return word;
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}
