import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import type { Cluster, Inventory } from '../inventory/model.ts';
import { type Binding, type BoundTask, bindTask } from '../playbook/bind.ts';
import { createTemplates } from '../playbook/liquid.ts';
import { createLocalFiles } from '../playbook/local-files.ts';
import type { Playbook, PlaybookTask } from '../playbook/playbook.ts';
import { PlaybookError, readPlaybook } from '../playbook/read.ts';
import { variablesOf } from '../playbook/variables.ts';
import type { HostTasks } from './plan-host.ts';

const SHIPPED = fileURLToPath(new URL('../../playbooks/default.yaml', import.meta.url));

export interface BindOptions {
  readonly redact: (text: string) => string;
  /** Only tasks with one of these tags; undefined means all. */
  readonly tags?: readonly string[];
}

/**
 * Each host's tasks from its cluster's playbook: the user's own, or the shipped one. All problems of
 * all playbooks are reported at once, files that they name and that are not there too. Throws PlaybookError.
 */
export async function bindPlaybooks(inventory: Inventory, options: BindOptions): Promise<readonly HostTasks[]> {
  const templates = createTemplates();
  const problems = new Set<string>();
  const files = new Map<string, { readonly playbook: Promise<Playbook | undefined>; readonly read: Binding['read'] }>();
  const bound = await Promise.all(
    inventory.clusters.map(async (cluster) => {
      const file = cluster.playbook ?? SHIPPED;
      const opened = files.get(file) ?? {
        playbook: collect(readPlaybook(file), problems),
        read: createLocalFiles(file),
      };
      files.set(file, opened);
      const playbook = await opened.playbook;
      if (playbook === undefined) return [];
      const hosts = cluster.hosts.map((host) => {
        return bindHost(
          playbook,
          {
            cluster,
            host,
            variables: variablesOf(cluster, host, 'masked'),
            templates,
            read: opened.read,
            redact: options.redact,
          },
          options,
          problems,
        );
      });
      await Promise.all(hosts.flatMap(({ tasks }) => tasks.map((task) => checkFiles(task, opened.read, problems))));
      if (cluster.playbook !== undefined) return hosts;
      return hosts.map((host) => ({ ...host, tasks: host.tasks.map(marked) }));
    }),
  );
  if (problems.size > 0) throw new PlaybookError([...problems]);
  checkTags(inventory.clusters, bound.flat(), options.tags);
  return bound.flat();
}

function bindHost(playbook: Playbook, binding: Binding, { tags }: BindOptions, problems: Set<string>): HostTasks {
  const bind = (task: PlaybookTask): readonly BoundTask[] => {
    try {
      return bindTask(task, binding);
    } catch (error) {
      if (!(error instanceof PlaybookError)) throw error;
      for (const line of error.lines) problems.add(line);
      return [];
    }
  };
  const { cluster, host } = binding;
  const tasks = playbook.tasks.filter((task) => isTagged(task, tags)).flatMap(bind);
  return { cluster, host, tasks, handlers: playbook.handlers.flatMap(bind) };
}

/** The shipped playbook's task, with the files that haprov brings along marked; a path of the inventory is absolute. */
function marked(task: BoundTask): BoundTask {
  const { files = [], plan } = task;
  if (files.length === 0 || files.some(({ path }) => isAbsolute(path))) return task;
  return {
    ...task,
    plan: async (ask) => {
      const planned = await plan(ask);
      return { ...planned, changes: planned.changes.map((change) => ({ ...change, bundled: true })) };
    },
  };
}

async function collect<T>(reading: Promise<T>, problems: Set<string>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof PlaybookError)) throw error;
    for (const line of error.lines) problems.add(line);
    return undefined;
  }
}

async function checkFiles({ files }: BoundTask, read: Binding['read'], problems: Set<string>): Promise<void> {
  for (const { path, where } of files ?? []) {
    try {
      await read(path);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.add(`${where} ${error.message}`);
    }
  }
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
  throw new UsageError(`--tags ${tags.join(',')}: no task has any of these tags`);
}
