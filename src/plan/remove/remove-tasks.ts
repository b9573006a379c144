import { SERVICE_ROWS } from '../../checks/services.ts';
import type { BoundTask } from '../../playbook/bind.ts';
import { serviceModule } from '../../tasks/service.ts';
import type { TaskContext } from '../../tasks/task.ts';
import type { HostTasks } from '../plan-host.ts';
import { planRemoval } from './remove-host.ts';

const NAME = 'take haprov away';

export interface RemoveTasksOptions {
  /** Packages that haprov has installed, too. */
  readonly purge: boolean;
  readonly redact: (text: string) => string;
}

/** Hosts with taking haprov away as their tasks. Services that go on are reloaded, by the playbook's handlers or by ours. */
export function removeTasks(hosts: readonly HostTasks[], { purge, redact }: RemoveTasksOptions): readonly HostTasks[] {
  return hosts.map(({ cluster, host, handlers }) => {
    const contextWith = (ask: TaskContext['ask'], task: string): TaskContext => {
      return { cluster, host, ask, task, notify: [], read: never, render: never, redact };
    };
    const bind = (part: 'changes' | 'after'): BoundTask => ({
      name: NAME,
      notify: [],
      plan: async (ask) => {
        const planned = await planRemoval(purge, contextWith(ask, NAME));
        return { changes: planned[part], notes: planned.notes };
      },
    });
    const reload = (name: string): BoundTask => ({
      name: `reload ${name}`,
      notify: [],
      plan: (ask) =>
        serviceModule.plan(serviceModule.parse({ name, state: 'reloaded' }), contextWith(ask, `reload ${name}`)),
    });
    const own = SERVICE_ROWS.map(({ unit }) => reload(unit)).filter(
      ({ name }) => !handlers.some((one) => one.name === name),
    );
    return { cluster, host, tasks: [bind('changes')], handlers: [...handlers, ...own], after: [bind('after')] };
  });
}

/** Nothing is written: no local file has a part in it. */
async function never(): Promise<never> {
  throw new Error('a removal reads no local file');
}
