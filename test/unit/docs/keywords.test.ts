import { expect, it } from 'vitest';
import { withKeywordTables } from '../../support/keyword-tables.ts';
import { read } from './markdown.ts';

it('docs/inventory.md has the tables that the keywords make: npx tsx scripts/keyword-tables.ts', () => {
  const text = read('docs/inventory.md');
  expect(text).toBe(withKeywordTables(text));
});
