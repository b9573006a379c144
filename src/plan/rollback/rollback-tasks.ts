import type { BoundTask } from '../../playbook/bind.ts';
import type { TaskContext } from '../../tasks/task.ts';
import type { HostTasks } from '../plan-host.ts';
import { planTakeBack } from './take-back.ts';

/** Hosts with taking a run back as their tasks; the handlers stay those of their playbooks. */
export function rollbackTasks(
  hosts: readonly HostTasks[],
  run: string,
  redact: (text: string) => string,
): readonly HostTasks[] {
  return hosts.map(({ cluster, host, handlers }) => {
    const name = `take ${run} back`;
    const bind = (part: 'changes' | 'after'): BoundTask => ({
      name,
      notify: [],
      plan: async (ask) => {
        const context: TaskContext = { cluster, host, ask, task: name, notify: [], read: never, render: never, redact };
        const planned = await planTakeBack(run, context);
        return { changes: planned[part], notes: planned.notes };
      },
    });
    return { cluster, host, tasks: [bind('changes')], handlers, after: [bind('after')] };
  });
}

/** What is put back lies on the host: no local file has a part in it. */
async function never(): Promise<never> {
  throw new Error('a rollback reads no local file');
}
