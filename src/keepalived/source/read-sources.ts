import { dirname } from 'node:path/posix';
import { KeepalivedSyntaxError, parseKeepalivedConf, type Statement } from '../parse.ts';
import { type Definitions, prepareLine } from './definitions.ts';
import type { Sources, Unresolved } from './sources.ts';

/** What a host's keepalived.conf says with everything that it includes. */
export interface ReadSources {
  /** Each with its file; includes, definitions and conditions are resolved. */
  readonly statements: readonly Statement[];
  /** Lines of which nobody but keepalived can tell what they say; they are in no statement. */
  readonly unresolved: readonly Unresolved[];
}

const INCLUDE = /^\s*include[a-z]*\s+(\S.*)$/i;
const MARK = /^(?:<{7}|={7}|>{7}|\|{7})(?:\s|$)/;

/** Reads a configuration in the order in which keepalived does. Never throws: what cannot be read is named. */
export function readSources(sources: Sources): ReadSources {
  const { root, files, includes, instance, hostname } = sources;
  const unresolved: Unresolved[] = [];
  const known: Definitions = new Map([
    ['_HOSTNAME', hostname],
    ...(instance === undefined ? [] : [['_INSTANCE', instance] as const]),
  ]);

  const read = (file: string, chain: readonly string[]): readonly Statement[] => {
    known.set('_PWD', dirname(file));
    const included = new Map<number, readonly Statement[]>();
    const lines = (files.get(file) ?? '').split(/\r?\n/).map((raw, index) => {
      const line = index + 1;
      const miss = (word: string, why: string): void => void unresolved.push({ file, line, word, why });
      if (MARK.test(raw)) {
        miss('merge', 'a mark of a merge that was never finished');
        return '';
      }
      const { text, word } = prepareLine(raw, instance, known);
      if (word !== undefined) miss(word, `keepalived alone can resolve ${word}`);
      const [, pattern] = INCLUDE.exec(text) ?? [];
      if (pattern === undefined) return text;
      const site = includes.find((one) => one.file === file && one.line === line);
      const paths = (site?.paths ?? []).filter((path) => !chain.includes(path));
      if (paths.length === 0 && /[${]/.test(raw))
        miss('include', `what ${pattern.trim()} names could not be found out`);
      included.set(
        line,
        paths.flatMap((path) => (files.has(path) ? read(path, [...chain, path]) : [])),
      );
      known.set('_PWD', dirname(file));
      return text;
    });
    return splice(parsed(lines.join('\n'), file), included);
  };

  const parsed = (text: string, file: string): readonly Statement[] => {
    try {
      return inFile(parseKeepalivedConf(text), file);
    } catch (error) {
      if (!(error instanceof KeepalivedSyntaxError)) throw error;
      unresolved.push({ file, line: error.line, word: 'syntax', why: error.message.replace(/^line \d+: /, '') });
      return [];
    }
  };

  return { statements: read(root, [root]), unresolved };
}

function inFile(statements: readonly Statement[], file: string): readonly Statement[] {
  return statements.map((one) => ({
    ...one,
    file,
    ...(one.children === undefined ? {} : { children: inFile(one.children, file) }),
  }));
}

/** The statements of included files where their include stands, inside of blocks too. */
function splice(
  statements: readonly Statement[],
  included: ReadonlyMap<number, readonly Statement[]>,
): readonly Statement[] {
  return statements.flatMap((one) => {
    if (/^include[a-z]*$/i.test(one.keyword)) return included.get(one.line) ?? [];
    return [{ ...one, ...(one.children === undefined ? {} : { children: splice(one.children, included) }) }];
  });
}
