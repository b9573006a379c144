import { z } from 'zod';
import type { Change } from '../changes/change.ts';
import { UNITS_READ } from '../changes/unit.ts';
import { portText } from '../checks/port.ts';
import { HaprovError } from '../errors.ts';
import { unitSubject } from '../facts/system/unit.ts';
import { FIREWALL_NAMES, FIREWALLS, type FirewallName, firewallInForce } from '../firewall/registry.ts';
import { clientFlows, vrrpFlows } from '../firewall/vrrp-traffic.ts';
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
  const flows = [...vrrpFlows(cluster, host), ...clientFlows(cluster, host, cluster.open)];
  const [opened, notes, unit, ...files] = await Promise.all([
    open(flows, ask),
    unopened(backend, context),
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
        ({ target, missing, phase, action = 'open', ...rules }): Change => ({
          task,
          module: 'firewall',
          action,
          target,
          detail: missing === '' ? 'set its rules again' : missing,
          phase,
          data: [{ kind: 'firewall', backend, ...rules }],
          notify,
        }),
      ),
    ],
    notes,
  };
}

/** Ports of the cluster's services that clients cannot reach through this firewall, and that the inventory does not open. */
async function unopened(backend: FirewallName, { cluster, host, ask }: TaskContext): Promise<readonly string[]> {
  const opened = cluster.open.map(portText);
  const ports = cluster.services.flatMap((service) =>
    service.ports.length > 0 ? service.ports : (service.usualPorts ?? []),
  );
  const wanted = ports.filter((port) => !opened.includes(portText(port)));
  if (wanted.length === 0 || cluster.open.length > 0) return [];
  const flows = [...vrrpFlows(cluster, host), ...clientFlows(cluster, host, wanted)];
  const { block } = await FIREWALLS[backend].inspect(flows, ask);
  const [vip] = cluster.vrrp_instances.flatMap(({ virtual_ipaddress }) =>
    virtual_ipaddress.map(({ address }) => address),
  );
  const shut = flows.filter(({ port, direction, interface: name }) => {
    if (port === undefined || vip === undefined) return false;
    const { protocol, first: number } = port;
    return (
      block({ direction, interface: name, source: null, destination: vip, port: { protocol, number } }) !== undefined
    );
  });
  const names = [...new Set(shut.flatMap(({ port }) => (port === undefined ? [] : [portText(port)])))];
  if (names.length === 0) return [];
  return [
    `${backend} may keep clients from ${names.join(', ')} of the VIP; write firewall: { open: [${names.join(', ')}] } to open it`,
  ];
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
