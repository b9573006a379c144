import { z } from 'zod';
import { HaprovError } from '../errors.ts';
import { firewallKindSubject } from '../facts/network/firewall.ts';
import { unitSubject } from '../facts/system/unit.ts';
import type { Firewall } from '../inventory/model.ts';
import { planFirewalld } from './firewall-firewalld.ts';
import { planIptables } from './firewall-iptables.ts';
import { type Module, NOTHING, type Planned, type TaskContext } from './task.ts';

const shape = z.strictObject({
  /** VRRP of this host's instances is all that haprov ever opens. */
  allow: z.literal('vrrp'),
});

/** VRRP let in and out, live and at every boot, by the firewall that rules the host. */
export const firewallModule: Module<z.infer<typeof shape>> = {
  name: 'firewall',
  parse: (args) => shape.parse(args),
  plan: async (_, context) => {
    // The likely questions are asked together with the one that decides, so that they cost no second round trip.
    const [kind, firewalld, iptables] = await Promise.allSettled([
      whichFirewall(context),
      planFirewalld(context),
      planIptables(context),
    ]);
    if (kind.status === 'rejected') throw kind.reason;
    switch (kind.value) {
      case 'none':
        return NOTHING;
      case 'nothing':
        return { changes: [], notes: ['no firewall rules this host: nothing to open for VRRP'] };
      case 'firewalld':
        return settled(firewalld);
      case 'iptables':
        return settled(iptables);
      default:
        throw new HaprovError(`${kind.value} rules this host, and haprov does not write its rules`, {
          host: context.host.id,
          action: 'plan firewall',
          next: `${ADVICE[kind.value]} Then set firewall: none for this cluster.`,
        });
    }
  },
};

const ADVICE = {
  ufw: 'Let VRRP in from each peer: ufw allow to 224.0.0.18 from PEER proto vrrp (ufw 0.36.2 or later).',
  nftables: 'Put "meta l4proto 112 accept" before the first drop of the input and output chains.',
} as const;

/** `auto`: firewalld where it runs, ufw where it is enabled, native nft rules that drop, then iptables where it is there. */
async function whichFirewall({ ask, cluster }: TaskContext): Promise<Exclude<Firewall, 'auto'> | 'nothing'> {
  if (cluster.firewall !== 'auto') return cluster.firewall;
  const [firewalld, kind] = await Promise.all([ask(unitSubject, 'firewalld'), ask(firewallKindSubject, 'kind')]);
  if (firewalld.active === 'active') return 'firewalld';
  if (kind.ufw) return 'ufw';
  if (kind.nftDrops) return 'nftables';
  return kind.iptables ? 'iptables' : 'nothing';
}

function settled(result: PromiseSettledResult<Planned>): Planned {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
