import type { Statement } from './parse.ts';

/** The first word of a statement; of two of one name the last one counts. */
export function wordOf(body: readonly Statement[], keyword: string): string | undefined {
  return body.findLast((statement) => statement.keyword === keyword)?.args[0];
}

/** The statements in all blocks of a name. */
export function inside(body: readonly Statement[], keyword: string): readonly Statement[] {
  return body.filter((statement) => statement.keyword === keyword).flatMap(({ children = [] }) => children);
}

/** Blocks of a kind with their names, in the file's order; those without a name keepalived ignores. */
export function blocksOf(
  statements: readonly Statement[],
  kind: string,
): readonly (readonly [string, readonly Statement[]])[] {
  return statements.flatMap(({ keyword, args: [name], children = [] }) =>
    keyword === kind && name !== undefined ? [[name, children] as const] : [],
  );
}

/** A block of keepalived.conf. */
export function block(head: string, body: readonly string[]): string[] {
  return [`${head} {`, ...body.map((line) => `    ${line}`), '}'];
}
