import { UsageError } from '../errors.ts';
import type { Host } from '../inventory/model.ts';
import { type MaintenancePlan, planOff, planOn } from '../operate/maintenance/plan-maintenance.ts';
import {
  type Acting,
  awaitTakeBack,
  confirmMove,
  enter,
  handAway,
  type Keep,
  leave,
} from '../operate/switchover/act.ts';
import { maintenanceLines } from '../ui/status/move-view.ts';
import type { ExitCode, Io } from './io.ts';
import { type MoveOptions, moveVips, type VipMoves } from './move-vips.ts';
import { hostNamed, wholeInventory, wordsOf } from './named.ts';

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
  const { file, name } = wordsOf(words, options.inventory, 'HOST');
  const host = hostNamed(await wholeInventory(file, options, io), name);
  return moveVips(file, movesOf(state, host, options), options, io);
}

function movesOf(
  state: 'on' | 'off',
  { id, cluster: name }: Host,
  options: MaintenanceOptions,
): VipMoves<MaintenancePlan> {
  return {
    command: `maintenance ${state}`,
    cluster: name,
    host: id,
    question: state === 'on' ? `Take ${id} out?` : `Bring ${id} back?`,
    needs: [id],
    plan: (cluster, status) =>
      state === 'on' ? planOn(cluster, status, id, options.force === true) : planOff(cluster, status, id),
    isNothing: ({ kind }) => kind === 'nothing',
    lines: (plan) => maintenanceLines(id, plan),
    passages: (plan) => (plan.kind === 'nothing' ? [] : plan.passages),
    maintenance: ({ kind }) => ({ on: kind === 'on' ? [id] : [], off: kind === 'off' ? [id] : [] }),
    act: async (plan, acting, baseline, { who }) => {
      if (plan.kind === 'on')
        await takeOut(plan, acting, id, { who, reason: options.reason ?? '', kind: 'maintenance' });
      if (plan.kind === 'off') {
        const started = await leave(acting, id);
        if (started) await awaitTakeBack(acting, plan.passages, plan.waitMs);
        await confirmMove(acting, started ? [id] : [], baseline, started ? plan.passages : []);
      } else if (plan.kind === 'on' && plan.lost.length === 0) await confirmMove(acting, [], baseline, plan.passages);
    },
  };
}

/** What nobody can take is not waited for. */
async function takeOut(
  { passages, lost }: Extract<MaintenancePlan, { kind: 'on' }>,
  acting: Acting,
  host: string,
  keep: Keep,
): Promise<void> {
  if (passages.length > 0 && lost.length === 0) await handAway(acting, host, keep);
  else await enter(acting, host, keep);
}
