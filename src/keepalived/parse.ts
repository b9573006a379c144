import { HaprovError } from '../errors.ts';

/** One statement of keepalived.conf: a keyword, its words, and what stands in its braces. */
export interface Statement {
  readonly keyword: string;
  readonly args: readonly string[];
  /** Present where braces follow, empty ones too. */
  readonly children?: readonly Statement[];
  /** The line that it starts on, from 1. */
  readonly line: number;
  /** Absolute path on the host, where several files were read together. */
  readonly file?: string;
}

/** A file whose braces or quotes do not close; keepalived itself would lose the rest of it without a word. */
export class KeepalivedSyntaxError extends HaprovError {
  override readonly name = 'KeepalivedSyntaxError';
  readonly line: number;

  constructor(message: string, line: number) {
    super(`line ${line}: ${message}`, { action: 'read keepalived.conf' });
    this.line = line;
  }
}

interface Token {
  readonly text: string;
  /** A quoted brace is a word. */
  readonly kind: 'word' | 'open' | 'close';
}

interface Open {
  readonly body: Statement[];
  readonly line: number;
}

/**
 * The block tree of a keepalived.conf, by the rules of keepalived's own reader (lib/parser.c): comments start at an
 * unquoted # or !, a backslash escapes or continues the line, quotes group words, and braces may stand on a line of
 * their own. Includes, definitions ($NAME=), conditions (@ID) and sequences (~SEQ) are left as the words they are.
 *
 * @throws KeepalivedSyntaxError where braces or quotes do not close
 */
export function parseKeepalivedConf(text: string): readonly Statement[] {
  const root: Open = { body: [], line: 0 };
  const stack: Open[] = [root];
  for (const { tokens, line } of logicalLines(text)) {
    let words: string[] = [];
    const flush = (children?: Statement[]): void => {
      const [keyword, ...args] = words;
      words = [];
      const body = (stack.at(-1) ?? root).body;
      if (keyword !== undefined) body.push({ keyword, args, ...(children === undefined ? {} : { children }), line });
      else if (children !== undefined) attach(body, children, line);
    };
    for (const token of tokens) {
      if (token.kind === 'word') words.push(token.text);
      else if (token.kind === 'open') {
        const body: Statement[] = [];
        flush(body);
        stack.push({ body, line });
      } else {
        flush();
        if (stack.length === 1) throw new KeepalivedSyntaxError('a closing brace without an opening one', line);
        stack.pop();
      }
    }
    flush();
  }
  const open = stack.at(-1);
  if (open !== undefined && open !== root) throw new KeepalivedSyntaxError('this brace is never closed', open.line);
  return root.body;
}

/** A brace on its own line belongs to the statement before it. */
function attach(body: Statement[], children: Statement[], line: number): void {
  const owner = body.pop();
  if (owner === undefined || owner.children !== undefined) {
    throw new KeepalivedSyntaxError('an opening brace without a keyword', line);
  }
  body.push({ ...owner, children });
}

function* logicalLines(text: string): Generator<{ tokens: Token[]; line: number }> {
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let joined = lines[index] ?? '';
    let scan = tokenize(joined, line);
    while (scan.continued && index + 1 < lines.length) {
      index += 1;
      joined = `${joined.slice(0, -1)}${lines[index] ?? ''}`;
      scan = tokenize(joined, line);
    }
    yield { tokens: scan.tokens, line };
  }
}

/** The tokens of a line; `continued` where it ends in a backslash outside of a comment. */
function tokenize(text: string, line: number): { tokens: Token[]; continued: boolean } {
  const tokens: Token[] = [];
  let word: string | undefined;
  let quote = '';
  const end = (): void => {
    if (word !== undefined) tokens.push({ text: word, kind: 'word' });
    word = undefined;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') {
      if (at + 1 === text.length) {
        end();
        return { tokens, continued: true };
      }
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '#' || char === '!') break;
    else if (/\s/.test(char)) end();
    else if (char === '{' || char === '}') {
      // ${NAME} is one word.
      if (char === '{' && word?.endsWith('$') === true) {
        const close = text.indexOf('}', at);
        word += text.slice(at, close < 0 ? text.length : close + 1);
        at = close < 0 ? text.length : close;
      } else {
        end();
        tokens.push({ text: char, kind: char === '{' ? 'open' : 'close' });
      }
    } else word = (word ?? '') + char;
  }
  if (quote !== '') throw new KeepalivedSyntaxError('this quote is never closed', line);
  end();
  return { tokens, continued: false };
}
