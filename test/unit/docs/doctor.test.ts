import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHECKS } from '../../../src/operate/doctor/registry.ts';

const TEXT = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
const ROWS = [...TEXT.matchAll(/^\| (HD\d{3}) \| (\S+) \| .+ \| (asked|observed|) ?\|$/gm)].map(
  ([, id, name, when]) => ({ id, name, when }),
);

it('docs/doctor.md lists every check with its name and its round, and no other', () => {
  const expected = CHECKS.map(({ id, name, phase }) => ({ id, name, when: phase === 'look' ? 'asked' : 'observed' }));
  const before = [
    { id: 'HD001', name: 'ssh', when: '' },
    { id: 'HD002', name: 'root', when: '' },
  ];
  expect(ROWS).toEqual([...before, ...expected.sort((a, b) => a.id.localeCompare(b.id))]);
});
