import type { Action, Change } from '../../changes/change.ts';
import { type ChangeData, describeBack, invert, isDue } from '../../changes/registry.ts';
import type { RecordedChange } from '../../changes/run-record.ts';
import type { Ask } from '../../facts/reader/subject.ts';

/**
 * The change that takes back what is no file's content: a service, a kernel parameter, firewall rules, a directory, a mode.
 * Undefined where it has no inverse, or where the host's facts tell that it is not there to be taken back; `sure`: where they
 * do not tell, too.
 */
export async function planBack(
  recorded: RecordedChange,
  data: ChangeData,
  ask: Ask,
  sure = false,
): Promise<Change | undefined> {
  const inverse = invert(data);
  if (inverse === undefined) return undefined;
  const due = await isDue(inverse, ask);
  if (due === false || (sure && due === undefined)) return undefined;
  const { task, module, target, unit, notify } = recorded;
  const action = actionOf(recorded, inverse);
  return {
    task,
    module,
    action,
    target,
    detail: describeBack(inverse),
    // A directory is made anew before the files that go into it; a mark in a record is noticed by nobody.
    phase: action === 'create' || module === 'record' ? 'prepare' : 'activate',
    data: [inverse],
    notify,
    ...(unit === undefined ? {} : { unit }),
  };
}

/** Of a file there is only a directory, a mode or a link here. */
function actionOf({ action, module }: RecordedChange, inverse: ChangeData): Action {
  if (inverse.kind === 'unit' && inverse.after === 'running') return 'start';
  if (action === 'start') return 'stop';
  if (module === 'file' && action === 'remove') return 'create';
  if (module === 'file' && action === 'create') return 'remove';
  return action === 'open' ? 'remove' : 'set';
}
