import { HaprovError } from '../errors.ts';
import { addressSubject, holds } from '../facts/network/address.ts';
import type { Ask } from '../facts/reader/subject.ts';
import { guardSubject } from '../facts/state/guard.ts';
import { describeMaintenance, maintenanceSubject } from '../facts/state/maintenance.ts';
import { owedSubject } from '../facts/state/pending-handlers.ts';
import { probeSubject } from '../facts/system/probe.ts';
import { wayOut } from '../host/way-out.ts';
import type { Cluster, Host } from '../inventory/model.ts';
import type { BoundTask } from '../playbook/bind.ts';
import type { Planned } from '../tasks/task.ts';
import { vipAddresses } from '../vrrp/virtual-router.ts';
import { joinHandlers } from './handlers.ts';
import { inMaintenance } from './in-maintenance.ts';
import type { HostPlan } from './plan.ts';

/** A host's tasks and handlers, ready to be asked. */
export interface HostTasks {
  readonly cluster: Cluster;
  readonly host: Host;
  readonly tasks: readonly BoundTask[];
  readonly handlers: readonly BoundTask[];
  /** Come after the handlers: what may go only when nothing uses it any more. They notify nobody. */
  readonly after?: readonly BoundTask[];
}

/**
 * What apply would do to one host. All tasks ask their facts at once; their changes come in the playbook's order, then
 * the handlers that they notify, each once, then what comes after those.
 */
export async function planHost({ cluster, host, tasks, handlers, after = [] }: HostTasks, ask: Ask): Promise<HostPlan> {
  const root = host.become === false ? ask(probeSubject, '[ "$(id -u)" = 0 ]') : true;
  const asked = Promise.all([
    ask(addressSubject, 'addresses'),
    ask(owedSubject, 'owed'),
    ask(guardSubject, 'guard'),
    ask(maintenanceSubject, 'maintenance'),
    Promise.all(tasks.map((task) => planTask(task, host, ask))),
    Promise.all(after.map((task) => planTask(task, host, ask))),
  ]);
  // What an ordinary user cannot see is told as something else: this is the cause, and comes first.
  if (!(await settled(root, asked))) {
    throw new HaprovError(`${host.ssh.user} is not root on ${host.id}, and become is false`, {
      host: host.id,
      action: 'plan',
      next: wayOut('is not root', host.id),
    });
  }
  const [addresses, owed, guard, maintenance, planned, last] = await asked;
  const changes = planned.flatMap((one) => one.changes);
  const notified = new Set([...changes.flatMap((change) => change.notify), ...owed]);
  const wanted = handlers.filter((handler) => notified.has(handler.name));
  const called = await Promise.all(
    wanted.map(async (handler) => ({ name: handler.name, ...(await planTask(handler, host, ask)) })),
  );
  const vips = vipAddresses(cluster.vrrp_instances);
  const all = [...joinHandlers(changes, called, owed), ...last.flatMap((one) => one.changes)];
  return {
    host: host.id,
    cluster: cluster.name,
    status: 'planned',
    changes: maintenance === null ? all : inMaintenance(all),
    holds: vips.filter((vip) => holds(addresses, vip)),
    guard,
    ...(maintenance === null ? {} : { maintenance }),
    notes: [
      ...(maintenance === null ? [] : [`it is ${describeMaintenance(maintenance)}: its keepalived stays stopped`]),
      ...new Set([...planned, ...called, ...last].flatMap((one) => one.notes)),
    ],
  };
}

/** The first of two, whatever becomes of the other. */
async function settled<T>(first: T | Promise<T>, other: Promise<unknown>): Promise<T> {
  other.catch(() => undefined);
  return first;
}

async function planTask(task: BoundTask, host: Host, ask: Ask): Promise<Planned> {
  try {
    return await task.plan(ask);
  } catch (error) {
    if (!(error instanceof HaprovError) || error.facts.action !== undefined) throw error;
    throw new HaprovError(error.message, {
      ...error.facts,
      host: host.id,
      action: `plan "${task.name}"`,
      cause: error,
    });
  }
}
