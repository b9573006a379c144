import type { Rules } from './rule.ts';

/** Rules of lint: the file. */
export const THE_FILE_RULES: Rules = {
  unreadable: { finds: 'there is no such file, or it cannot be read', write: 'the right path' },
  encoding: { finds: 'not UTF-8, or larger than 4 MiB', write: 'save as UTF-8; split by clusters' },
  'yaml-syntax': { finds: 'not YAML; a tab as indentation', write: 'spaces' },
  'yaml-empty': { finds: 'nothing in it', write: '`haprov init`' },
  'yaml-documents': { finds: 'a second document after `---`', write: 'one document' },
  'yaml-alias': { finds: 'an alias without anchor, in a circle, or growing too large', write: 'fewer aliases' },
  'yaml-merge': { finds: '`<<` with something that is no map', write: 'an alias of a map' },
  'yaml-depth': { finds: 'nested deeper than 40 levels', write: 'a flatter file' },
  'yaml-size': { finds: 'more than 100000 lines, or too many values', write: 'split by clusters' },
  'duplicate-key': { finds: 'a key twice in one map', write: 'one of the two' },
  'control-character': { finds: 'a control character or an invisible one', write: 'plain text' },
  number: { finds: 'a number that begins with 0', write: 'without the 0, or in quotes' },
};
