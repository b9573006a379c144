import type { VrrpInstanceState } from '../../facts/keepalived/vrrp-state.ts';
import type { Instance } from '../../inventory/model.ts';
import { normal } from '../../keepalived/kinds/addresses.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';

/**
 * Instances that keepalived runs, by the inventory's names. Before a host has its new keepalived.conf it may run the same
 * virtual router under another name: the one that has an address of an instance which it does not know by name.
 */
export function byInventory(
  running: readonly VrrpInstanceState[],
  wanted: readonly Instance[],
): readonly VrrpInstanceState[] {
  const named = new Set(running.map(({ name }) => name));
  const missing = wanted.filter(({ name }) => !named.has(name));
  return running.map((one) => {
    if (wanted.some(({ name }) => name === one.name)) return one;
    const same = missing.find((instance) =>
      vipAddresses([instance]).some((vip) => one.addresses?.includes(normal(vip))),
    );
    return same === undefined ? one : { ...one, name: same.name };
  });
}
