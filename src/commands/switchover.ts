import { UsageError } from '../errors.ts';
import { nearest } from '../inventory/known-words.ts';
import type { Cluster } from '../inventory/model.ts';
import { awaitTakeBack, confirmMove, handOverAll, leaveMaintenance } from '../operate/switchover/act.ts';
import { planSwitchover, type SwitchoverPlan } from '../operate/switchover/plan-switchover.ts';
import { moveQuestion, switchoverLines } from '../ui/status/move-view.ts';
import type { ExitCode, Io } from './io.ts';
import { type MoveOptions, moveVips, type VipMoveCommand } from './move-vips.ts';
import { findCluster, wholeInventory, wordsOf } from './named.ts';

export interface SwitchoverOptions extends MoveOptions {
  readonly to?: string;
}

/** `haprov switchover`: moves a cluster's VIPs to another member on purpose, and measures what that costs. */
export async function switchover(words: readonly string[], options: SwitchoverOptions, io: Io): Promise<ExitCode> {
  const { file, name } = wordsOf(words, options.inventory, 'CLUSTER', io.env['HAPROV_INVENTORY'] || undefined);
  const known = findCluster(await wholeInventory(file, options, io), name);
  const to = options.to === undefined ? undefined : memberNamed(known, options.to);
  const request: VipMoveCommand<SwitchoverPlan> = {
    command: 'switchover',
    cluster: name,
    host: null,
    question: (plan) => moveQuestion(plan.kind === 'nothing' ? [] : plan.moves),
    plan: (cluster, status) => planSwitchover(cluster, status, to),
    isNothing: ({ kind }) => kind === 'nothing',
    lines: (plan) => switchoverLines(name, plan),
    moves: (plan) => (plan.kind === 'nothing' ? [] : plan.moves),
    maintenance: (plan) => ({
      on: plan.kind === 'stop' && plan.keep ? [plan.from] : [],
      off: plan.kind === 'lift' ? [plan.to] : [],
    }),
    act: async (plan, context, baseline, { who }) => {
      if (plan.kind === 'nothing') return;
      const { moves, from } = plan;
      if (plan.kind === 'stop') {
        await handOverAll(context, from, plan.keep ? { who, reason: '', kind: 'switchover' } : undefined);
        return confirmMove(context, plan.keep ? [] : [from], baseline, moves);
      }
      await leaveMaintenance(context, plan.to);
      await awaitTakeBack(context, moves, plan.waitMs);
      await confirmMove(context, [plan.to], baseline, moves);
    },
  };
  return moveVips(file, request, options, io);
}

/** The id of a member. Throws UsageError with the nearest name. */
function memberNamed({ name, hosts }: Cluster, word: string): string {
  const found = hosts.find((host) => host.id === word || host.name === word);
  if (found !== undefined) return found.id;
  const near = nearest(
    word,
    hosts.map((host) => host.name),
  );
  throw new UsageError(`--to ${word}: ${name} has no such host`, {
    next: near === undefined ? `It has ${hosts.map(({ id }) => id).join(', ')}.` : `Did you mean ${near}?`,
  });
}
