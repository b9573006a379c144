import { ZodError } from 'zod';
import { HaprovError } from '../errors.ts';
import type { Ask } from '../facts/reader/subject.ts';
import { osSubject } from '../facts/system/os.ts';
import type { Cluster, Host } from '../inventory/model.ts';
import { type Content, NOTHING, type Planned, type TaskContext } from '../tasks/task.ts';
import { asksOs, carriesSecret, renderArguments } from './arguments.ts';
import type { Templates, Variables } from './liquid.ts';
import type { PlaybookTask } from './playbook.ts';
import { PlaybookError } from './read.ts';
import { variablesOf } from './variables.ts';

/** What binding a task to a host needs from outside. */
export interface Binding {
  readonly cluster: Cluster;
  readonly host: Host;
  /** As variablesOf has them, with secrets masked: once for all tasks of the host. */
  readonly variables: Variables;
  readonly templates: Templates;
  /** Reads a local file that the task names. */
  readonly read: (path: string) => Promise<string>;
  readonly redact: (text: string) => string;
}

/** A local file, and the task that names it as FILE:LINE:COLUMN. */
export interface LocalFile {
  readonly path: string;
  readonly where: string;
}

/** A task for one host: asks facts, yields changes. */
export interface BoundTask {
  readonly name: string;
  readonly notify: readonly string[];
  /** Local files that it uploads, as far as they are known without the host. */
  readonly files?: readonly LocalFile[];
  /** Scripts of the user's own that planning it runs on the host; as they are written, where they depend on the host. */
  readonly asks?: readonly string[];
  readonly plan: (ask: Ask) => Promise<Planned>;
}

/**
 * A playbook's task for one host: one, none, or one for each item of its loop. What can be known without the host is
 * checked here: templates, conditions, arguments. A condition on `os` is asked together with the task's own facts,
 * since planning has no effects; so it costs no round trip of its own. Throws PlaybookError.
 */
export function bindTask(task: PlaybookTask, binding: Binding): readonly BoundTask[] {
  return itemsOf(task, binding).flatMap((item) => bindItem(task, binding, item) ?? []);
}

/** Variables that an item of a loop adds; none without a loop. No list that a playbook can loop over holds a secret. */
function itemsOf(task: PlaybookTask, { templates, variables }: Binding): readonly Variables[] {
  const { loop } = task;
  if (loop === undefined) return [{}];
  const list = evaluate(task, 'loop', loop, templates, variables);
  if (!Array.isArray(list) || carriesSecret(list)) {
    throw new PlaybookError([`${task.where} loop: ${loop} is not a list, or holds a secret`]);
  }
  return list.map((item: unknown) => ({ item }));
}

function bindItem(written: PlaybookTask, binding: Binding, item: Variables): BoundTask | undefined {
  const { templates } = binding;
  const shown = { ...binding.variables, ...item };
  const task = named(written, templates, shown);
  const context = (ask: Ask) => contextOf(task, binding, item, ask);
  const { name, notify, module } = task;
  if (!asksOs(task.when) && !asksOs(task.args)) {
    if (!isWanted(task, templates, shown)) return undefined;
    const args = parsed(task, templates, shown);
    const files = (module.files?.(args) ?? []).map((path) => ({ path, where: task.where }));
    return { name, notify, files, asks: module.asks?.(args) ?? [], plan: (ask) => module.plan(args, context(ask)) };
  }
  const withOs = async (ask: Ask): Promise<Variables> => ({
    ...shown,
    os: { ...(await ask(osSubject, 'os')) },
  });
  if (asksOs(task.args)) {
    const plan = async (ask: Ask): Promise<Planned> => {
      const variables = await withOs(ask);
      return isWanted(task, templates, variables)
        ? module.plan(parsed(task, templates, variables), context(ask))
        : NOTHING;
    };
    return { name, notify, asks: module.asks === undefined ? [] : [JSON.stringify(task.args)], plan };
  }
  const args = parsed(task, templates, shown);
  const plan = async (ask: Ask): Promise<Planned> => {
    const [variables, planned] = await Promise.allSettled([withOs(ask), module.plan(args, context(ask))]);
    if (variables.status === 'rejected') throw variables.reason;
    if (!isWanted(task, templates, variables.value)) return NOTHING;
    if (planned.status === 'rejected') throw planned.reason;
    return planned.value;
  };
  return { name, notify, asks: module.asks?.(args) ?? [], plan };
}

/** The task with the templates of its name and of its handlers' names filled in. */
function named(task: PlaybookTask, templates: Templates, variables: Variables): PlaybookTask {
  const fill = (key: 'name' | 'notify', text: string): string => {
    try {
      return text.includes('{{') ? templates.render(text, variables) : text;
    } catch (error) {
      throw new PlaybookError([`${task.where} ${key}: ${messageOf(error)}`]);
    }
  };
  return { ...task, name: fill('name', task.name), notify: task.notify.map((name) => fill('notify', name)) };
}

function isWanted(task: PlaybookTask, templates: Templates, variables: Variables): boolean {
  if (task.when === undefined) return true;
  const value = evaluate(task, 'when', task.when, templates, variables);
  return value !== false && value !== null && value !== undefined;
}

function evaluate(
  task: PlaybookTask,
  key: 'when' | 'loop',
  expression: string,
  templates: Templates,
  variables: Variables,
): unknown {
  try {
    return templates.evaluate(expression, variables);
  } catch (error) {
    throw new PlaybookError([`${task.where} ${key}: ${messageOf(error)}`]);
  }
}

function parsed(task: PlaybookTask, templates: Templates, variables: Variables): unknown {
  let args: unknown;
  try {
    args = renderArguments(task.args, templates, variables, task.module.raw);
  } catch (error) {
    throw new PlaybookError([`${task.where} ${task.module.name}: ${messageOf(error)}`]);
  }
  if (carriesSecret(args)) {
    throw new PlaybookError([
      `${task.where} ${task.module.name}: a secret may stand in a file's content only, nowhere else`,
    ]);
  }
  try {
    task.module.parse(args);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const lines = error.issues.map(
      (issue) => `${task.where} ${[task.module.name, ...issue.path].join('.')}: ${issue.message}`,
    );
    throw new PlaybookError(lines);
  }
  return args;
}

function contextOf(task: PlaybookTask, binding: Binding, item: Variables, ask: Ask): TaskContext {
  const { cluster, host, templates } = binding;
  const render = async (template: string): Promise<Content> => {
    const os = asksOs(template) ? await ask(osSubject, 'os') : undefined;
    try {
      return {
        text: templates.render(template, { ...variablesOf(cluster, host, 'revealed', os), ...item }),
        masked: templates.render(template, { ...variablesOf(cluster, host, 'masked', os), ...item }),
      };
    } catch (error) {
      throw new HaprovError(`template: ${messageOf(error)}`, {
        host: host.id,
        action: `plan "${task.name}"`,
        cause: error,
      });
    }
  };
  return {
    cluster,
    host,
    ask,
    task: task.name,
    notify: task.notify,
    read: binding.read,
    render,
    redact: binding.redact,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
