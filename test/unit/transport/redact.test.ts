import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../../src/transport/quote.ts';
import { createRedactor } from '../../../src/transport/redact.ts';

const secret = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 30 }).filter((text) => !text.includes('\0'));

describe('a redactor', () => {
  it('hides every secret in every form it may take', () => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 5 }), fc.string(), (secrets, around) => {
        const redact = createRedactor(secrets);
        for (const one of secrets) {
          const forms = [
            one,
            JSON.stringify(one).slice(1, -1),
            quote(one),
            Buffer.from(one).toString('base64'),
            encodeURIComponent(one),
          ];
          for (const form of forms) expect(redact(`<${form}>`)).not.toContain(`<${form}>`);
        }
        expect(redact(secrets.join(around))).not.toContain(secrets[0]);
      }),
    );
  });

  it('leaves text without secrets alone', () => {
    fc.assert(fc.property(fc.string(), (text) => createRedactor(['S3cret-canary'])(text) === text));
  });

  it('hides a secret inside base64, wherever it begins', () => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const encoded = Buffer.from(`${before}correct horse battery${before}`).toString('base64');
      expect(createRedactor(['correct horse battery'])(encoded).length).toBeLessThan(20);
    }
  });

  it('leaves no rest of a secret that contains another', () => {
    expect(createRedactor(['pass', 'passphrase'])('the passphrase, the pass')).toBe('the ********, the ********');
  });

  it('knows a secret that was escaped twice, in JSON inside JSON', () => {
    const text = JSON.stringify({ line: JSON.stringify({ password: 'a"b\\c' }) });
    expect(createRedactor(['a"b\\c'])(text)).toBe(JSON.stringify({ line: JSON.stringify({ password: '********' }) }));
  });

  it('masks a very short secret where it stands alone, not inside words', () => {
    expect(createRedactor(['eth'])('"eth", eth0, method, (eth)')).toBe('"********", eth0, method, (********)');
  });

  it('leaves numbers of up to three digits alone, whatever the secrets are', () => {
    expect(createRedactor(['1', '51'])('{"format":1,"vrid":51}')).toBe('{"format":1,"vrid":51}');
  });

  it('has nothing to do without secrets, or with an empty one', () => {
    expect(createRedactor([''])('abc')).toBe('abc');
    expect(createRedactor([])('abc')).toBe('abc');
  });
});
