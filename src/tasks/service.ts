import { z } from 'zod';
import type { Change } from '../changes/change.ts';
import type { UnitChange } from '../changes/unit.ts';
import { HaprovError } from '../errors.ts';
import { type UnitFact, unitSubject } from '../facts/system/unit.ts';
import { flag, unitName } from './arguments.ts';
import { type Module, NOTHING, type TaskContext } from './task.ts';

const shape = z.strictObject({
  name: unitName,
  /** reloaded and restarted are for handlers: they do nothing to a service that is not running. */
  state: z.enum(['started', 'stopped', 'reloaded', 'restarted']).optional(),
  enabled: flag.refine((enabled) => enabled, 'haprov enables services and disables none; leave it out').optional(),
});
type Args = z.infer<typeof shape>;

/** A systemd service: enabled at boot, running, or (as a handler) reloaded or restarted. */
export const serviceModule: Module<Args> = {
  name: 'service',
  parse: (args) => shape.parse(args),
  plan: async (args, context) => {
    const unit = await context.ask(unitSubject, args.name);
    // A mask at run time is haprov's own, of an installation that was killed; starting takes it away.
    if (unit.load === 'masked' && unit.enabled !== 'masked-runtime' && args.state === 'started') {
      throw new HaprovError(`${args.name} is masked on this host`, {
        host: context.host.id,
        action: `plan service ${args.name}`,
        next: `Someone has forbidden it to start. If that is over: systemctl unmask ${args.name}`,
      });
    }
    const changes = [planEnabled(args, unit, context), planState(args, unit, context)].filter(
      (change) => change !== undefined,
    );
    return changes.length === 0 ? NOTHING : { changes, notes: [] };
  },
};

function planEnabled(args: Args, unit: UnitFact, context: TaskContext): Change | undefined {
  const enabled = unit.enabled === 'enabled' || unit.enabled === 'alias' || unit.enabled === 'static';
  if (args.enabled !== true || enabled) return undefined;
  return change(args, context, 'enable', 'at boot', 'disabled', 'enabled');
}

function planState(args: Args, unit: UnitFact, context: TaskContext): Change | undefined {
  const running = unit.active === 'active' || unit.active === 'reloading';
  switch (args.state) {
    case 'started':
      if (!running) {
        return change(args, context, 'start', unit.active === 'failed' ? 'it has failed' : '', 'stopped', 'running');
      }
      return unit.needDaemonReload
        ? change(args, context, 'set', 'systemd reads its changed unit files', 'running', 'read')
        : undefined;
    case 'stopped':
      return running ? change(args, context, 'stop', '', 'running', 'stopped') : undefined;
    case 'reloaded':
      return running ? change(args, context, 'reload', '', 'running', 'reloaded') : undefined;
    case 'restarted':
      return running ? change(args, context, 'restart', '', 'running', 'restarted') : undefined;
    default:
      return undefined;
  }
}

function change(
  { name }: Args,
  context: TaskContext,
  action: Change['action'],
  detail: string,
  before: UnitChange['before'],
  after: UnitChange['after'],
): Change {
  return {
    task: context.task,
    module: 'service',
    action,
    target: `service ${name}`,
    detail,
    phase: 'activate',
    data: [{ kind: 'unit', target: name, before, after }],
    notify: context.notify,
    unit: name,
  };
}
