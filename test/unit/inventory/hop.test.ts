import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { parseHop, parseHops } from '../../../src/inventory/hop.ts';

const DEFAULTS = { user: 'ada', port: 22 };

describe('a jump host', () => {
  it.each([
    ['bastion', { user: 'ada', host: 'bastion', port: 22, unsaid: ['user', 'port'] }],
    ['ops@bastion.example.com:2222', { user: 'ops', host: 'bastion.example.com', port: 2222 }],
    ['192.168.1.1:22', { user: 'ada', host: '192.168.1.1', port: 22, unsaid: ['user'] }],
    ['[::1]:22', { user: 'ada', host: '::1', port: 22, unsaid: ['user'] }],
    ['ops@[2001:db8::1]', { user: 'ops', host: '2001:db8::1', port: 22, unsaid: ['port'] }],
    ['2001:db8::1', { user: 'ada', host: '2001:db8::1', port: 22, unsaid: ['user', 'port'] }],
    ['ada@corp.example@bastion', { user: 'ada@corp.example', host: 'bastion', port: 22, unsaid: ['port'] }],
  ])('%s is read as OpenSSH reads it', (text, hop) => {
    expect(parseHop(text, DEFAULTS)).toEqual(hop);
  });

  it.each([
    '',
    ' ',
    '@bastion',
    'ops@',
    'bastion:',
    'bastion:0',
    'bastion:65536',
    '[::1',
    '[bastion]x',
    '-oProxyCommand=id',
    'a b',
    'a;b',
    'ops@-x',
    '$(id)@host',
    '1.2.3',
    '010.0.0.1',
    'fe80::1%eth0',
  ])('%j is refused', (text) => {
    expect(() => parseHop(text, DEFAULTS)).toThrow(UsageError);
  });

  it('several stand in order, separated by commas', () => {
    expect(parseHops('a, ops@b:2', DEFAULTS).map((hop) => hop.host)).toEqual(['a', 'b']);
  });

  it('any text is either refused or made of plain characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        try {
          const hop = parseHop(text, DEFAULTS);
          expect(`${hop.user}${hop.host}`).toMatch(/^[A-Za-z0-9_.:+@-]+$/);
          expect(hop.host).not.toMatch(/^-/);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
