import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changeDataShape, describe, describeBack, fieldsOf, invert, KINDS } from '../../../src/changes/registry.ts';
import { changeLine } from '../../../src/host/client.ts';
import { hostText } from '../../../src/host/program.ts';
import { anyChange } from './any-change.ts';

it('an inverse of an inverse is the change itself', () => {
  fc.assert(
    fc.property(anyChange, (change) => {
      const inverse = invert(change);
      if (inverse === undefined) return;
      const again = invert(inverse);
      // Of a script that 0.1 could not repeat, and of a unit that was reloaded, there is no way to and fro.
      if (again !== undefined) expect(again).toEqual(change);
      else expect(['script', 'unit']).toContain(change.kind);
    }),
  );
});

it('what is recorded or saved comes back as it was, and so does its inverse', () => {
  fc.assert(
    fc.property(anyChange, (change) => {
      for (const one of [change, invert(change) ?? change]) {
        expect(changeDataShape.parse(JSON.parse(JSON.stringify(one)))).toEqual(one);
      }
    }),
  );
});

it('a line has no blank in a value, whatever the change holds, and every change has words', () => {
  fc.assert(
    fc.property(anyChange, (change) => {
      const fields = fieldsOf(change);
      expect(changeLine('kind', fields).split(' ')).toHaveLength(Object.keys(fields).length + 1);
      expect([typeof describe(change), typeof describeBack(change)]).toEqual(['string', 'string']);
    }),
  );
});

it('the host program has a row for each kind', () => {
  const text = hostText('changes');
  for (const kind of Object.keys(KINDS)) expect(text).toContain(`    ${kind}) change_${kind} ;;\n`);
});
