import { z } from 'zod';
import type { Change } from '../changes/change.ts';
import { UNITS_READ } from '../changes/unit.ts';
import { HaprovError } from '../errors.ts';
import { unitSubject } from '../facts/system/unit.ts';
import { FIREWALL_NAMES, FIREWALLS, type FirewallName, firewallInForce } from '../firewall/registry.ts';
import { vrrpFlows } from '../firewall/vrrp-traffic.ts';
import { planFile } from './plan-file.ts';
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
    const { firewall } = context.cluster;
    if (firewall === 'none') return NOTHING;
    if (firewall !== 'auto') return planBackend(firewall, context);
    // The likely questions are asked together with the one that decides, so that they cost no second round trip.
    const [inForce, ...planned] = await Promise.allSettled([
      firewallInForce(context.ask),
      ...FIREWALL_NAMES.map((name) => planBackend(name, context)),
    ] as const);
    if (inForce.status === 'rejected') throw inForce.reason;
    if (inForce.value === undefined) {
      return { changes: [], notes: ['no firewall rules this host: nothing to open for VRRP'] };
    }
    const result = planned[FIREWALL_NAMES.indexOf(inForce.value)];
    if (result?.status === 'fulfilled') return result.value;
    throw result?.reason;
  },
};

async function planBackend(backend: FirewallName, context: TaskContext): Promise<Planned> {
  const { open, persistence } = FIREWALLS[backend];
  const { ask, cluster, host, task, notify } = context;
  const flows = vrrpFlows(cluster, host);
  const [opened, unit, ...files] = await Promise.all([
    open(flows, ask),
    persistence === undefined ? Promise.resolve(undefined) : ask(unitSubject, persistence.unit),
    ...(persistence?.files(flows) ?? []).map(({ text, ...file }) =>
      planFile({ ...file, content: { text, masked: text }, owner: 'root', group: 'root' }, context),
    ),
  ] as const);
  if ('refused' in opened) {
    throw new HaprovError(opened.refused, { host: host.id, action: 'plan firewall', next: opened.next });
  }
  const written = files.flatMap(({ changes }) => changes);
  const kept = persistence === undefined || unit === undefined ? undefined : { name: persistence.unit, fact: unit };
  const restart = kept !== undefined && (written.length > 0 || kept.fact.active !== 'active');
  const due = opened.filter(({ missing }) => restart || missing !== '');
  return {
    changes: [
      ...written,
      ...(kept === undefined || kept.fact.enabled === 'enabled' ? [] : [enable(kept.name, context)]),
      ...due.map(
        ({ target, missing, phase, ...rules }): Change => ({
          task,
          module: 'firewall',
          action: 'open',
          target,
          detail: missing === '' ? 'set its rules again' : missing,
          phase,
          data: [{ kind: 'firewall', backend, ...rules }],
          notify,
        }),
      ),
    ],
    notes: [],
  };
}

function enable(unit: string, { task, notify }: TaskContext): Change {
  return {
    task,
    module: 'firewall',
    action: 'enable',
    target: `service ${unit}`,
    detail: 'VRRP rules at boot',
    phase: 'activate',
    data: [UNITS_READ, { kind: 'unit', target: unit, before: 'disabled', after: 'enabled' }],
    notify,
  };
}
