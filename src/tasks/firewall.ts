import { z } from 'zod';
import type { Change } from '../changes/change.ts';
import type { ScriptChange } from '../changes/script.ts';
import { UNITS_READ } from '../changes/unit.ts';
import { HaprovError } from '../errors.ts';
import { type UnitFact, unitSubject } from '../facts/system/unit.ts';
import type { Backend, Opening } from '../firewall/backend.ts';
import { FIREWALLS, firewallInForce } from '../firewall/registry.ts';
import { vrrpFlows } from '../firewall/vrrp-traffic.ts';
import { quote } from '../transport/quote.ts';
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
    if (firewall !== 'auto') return planBackend(FIREWALLS[firewall], context);
    // The likely questions are asked together with the one that decides, so that they cost no second round trip.
    const backends = Object.values(FIREWALLS);
    const [inForce, ...planned] = await Promise.allSettled([
      firewallInForce(context.ask),
      ...backends.map((backend) => planBackend(backend, context)),
    ] as const);
    if (inForce.status === 'rejected') throw inForce.reason;
    if (inForce.value === undefined) {
      return { changes: [], notes: ['no firewall rules this host: nothing to open for VRRP'] };
    }
    const result = planned[backends.indexOf(inForce.value)];
    if (result?.status === 'fulfilled') return result.value;
    throw result?.reason;
  },
};

async function planBackend({ open, persistence }: Backend, context: TaskContext): Promise<Planned> {
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
        (opening): Change => ({
          task,
          module: 'firewall',
          action: 'open',
          target: opening.target,
          detail: opening.missing === '' ? 'set its rules again' : opening.missing,
          phase: opening.phase,
          data: [dataOf(opening, kept)],
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

/** Back, it closes what was opened, and stops the unit that held none of it, so that it sets its rules when it is started. */
function dataOf(
  { describe, close, redo }: Opening,
  unit: { readonly name: string; readonly fact: UnitFact } | undefined,
): ScriptChange {
  const opened = { kind: 'script', describe, describeBack: close?.describe ?? '', script: redo } as const;
  const stop = unit === undefined || unit.fact.active === 'active' ? undefined : stopping(unit.name);
  if (stop === undefined) return close === undefined ? opened : { ...opened, back: close.script, probe: close.needed };
  if (close === undefined) {
    return { ...opened, describeBack: `stop ${unit?.name}`, back: stop.script, probe: stop.needed };
  }
  const back = `(\n${close.script}\n) || exit 1\n${stop.script}`;
  return { ...opened, back, probe: `(${close.needed}) || (${stop.needed})` };
}

/** Stops the unit. Nothing of this boot runs yet while the host boots (HAPROV_BOOT). */
function stopping(name: string): { readonly script: string; readonly needed: string } {
  const unit = quote(`${name}.service`);
  const needed = `case $(systemctl is-active ${unit}) in inactive|failed|unknown) exit`;
  return {
    script: `[ -z "\${HAPROV_BOOT:-}" ] || exit 0
${needed} 0;; esac
systemctl stop ${unit} || exit 1
echo ${quote(`stopped ${name}`)}`,
    needed: `${needed} 1;; esac`,
  };
}
