/** Masks secrets in a text; every view applies it last. */
export type Redact = (text: string) => string;

// Controls, invisible and reordering characters, line separators, lone surrogates: all but newline and tab.
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from a host or a file, made safe for a terminal: what would act on it stands as \x1b, \r or \u{202e}. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** As `visible`, on one line: newlines and tabs become spaces, the ends are trimmed. */
export function visibleLine(text: string): string {
  return visible(text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/\t/g, ' ')).trim();
}

/** Terminal columns of a text without escape sequences. Wide letters count 2, combining marks 0. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** The text cut to at most `columns` terminal columns; a cut shows as "…" (or "..." without `unicode`). */
export function clip(text: string, columns: number, unicode = true): string {
  if (columnsOf(text) <= columns) return text;
  const mark = unicode ? '…' : '...';
  const room = Math.max(0, columns - columnsOf(mark));
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += columnsOfCharacter(character);
    if (used > room) break;
    kept += character;
  }
  return (kept + mark).slice(0, Math.max(0, columns));
}

/** The text filled with spaces to `columns` terminal columns; longer text stays whole. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** Words joined with ", " into lines of at most `columns`; a longer word has its own line. */
export function wrapList(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  words.forEach((word, index) => {
    const piece = index === words.length - 1 ? word : `${word},`;
    if (line === '') line = piece;
    else if (columnsOf(line) + 1 + columnsOf(piece) <= columns) line += ` ${piece}`;
    else {
      lines.push(line);
      line = piece;
    }
  });
  return line === '' ? lines : [...lines, line];
}

/** Lines of at most so many columns, broken between words; a longer word has its own line. At least one line. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 1 + columnsOf(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A label, and a text beside it that is wrapped under itself. */
export function hanging(label: string, text: string, columns: number, paint = (one: string) => one): string[] {
  const indent = columnsOf(label);
  const [first = '', ...more] = wrapText(text, Math.max(30, columns - indent));
  return [`${paint(label)}${first}`, ...more.map((line) => ' '.repeat(indent) + line)];
}

/** "1 change", "2 changes". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A duration for people: 0.4s, 12.3s, 1m58s, 2h03m. */
export function duration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`;
}

const ZERO_WIDTH = /^\p{M}$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u;

function columnsOfCharacter(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
