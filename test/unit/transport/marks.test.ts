import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarkedStream } from '../../../src/transport/run/marks.ts';

const BEGIN = 'nonce-begin\n';
const END = 'nonce-end';

function read(chunks: readonly Buffer[]): { body: string; trailer: string; state: string } {
  const body: Buffer[] = [];
  const stream = new MarkedStream(BEGIN, END, (bytes) => body.push(Buffer.from(bytes)));
  for (const chunk of chunks) stream.push(chunk);
  return { body: Buffer.concat(body).toString('latin1'), trailer: stream.trailer, state: stream.state };
}

const text = fc.string({
  unit: fc.constantFrom('nonce', '-', 'n', 'no', 'end', 'begin', '\n', ' ', '0', '\xff'),
  maxLength: 20,
});

describe('a marked stream', () => {
  it('has the same body and trailer, however it is cut into chunks', () => {
    const free = text.filter((part) => !part.includes(END) && !part.includes(BEGIN));
    fc.assert(
      fc.property(free, free, fc.array(fc.nat({ max: 9 })), (noise, body, cuts) => {
        // A body that ends in the first letters of its end mark would be another body.
        fc.pre(!`${noise}${BEGIN}`.slice(0, -1).includes(BEGIN) && `${body}${END}`.indexOf(END) === body.length);
        const whole = Buffer.from(`${noise}${BEGIN}${body}${END} 12\nafter`, 'latin1');
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(whole.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(whole.subarray(at));
        expect(read(chunks)).toEqual({ body, trailer: ' 12', state: 'done' });
      }),
      { numRuns: 500 },
    );
  });

  it('hands a line out as soon as it is there', () => {
    expect(read([Buffer.from(`${BEGIN}one\n`)])).toMatchObject({ body: 'one\n', state: 'body' });
    expect(read([Buffer.from(`${BEGIN}one\nnonce-e`)])).toMatchObject({ body: 'one\n', state: 'body' });
  });

  it('is not done before the newline after its trailer', () => {
    expect(read([Buffer.from(`${BEGIN}${END} 1`)])).toMatchObject({ state: 'trailer' });
    expect(read([Buffer.from(`${BEGIN}${END} 1`), Buffer.from('2\n')])).toMatchObject({
      trailer: ' 12',
      state: 'done',
    });
  });
});
