import { changeLine } from '../host/client.ts';
import type { Change } from './change.ts';
import { handlerNames } from './handler-names.ts';
import { fieldsOf, invert } from './registry.ts';
import type { Step } from './steps.ts';
import { UNITS_READ } from './unit.ts';

export interface RevertOptions {
  /** Services that the run has restarted are reloaded only: for hosts that go back together, of which one has to serve. */
  readonly reloadsOnly?: boolean;
}

/**
 * What takes changes of a host back: lines for `run_changes`, the last change first, then the services that have to run with
 * what returned. For a host that nobody may be connected to; may be run again.
 */
export function revertLines(changes: readonly Change[], options: RevertOptions = {}): readonly string[] {
  const inverses = changes
    .flatMap(({ data }) => data)
    .toReversed()
    // A unit that the run stopped is settled with the files that returned, as is any that the run touched.
    .filter((one) => !(one.kind === 'unit' && one.after === 'stopped'))
    .flatMap((one) => invert(one) ?? []);
  const touched = [...new Set(changes.flatMap(({ unit }) => unit ?? []))];
  // The election waits for keepalived.
  const units = touched.toSorted((a, b) => Number(b === 'keepalived') - Number(a === 'keepalived'));
  return [
    ...inverses.map((one) => changeLine(one.kind, fieldsOf(one))),
    changeLine('unit', fieldsOf(UNITS_READ)),
    ...units.flatMap((unit) => settleLine(unit, changes, options) ?? []),
  ];
}

/** Undefined for a unit that the changes only start, enable, or leave alone. */
function settleLine(unit: string, changes: readonly Change[], { reloadsOnly }: RevertOptions): string | undefined {
  const own = changes.filter((change) => change.unit === unit);
  const touched = own.filter(({ action }) => action === 'reload' || action === 'restart' || action === 'stop');
  if (touched.length === 0 || own.some(({ action }) => action === 'start')) return undefined;
  // A handler's changes have its name as their task. What only a restart can do is done by nothing less.
  const names = (action: Change['action']): string | undefined => {
    const handlers = touched.filter((change) => change.action === action).map(({ task }) => task);
    return handlers.length === 0 ? undefined : handlerNames(handlers);
  };
  return changeLine('settle', {
    target: unit,
    reloads: names('reload'),
    restarts: reloadsOnly === true ? undefined : names('restart'),
  });
}

/** Takes changes back at once. */
export function revertStep(changes: readonly Change[], options?: RevertOptions): Step {
  const content = `${revertLines(changes, options).join('\n')}\n`;
  return {
    describe: 'take changes back',
    call: { verb: 'changes', args: { reverting: 1 }, content },
    timeoutMs: 300_000,
  };
}
