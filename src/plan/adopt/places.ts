import type { Statement } from '../../keepalived/parse.ts';
import type { FoundHost, Trouble } from './model.ts';

/** A block of one host. */
export interface Held {
  readonly host: FoundHost;
  readonly block: Statement;
}

/** "lb1 /etc/keepalived/keepalived.conf:12". */
export function placeOf(host: FoundHost, statement: Statement | undefined): string {
  return statement === undefined ? host.name : `${host.name} ${statement.file ?? host.sources.root}:${statement.line}`;
}

export function troubleAt({ host, block }: Held, statement: Statement | undefined, why: string): Trouble {
  const { file = host.sources.root, line } = statement ?? block;
  return { host: host.name, file, line, why };
}

export function bodyOf({ block }: Held): readonly Statement[] {
  return block.children ?? [];
}

/** Where keyword stands on the first host that has it. */
export function firstPlace(held: readonly Held[], keyword: string): string | undefined {
  for (const one of held) {
    const found = bodyOf(one).findLast((statement) => statement.keyword === keyword);
    if (found !== undefined) return placeOf(one.host, found);
  }
  return undefined;
}

export function textOf({ keyword, args }: Statement): string {
  return [keyword, ...args].join(' ');
}
