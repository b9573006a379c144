/** haprov as a library: the way of the data, step by step. `src/commands/` shows how the steps are put together. */

export type { Change } from './changes/change.ts';
export type { Step } from './changes/steps.ts';
export { type ErrorReport, HaprovError, reportError, UsageError } from './errors.ts';
export type { Cluster, Host, Instance, Inventory, Problem } from './inventory/model.ts';
export { formatProblem, parseInventory, type ReadInventory, readInventory } from './inventory/read.ts';
export { listSecrets, resolveSecrets } from './inventory/resolve-secrets.ts';
export { inventoryJsonSchema } from './inventory/schema/inventory.ts';
export { limitInventory } from './inventory/select.ts';
export { type BindOptions, bindPlaybooks } from './plan/bind-playbooks.ts';
export { type Gathered, type GatherOptions, gatherPlan } from './plan/gather.ts';
export { countChanges, type HostPlan, type Plan } from './plan/plan.ts';
export type { HostTasks } from './plan/plan-host.ts';
export { type ApplyInput, applyPlan, type Summary } from './rollout/apply.ts';
export type { ApplyEvent, Emit, HostOutcome, VipOutcome } from './rollout/events.ts';
export { createRedactor } from './transport/redact.ts';
export type { RunOptions, RunResult, Session, Transport } from './transport/session.ts';
export { createSsh2Transport, type Ssh2Options } from './transport/ssh2/ssh2-transport.ts';
