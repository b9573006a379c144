import { ZodError } from 'zod';
import { HaprovError } from '../errors.ts';
import { osSubject } from '../facts/os.ts';
import type { Ask } from '../facts/subject.ts';
import type { Cluster, Host } from '../inventory/model.ts';
import { type Content, NOTHING, type Planned, type TaskContext } from '../tasks/task.ts';
import { asksOs, carriesSecret, renderArguments } from './arguments.ts';
import { type Templates, type Variables } from './liquid.ts';
import type { PlaybookTask } from './playbook.ts';
import { PlaybookError } from './read.ts';
import { variablesOf } from './variables.ts';

/** What binding a task to a host needs from outside. */
export interface Binding {
  readonly cluster: Cluster;
  readonly host: Host;
  readonly templates: Templates;
  /** Reads a local file that the task names. */
  readonly read: (path: string) => Promise<string>;
  readonly redact: (text: string) => string;
}

/** A task for one host: asks facts, yields changes. */
export interface BoundTask {
  readonly name: string;
  readonly notify: readonly string[];
  readonly plan: (ask: Ask) => Promise<Planned>;
}

/**
 * A playbook's task for one host. What can be known without the host is checked here: templates, conditions, arguments.
 * A condition on `os` is asked together with the task's own facts, since planning has no effects; so it costs no round
 * trip of its own. Throws PlaybookError.
 */
export function bindTask(task: PlaybookTask, binding: Binding): BoundTask | undefined {
  const { cluster, host } = binding;
  const shown = variablesOf(cluster, host, 'masked');
  const late = asksOs(task.when) || asksOs(task.args);
  if (!late) {
    if (!isWanted(task, binding.templates, shown)) return undefined;
    const args = parsed(task, binding.templates, shown);
    return { name: task.name, notify: task.notify, plan: (ask) => task.module.plan(args, contextOf(task, binding, ask)) };
  }
  return {
    name: task.name,
    notify: task.notify,
    plan: async (ask) => {
      const asked = ask(osSubject, 'os').then((os) => variablesOf(cluster, host, 'masked', os));
      if (asksOs(task.args)) {
        const variables = await asked;
        if (!isWanted(task, binding.templates, variables)) return NOTHING;
        return task.module.plan(parsed(task, binding.templates, variables), contextOf(task, binding, ask));
      }
      const [variables, planned] = await Promise.allSettled([
        asked,
        task.module.plan(parsed(task, binding.templates, shown), contextOf(task, binding, ask)),
      ]);
      if (variables.status === 'rejected') throw variables.reason;
      if (!isWanted(task, binding.templates, variables.value)) return NOTHING;
      if (planned.status === 'rejected') throw planned.reason;
      return planned.value;
    },
  };
}

function isWanted(task: PlaybookTask, templates: Templates, variables: Variables): boolean {
  if (task.when === undefined) return true;
  try {
    const value = templates.evaluate(task.when, variables);
    return value !== false && value !== null && value !== undefined;
  } catch (error) {
    throw new PlaybookError(`${task.where} when: ${messageOf(error)}`, { cause: error });
  }
}

function parsed(task: PlaybookTask, templates: Templates, variables: Variables): unknown {
  let args: unknown;
  try {
    args = renderArguments(task.args, templates, variables, task.module.raw);
  } catch (error) {
    throw new PlaybookError(`${task.where} ${task.module.name}: ${messageOf(error)}`, { cause: error });
  }
  if (carriesSecret(args)) {
    throw new PlaybookError(`${task.where} ${task.module.name}: a secret may stand in a file's content only, nowhere else`);
  }
  try {
    task.module.parse(args);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const lines = error.issues.map((issue) => `${task.where} ${[task.module.name, ...issue.path].join('.')}: ${issue.message}`);
    throw new PlaybookError(lines.join('\n'));
  }
  return args;
}

function contextOf(task: PlaybookTask, binding: Binding, ask: Ask): TaskContext {
  const { cluster, host, templates } = binding;
  const render = async (template: string): Promise<Content> => {
    const os = asksOs(template) ? await ask(osSubject, 'os') : undefined;
    try {
      return {
        text: templates.render(template, variablesOf(cluster, host, 'revealed', os)),
        masked: templates.render(template, variablesOf(cluster, host, 'masked', os)),
      };
    } catch (error) {
      throw new HaprovError(`template: ${messageOf(error)}`, { host: host.id, action: `plan "${task.name}"`, cause: error });
    }
  };
  return { cluster, host, ask, task: task.name, notify: task.notify, read: binding.read, render, redact: binding.redact };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
