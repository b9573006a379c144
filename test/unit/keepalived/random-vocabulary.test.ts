import { expect, it } from 'vitest';
import { keysWhere } from '../../../src/keepalived/keyword.ts';
import { GLOBAL_DEFS } from '../../../src/keepalived/table/global-defs.ts';
import { VRRP_INSTANCE } from '../../../src/keepalived/table/vrrp-instance.ts';
import { GLOBAL_LINES } from '../../support/vocabulary/global-lines.ts';
import { INSTANCE_KEYWORDS } from '../../support/vocabulary/instance-keywords.ts';
import { acceptedFrom } from '../../support/vocabulary/outcomes.ts';
import { randomInventory } from '../../support/vocabulary/random-inventory.ts';

it('has a random value for every keyword of an instance that the inventory takes, and says what the dump shows of it', () => {
  const taken = keysWhere(VRRP_INSTANCE, ({ inventory, deprecated }) => inventory !== false && deprecated !== true);
  expect(Object.keys(INSTANCE_KEYWORDS).sort()).toEqual([...taken].sort());
  const mute = Object.entries(INSTANCE_KEYWORDS).filter(
    ([, { shows, silent }]) => shows === undefined && silent === undefined,
  );
  expect(mute).toEqual([]);
});

it('has lines of global_defs that haprov passes on', () => {
  const unknown = Object.keys(GLOBAL_LINES).filter((line) => !GLOBAL_DEFS.has(line.split(' ', 1).join('')));
  expect(unknown).toEqual([]);
});

it('makes inventories of which lint accepts most, the same ones for the same seed', () => {
  const accepted = acceptedFrom(1, 20);
  expect(accepted.at(-1)?.inventory.seed).toBeLessThan(40);
  expect(randomInventory(7).written).toEqual(randomInventory(7).written);
  expect(randomInventory(7).written).not.toEqual(randomInventory(8).written);
});

it('names every keyword somewhere among the inventories of a run', () => {
  const named = new Set(
    Array.from({ length: 100 }, (_, seed) => randomInventory(seed).written.clusters.c.vrrp_instances).flatMap((all) =>
      Object.values(all).flatMap((one) => Object.keys(one)),
    ),
  );
  const possible = Object.entries(INSTANCE_KEYWORDS).flatMap(([keyword, { silent }]) =>
    silent === undefined ? [keyword] : [],
  );
  expect(possible.filter((keyword) => !named.has(keyword))).toEqual([]);
});
