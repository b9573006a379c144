/** A block of keepalived's dump (keepalived.data): its lines by their titles, lists with their lines. */
export interface DumpBlock {
  readonly name: string;
  /** All of them, without their indents. */
  readonly lines: readonly string[];
  /** The text after ` = `; empty for a line that is a title alone. */
  readonly said: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** Blocks of one kind, such as `VRRP Instance`, by name. */
export function dumpBlocks(dump: string, kind: string): ReadonlyMap<string, DumpBlock> {
  const found = new Map<string, DumpBlock>();
  const lines = dump.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, name] = new RegExp(`^ ${kind} = ([^,]+)`).exec(line) ?? [];
    if (name === undefined) continue;
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((one) => !one.startsWith('  '));
    found.set(name, readBlock(name, end < 0 ? rest : rest.slice(0, end)));
  }
  return found;
}

/** The lines of a section, such as `Static Routes`, without their indents. */
export function dumpSection(dump: string, title: string): readonly string[] {
  const lines = dump.split('\n');
  const start = lines.indexOf(`------< ${title} >------`);
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('-----'));
  return (end < 0 ? rest : rest.slice(0, end)).map((line) => line.trim()).filter((line) => line !== '');
}

function readBlock(name: string, lines: readonly string[]): DumpBlock {
  const said = new Map<string, string>();
  const lists = new Map<string, string[]>();
  let list: string[] = [];
  for (const line of lines) {
    if (line.startsWith('     ')) {
      list.push(line.trim());
      continue;
    }
    const text = line.trim();
    const [, title = text, value = ''] = /^(.*?) ?= ?(.*)$/.exec(text) ?? [];
    const [, header] = /^(.+?)(?: \(\d+\))? ?:$/.exec(text) ?? [];
    if (header === undefined) said.set(title, value);
    else {
      list = [];
      lists.set(header, list);
    }
  }
  return { name, lines: lines.map((line) => line.trim()), said, lists };
}
