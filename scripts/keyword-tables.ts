// npx tsx scripts/keyword-tables.ts: writes the tables of keywords in docs/inventory.md.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { withKeywordTables } from '../test/support/keyword-tables.ts';

const DOCUMENT = fileURLToPath(new URL('../docs/inventory.md', import.meta.url));
await writeFile(DOCUMENT, withKeywordTables(await readFile(DOCUMENT, 'utf8')));
