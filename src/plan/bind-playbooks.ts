import { fileURLToPath } from 'node:url';
import type { Cluster, Inventory } from '../inventory/model.ts';
import { type Binding, bindTask } from '../playbook/bind.ts';
import { createTemplates } from '../playbook/liquid.ts';
import { createLocalFiles } from '../playbook/local-files.ts';
import type { Playbook, PlaybookTask } from '../playbook/playbook.ts';
import { PlaybookError, readPlaybook } from '../playbook/read.ts';
import type { HostTasks } from './plan-host.ts';

const SHIPPED = fileURLToPath(new URL('../../playbooks/', import.meta.url));

export interface BindOptions {
  readonly redact: (text: string) => string;
  /** Only tasks with one of these tags; undefined means all. */
  readonly tags?: readonly string[];
}

/**
 * Each host's tasks from its cluster's playbook: the user's own, or the one that ships for the service. All problems of
 * all playbooks are reported at once. Throws PlaybookError, UsageError.
 */
export async function bindPlaybooks(inventory: Inventory, options: BindOptions): Promise<readonly HostTasks[]> {
  const templates = createTemplates();
  const files = new Map<string, { readonly playbook: Promise<Playbook>; readonly read: Binding['read'] }>();
  const bound = await Promise.all(
    inventory.clusters.map(async (cluster) => {
      const file = cluster.playbook ?? `${SHIPPED}${cluster.service}.yaml`;
      const opened = files.get(file) ?? { playbook: readPlaybook(file), read: createLocalFiles(file) };
      files.set(file, opened);
      const { read } = opened;
      const playbook = await opened.playbook;
      return cluster.hosts.map((host): HostTasks => {
        const bind = (task: PlaybookTask) => bindTask(task, { cluster, host, templates, read, redact: options.redact });
        return {
          cluster,
          host,
          tasks: playbook.tasks.filter((task) => isTagged(task, options.tags)).flatMap(bind),
          handlers: playbook.handlers.flatMap(bind),
        };
      });
    }),
  );
  checkTags(inventory.clusters, bound.flat(), options.tags);
  return bound.flat();
}

function isTagged(task: PlaybookTask, tags: readonly string[] | undefined): boolean {
  return tags === undefined || task.tags.some((tag) => tags.includes(tag));
}

function checkTags(
  clusters: readonly Cluster[],
  hosts: readonly HostTasks[],
  tags: readonly string[] | undefined,
): void {
  if (tags === undefined || clusters.length === 0 || hosts.some((host) => host.tasks.length > 0)) return;
  throw new PlaybookError(`--tags ${tags.join(',')}: no task has any of these tags`);
}
