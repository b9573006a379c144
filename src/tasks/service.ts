import { z } from 'zod';
import { HaprovError } from '../errors.ts';
import { type UnitFact, unitSubject } from '../facts/system/unit.ts';
import { flag, unitName } from './arguments.ts';
import type { Change } from './change.ts';
import {
  daemonReloadScript,
  enableScript,
  forgetRestartScript,
  reloadScript,
  restartScript,
  startScript,
  stopScript,
  undoEnable,
  undoStart,
} from './service-scripts.ts';
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
  return { ...change(args, context, 'enable', 'at boot', enableScript(args.name)), undo: undoEnable(args.name) };
}

function planState(args: Args, unit: UnitFact, context: TaskContext): Change | undefined {
  const running = unit.active === 'active' || unit.active === 'reloading';
  switch (args.state) {
    case 'started':
      if (!running) {
        const why = unit.active === 'failed' ? 'it has failed' : '';
        return { ...change(args, context, 'start', why, startScript(args.name)), undo: undoStart(args.name) };
      }
      return unit.needDaemonReload
        ? change(args, context, 'set', 'systemd reads its changed unit files', daemonReloadScript())
        : undefined;
    case 'stopped':
      return running ? change(args, context, 'stop', '', stopScript(args.name)) : undefined;
    case 'reloaded':
      return running ? change(args, context, 'reload', '', reloadScript(args.name)) : undefined;
    case 'restarted':
      return running
        ? {
            ...change(args, context, 'restart', '', restartScript(args.name)),
            // A mark of an earlier run would make an undo of this one restart the service without need.
            stage: [{ describe: `forget earlier restarts of ${args.name}`, script: forgetRestartScript(args.name) }],
          }
        : undefined;
    default:
      return undefined;
  }
}

function change(args: Args, context: TaskContext, action: Change['action'], detail: string, script: string): Change {
  const target = `service ${args.name}`;
  return {
    task: context.task,
    module: 'service',
    action,
    target,
    detail,
    phase: 'activate',
    steps: [{ describe: `${action} ${args.name}`, script, timeoutMs: 120_000 }],
    notify: context.notify,
    unit: args.name,
  };
}
