import { z } from 'zod';
import { unitSubject } from '../facts/system/unit.ts';
import { type Kind, swap } from './kind.ts';

const side = z.enum(['stopped', 'running', 'disabled', 'enabled', 'reloaded', 'restarted', 'read']);
const shape = z.strictObject({
  kind: z.literal('unit'),
  /** Its name without `.service`. */
  target: z.string(),
  before: side,
  /** `read`: systemd has read its unit files again. */
  after: side,
});

/** The state of a systemd service. A reload or restart has no state to go back to: a revert settles the unit as a whole. */
export type UnitChange = z.infer<typeof shape>;

/** systemd has read its unit files again. */
export const UNITS_READ: UnitChange = { kind: 'unit', target: 'systemd', before: 'running', after: 'read' };

const VERBS: Readonly<Record<UnitChange['after'], string>> = {
  stopped: 'stop',
  running: 'start',
  disabled: 'disable',
  enabled: 'enable',
  reloaded: 'reload',
  restarted: 'restart',
  read: 'read the unit files of',
};

export const unitKind: Kind<UnitChange> = {
  shape,
  invert: (change) => (['reloaded', 'restarted', 'read'].includes(change.after) ? undefined : swap(change)),
  fields: ({ target, after }) => ({ target, after }),
  describe: ({ target, after }) => `${VERBS[after]} ${target}`,
  isDue: async ({ target, before }, ask) => {
    const { active, enabled } = await ask(unitSubject, target);
    const stopped = ['inactive', 'failed', 'unknown'].includes(active);
    const starts = ['enabled', 'enabled-runtime', 'alias'].includes(enabled);
    if (before === 'running') return !stopped;
    if (before === 'stopped') return stopped;
    return before === 'enabled' ? starts : !starts;
  },
  timeoutMs: () => 120_000,
};
