import type { Change } from '../changes/change.ts';
import { owing, paying } from '../tasks/pending-handlers.ts';

/** A handler that this plan calls, with the changes that it would make by the host's facts. */
export interface CalledHandler {
  readonly name: string;
  readonly changes: readonly Change[];
}

/**
 * The tasks' changes and, at the end, those of the handlers: each once, and only what is not done anyway. Whoever
 * notifies a handler records on the host that it is owed, the handler clears the record; `owed` are the records that
 * earlier applies left there.
 */
export function joinHandlers(
  tasks: readonly Change[],
  called: readonly CalledHandler[],
  owed: readonly string[],
): readonly Change[] {
  const settled = called.map(({ name, changes }) => ({ name, changes: withoutDone(changes, called, tasks) }));
  const due = new Set(settled.filter(({ changes }) => changes.length > 0).map(({ name }) => name));
  const notified = new Set(tasks.flatMap((change) => change.notify));
  const owingTasks = tasks.map((change) =>
    owing(
      change,
      change.notify.filter((name) => due.has(name)),
    ),
  );
  const handlers = settled.flatMap(({ name, changes }) =>
    changes.map((change, index) => {
      const late = notified.has(name) ? change : { ...change, detail: 'owed since an earlier apply' };
      return index === changes.length - 1 ? paying(late, [name]) : late;
    }),
  );
  // A service that starts, or restarts, reads all of its configuration: reloads owed to it are paid by that.
  const moot = owed.filter((name) => called.some((one) => one.name === name) && !due.has(name));
  return payWithStart([...owingTasks, ...handlers], moot);
}

/**
 * A service that starts anyway, or restarts, is not reloaded as well; a task's own change is not made twice. One that
 * stops is left stopped: a reload would start it.
 */
function withoutDone(changes: readonly Change[], called: readonly CalledHandler[], tasks: readonly Change[]): Change[] {
  const busy = new Set(
    tasks.filter((change) => isStart(change) || change.action === 'stop').map(({ target }) => target),
  );
  const restarts = new Set(
    called.flatMap((one) => one.changes.filter(({ action }) => action === 'restart')).map(({ target }) => target),
  );
  return changes.filter(({ action, target }) => !busy.has(target) && !(action === 'reload' && restarts.has(target)));
}

function payWithStart(changes: readonly Change[], moot: readonly string[]): readonly Change[] {
  const last = changes.findLastIndex(isStart);
  return changes.map((change, index) => (index === last ? paying(change, moot) : change));
}

function isStart({ action }: Change): boolean {
  return action === 'start' || action === 'restart';
}
