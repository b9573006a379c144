import type { RecordedChange } from '../../facts/state/runs.ts';
import { probeSubject } from '../../facts/system/probe.ts';
import type { Action, Change, Undo } from '../../tasks/change.ts';
import { serviceModule } from '../../tasks/service.ts';
import type { TaskContext } from '../../tasks/task.ts';

/**
 * The change that takes back what is no file's content: a service, a kernel parameter, firewall rules, a directory, a mode.
 * By the script that was recorded with it, where that is still needed; its own undo makes the change once more.
 */
export async function planScriptBack(recorded: RecordedChange, context: TaskContext): Promise<readonly Change[]> {
  const { task, module, target, unit, undo, notify } = recorded;
  if (undo?.script === undefined) return startAgain(recorded, context);
  const { describe, script, needed, redo } = undo;
  if (needed !== undefined && !(await context.ask(probeSubject, needed))) return [];
  const action = actionFor(recorded);
  return [
    {
      task,
      module,
      action,
      target,
      detail: describe,
      // A directory is made anew before the files that go into it; a mark in a record is noticed by nobody.
      phase: action === 'create' || module === 'record' ? 'prepare' : 'activate',
      steps: [{ describe, script, timeoutMs: 120_000 }],
      notify,
      ...(unit === undefined ? {} : { unit }),
      ...(redo === undefined ? {} : { undo: inverse(recorded, script, needed, redo) }),
    },
  ];
}

/** The change once more, and so on to and fro. */
function inverse({ action, target }: RecordedChange, script: string, needed: string | undefined, redo: string): Undo {
  return {
    describe: `${action} ${target} again`,
    script: redo,
    ...(needed === undefined ? {} : { needed: `! (\n${needed}\n)` }),
    redo: script,
  };
}

/** Of a file there is only a directory, a mode or a link here. */
function actionFor({ action, module }: RecordedChange): Action {
  if (action === 'start') return 'stop';
  if (module === 'file' && action === 'remove') return 'create';
  if (module === 'file' && action === 'create') return 'remove';
  return action === 'open' ? 'remove' : 'set';
}

/** A service that the run has stopped. */
async function startAgain({ action, unit }: RecordedChange, context: TaskContext): Promise<readonly Change[]> {
  if (action !== 'stop' || unit === undefined) return [];
  return (await serviceModule.plan(serviceModule.parse({ name: unit, state: 'started' }), context)).changes;
}
