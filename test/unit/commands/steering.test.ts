import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../../src/commands/io.ts';
import { steeringOf } from '../../../src/commands/steering.ts';
import { UsageError } from '../../../src/errors.ts';

const io: Io = {
  input: new PassThrough(),
  out: new PassThrough(),
  err: new PassThrough(),
  env: {},
  signal: new AbortController().signal,
};
const budget = (text: string | undefined, clusters = 20): number =>
  steeringOf(text === undefined ? {} : { maxFailures: text }, clusters, io, () => undefined).maxFailures;

describe('the budget of failures', () => {
  it('is clusters, or a share of all clusters rounded down, or none at all', () => {
    expect(budget('3')).toBe(3);
    expect(budget('0')).toBe(0);
    expect(budget('10%')).toBe(2);
    expect(budget('10%', 9)).toBe(0);
    expect(budget(undefined)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(['', '-1', '1.5', '101%', 'ten', '3 %', '%'])('refuses %j and says what to write', (text) => {
    expect(() => budget(text)).toThrow(UsageError);
    expect(() => budget(text)).toThrow('a number of clusters (3) or a share of them (10%)');
  });

  it('never allows more failures than the share of clusters', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 1000 }), (percent, clusters) => {
        expect(budget(`${percent}%`, clusters) * 100).toBeLessThanOrEqual(percent * clusters);
      }),
    );
  });
});

describe('a question before each wave', () => {
  it('is refused without a terminal, before anything is done', () => {
    expect(() => steeringOf({ confirm: true }, 1, io, () => undefined)).toThrow(
      'no terminal to ask on before each wave',
    );
  });
});
