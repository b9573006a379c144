import { describe, expect, it } from 'vitest';
import { unitSubject } from '../../../src/facts/system/unit.ts';
import { iptablesSubject } from '../../../src/firewall/iptables-table.ts';
import { mayDrop } from '../../../src/firewall/nftables.ts';
import { FIREWALL_NAMES, FIREWALLS, firewallInForce, nativeTables } from '../../../src/firewall/registry.ts';
import { ufwSubject } from '../../../src/firewall/ufw.ts';
import { KEYS } from '../../fixtures/facts/cases.ts';
import { parseFixture } from '../facts/support.ts';
import { fakeAsk, known } from '../tasks/support.ts';

const EMPTY = { policy: {}, rules: [] };

it('is asked for by name, every one that an inventory may say', () => {
  expect([...FIREWALL_NAMES].sort()).toEqual(Object.keys(FIREWALLS).sort());
});

describe('the firewall in force', () => {
  it.each([
    ['ufw-debian-blank', false],
    ['ufw-debian-ufw', true],
  ])('is ufw where it is enabled: %s', (file, expected) => {
    expect(parseFixture(ufwSubject, file, ['ufw'])).toEqual([expected]);
  });

  it.each([
    ['nft-debian-configured', false],
    ['nft-debian-legacy', false],
    ['nft-debian-nftables', true],
    ['nft-debian-fail2ban', false],
    ['nft-rocky-configured', false],
  ])('is nftables where native rules drop: %s', (file, expected) => {
    const [tables] = parseFixture(nativeTables, file, ['tables']);
    expect(tables?.some(mayDrop)).toBe(expected);
  });

  it.each([
    ['debian-blank', 'debian-blank', null, false, 'iptables'],
    ['debian-configured', 'debian-configured', 'nft-debian-configured', false, 'iptables'],
    ['debian-nftables', 'debian-blank', 'nft-debian-nftables', false, 'nftables'],
    ['debian-ufw', 'debian-blank', 'nft-debian-nftables', true, 'ufw'],
    ['rocky-configured', 'rocky-configured', 'nft-rocky-configured', false, 'firewalld'],
  ])('is the first that filters, on the host of %s', async (_, units, nft, ufw, expected) => {
    const state = parseFixture(unitSubject, `unit-${units}`, KEYS.units)[KEYS.units.indexOf('firewalld')];
    const tables = nft === null ? null : parseFixture(nativeTables, nft, ['tables'])[0];
    if (state === undefined || tables === undefined) throw new Error('no fixture');
    const inForce = await firewallInForce(
      fakeAsk([
        known(unitSubject, 'firewalld', state),
        known(ufwSubject, 'ufw', ufw),
        known(nativeTables, 'tables', tables),
        known(iptablesSubject, 'iptables', EMPTY),
      ]),
    );
    expect(inForce).toBe(expected);
  });
});
