import { describe, expect, it } from 'vitest';
import { firewalldSubject } from '../../../src/firewall/firewalld.ts';
import { KEYS } from '../../fixtures/facts/cases.ts';
import { parseFixture } from '../facts/support.ts';

describe('firewalld', () => {
  it('tells zone, run time and permanent state of each interface', () => {
    expect(parseFixture(firewalldSubject, 'firewalld-rocky-configured', KEYS.interfaces)).toEqual([
      { zone: 'public', runtime: true, permanent: true },
      { zone: 'trusted', runtime: false, permanent: false },
      { zone: 'public', runtime: true, permanent: true },
    ]);
  });

  it('is null where it does not run', () => {
    expect(parseFixture(firewalldSubject, 'firewalld-debian-blank', KEYS.interfaces)).toEqual([null, null, null]);
  });
});
