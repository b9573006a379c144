import { UsageError } from '../errors.ts';
import type { Host } from '../inventory/model.ts';
import { type MaintenancePlan, planOff, planOn } from '../operate/maintenance/plan-maintenance.ts';
import {
  awaitTakeBack,
  confirmMove,
  enterMaintenance,
  handOverAll,
  leaveMaintenance,
  type MaintenanceReason,
  type SwitchoverContext,
} from '../operate/switchover/act.ts';
import { maintenanceLines, moveQuestion } from '../ui/status/move-view.ts';
import type { ExitCode, Io } from './io.ts';
import { type MoveOptions, moveVips, type VipMoveCommand } from './move-vips.ts';
import { findHost, wholeInventory, wordsOf } from './named.ts';

export interface MaintenanceOptions extends MoveOptions {
  readonly reason?: string;
  /** Take it out although nobody can take its VIPs. */
  readonly force?: boolean;
}

/** `haprov maintenance on|off`: keeps a host standby, whatever happens to it, until that is taken back. */
export async function maintenance(
  state: string,
  words: readonly string[],
  options: MaintenanceOptions,
  io: Io,
): Promise<ExitCode> {
  if (state !== 'on' && state !== 'off') {
    throw new UsageError(`maintenance ${state}: write on or off`, { next: 'haprov maintenance on [INVENTORY] HOST' });
  }
  const { file, name } = wordsOf(words, options.inventory, 'HOST', io.env['HAPROV_INVENTORY'] || undefined);
  const host = findHost(await wholeInventory(file, options, io), name);
  return moveVips(file, movesOf(state, host, options), options, io);
}

function movesOf(
  state: 'on' | 'off',
  { id, cluster: name }: Host,
  options: MaintenanceOptions,
): VipMoveCommand<MaintenancePlan> {
  return {
    command: `maintenance ${state}`,
    cluster: name,
    host: id,
    question: (plan) =>
      `${state === 'on' ? `Take ${id} out of service` : `Bring ${id} back into service`}${costOf(plan)}?`,
    needs: [id],
    plan: (cluster, status) =>
      state === 'on' ? planOn(cluster, status, id, options.force === true) : planOff(cluster, status, id),
    isNothing: ({ kind }) => kind === 'nothing',
    lines: (plan) => maintenanceLines(id, plan),
    moves: (plan) => (plan.kind === 'nothing' ? [] : plan.moves),
    maintenance: ({ kind }) => ({ on: kind === 'on' ? [id] : [], off: kind === 'off' ? [id] : [] }),
    act: async (plan, context, baseline, { who }) => {
      if (plan.kind === 'on')
        await takeOut(plan, context, id, { who, reason: options.reason ?? '', kind: 'maintenance' });
      if (plan.kind === 'off') {
        const started = await leaveMaintenance(context, id);
        if (started) await awaitTakeBack(context, plan.moves, plan.waitMs);
        await confirmMove(context, started ? [id] : [], baseline, started ? plan.moves : []);
      } else if (plan.kind === 'on' && plan.lost.length === 0) await confirmMove(context, [], baseline, plan.moves);
    },
  };
}

/** What that costs, for the question. */
function costOf(plan: MaintenancePlan): string {
  if (plan.kind === 'on' && plan.lost.length > 0) return ` (${plan.lost.join(', ')} will go offline)`;
  const { moves } = plan.kind === 'nothing' ? { moves: [] } : plan;
  return moves.length === 0 ? '' : `. ${moveQuestion(moves).replace(/\?$/, '')}`;
}

/** What no host can take is not waited for. */
async function takeOut(
  { moves, lost }: Extract<MaintenancePlan, { kind: 'on' }>,
  context: SwitchoverContext,
  host: string,
  keep: MaintenanceReason,
): Promise<void> {
  if (moves.length > 0 && lost.length === 0) await handOverAll(context, host, keep);
  else await enterMaintenance(context, host, keep);
}
