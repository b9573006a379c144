import type { ErrorReport } from '../../errors.ts';
import type { MaintenancePlan } from '../../operate/maintenance/plan-maintenance.ts';
import type { MeasuredOutage } from '../../operate/switchover/measure.ts';
import type { SwitchoverPlan } from '../../operate/switchover/plan-switchover.ts';
import type { InstanceMove } from '../../operate/switchover/vip-move.ts';
import type { ApplyEvent } from '../../rollout/events.ts';
import { formatRange, type Range } from '../../vrrp/timing.ts';
import { KEYWORD } from '../../vrrp/virtual-router.ts';
import type { Style } from '../terminal/style.ts';

/** What `switchover --json` and `maintenance --json` print. */
export interface MoveJson {
  readonly format: 1;
  /** switchover, maintenance on, maintenance off */
  readonly command: string;
  readonly cluster: string;
  /** For maintenance: the host. */
  readonly host: string | null;
  /** VIPs that went to another host; 0: there was nothing to do. */
  readonly moved: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly vips: readonly string[];
  /** Without an answer, in milliseconds; null: no VIP moves. */
  readonly predicted_ms: Range | null;
  /** The longest time without an answer; null: nobody could ask, or no VIP moved. */
  readonly outage_ms: number | null;
  readonly requests: number | null;
  readonly failed_requests: number | null;
  /** Host id of who asked, or `here`. */
  readonly client: string | null;
  /** Hosts whose maintenance began, or ended, by this. */
  readonly maintenance: { readonly on: readonly string[]; readonly off: readonly string[] };
  /** Nothing was changed: it was a dry run, or there was nothing to do. */
  readonly unchanged: boolean;
  readonly error: ErrorReport | null;
}

/** "Move 192.168.1.100 from lb1 to lb2 (about 0.61s of downtime)?" */
export function moveQuestion(moves: readonly InstanceMove[]): string {
  const [first] = moves;
  if (first === undefined) return 'Go on?';
  const worst = moves.map(({ outage }) => outage).sort((a, b) => b.max - a.max)[0] ?? { min: 0, max: 0 };
  const cost = worst.max === 0 ? 'no downtime' : `about ${formatRange(worst)} of downtime`;
  return `Move ${moves.flatMap((one) => one.vips).join(', ')} from ${first.from} to ${first.to} (${cost})?`;
}

/** What will happen to the VIPs and to the backups, a line each. */
export function switchoverLines(cluster: string, plan: SwitchoverPlan): string[] {
  if (plan.kind === 'nothing') return [`Nothing to do: ${plan.to} already has ${plan.vips.join(', ')}`];
  const { from, to } = plan;
  const lines = moveLines(plan.moves);
  if (plan.kind === 'lift') {
    return [...lines, `${to}: maintenance ends. About ${seconds(plan.waitMs)} after its start it outranks ${from}`];
  }
  if (!plan.keep) return [...lines, `${from}: becomes a backup, and does not take the VIP back`];
  const standby = plan.standby.length === 0 ? 'no backup' : `only ${plan.standby.join(' and ')} as backup`;
  return [
    ...lines,
    `${from}: would take it back (its priority is higher, without ${KEYWORD.noPreemption}), so it goes into maintenance`,
    `Warning: ${cluster} has ${standby} until you run: haprov switchover ${cluster} --to ${from}`,
  ];
}

/** The same of a host that is taken out, or comes back. */
export function maintenanceLines(host: string, plan: MaintenancePlan): string[] {
  if (plan.kind === 'nothing') return [`Nothing to do on ${host}`];
  const lines = moveLines(plan.moves);
  if (plan.kind === 'off') {
    const back = plan.moves.length === 0 ? '' : ` and takes its VIPs back after about ${seconds(plan.waitMs)}`;
    return [...lines, `${host}: maintenance ends. keepalived starts${back}`];
  }
  const { lost, left } = plan;
  return [
    ...lines,
    ...lost.map((vip) => `${vip}: will be on NO host`),
    `${host}: keepalived stays stopped, through reloads, upgrades and reboots, until: haprov maintenance off ${host}`,
    left.length > 1
      ? `${left.join(', ')} are left`
      : left[0] === undefined
        ? 'Warning: no host of the cluster is left'
        : `Warning: ${left[0]} has no backup`,
  ];
}

/** What came of it, for people. */
export function resultLines(json: MoveJson, style: Style): string[] {
  const { moved, vips, from, to, predicted_ms, outage_ms, client, requests, failed_requests, maintenance } = json;
  const predicted = predicted_ms === null ? '' : ` (predicted ${formatRange(predicted_ms)})`;
  const outage =
    outage_ms === null
      ? 'the downtime was not measured: neither this machine nor a member could reach the VIP'
      : `downtime ${seconds(outage_ms)}${predicted}; ${failed_requests} of ${requests} requests from ${client} failed`;
  return [
    ...(moved > 0 ? [`${style.green('MOVED')} ${vips.join(', ')} from ${from} to ${to}: ${outage}`] : []),
    ...maintenance.on.map(
      (host) => `${style.yellow('MAINTENANCE')} ${host} stays out of service until: haprov maintenance off ${host}`,
    ),
    ...maintenance.off.map((host) => `${style.green('BACK')} ${host} is back in service`),
  ];
}

/** What a plan and a measurement come to. */
export function moveJson(
  base: Pick<MoveJson, 'command' | 'cluster' | 'host' | 'maintenance' | 'unchanged'>,
  moves: readonly InstanceMove[],
  seen: MeasuredOutage | undefined,
  error: ErrorReport | null,
): MoveJson {
  const [first] = moves;
  const worst = moves.map(({ outage }) => outage).sort((a, b) => b.max - a.max)[0];
  const vips = moves.flatMap((one) => one.vips);
  return {
    format: 1,
    ...base,
    moved: base.unchanged || error !== null ? 0 : vips.length,
    from: first?.from ?? null,
    to: first?.to ?? null,
    vips,
    predicted_ms: worst ?? null,
    outage_ms: seen?.outage_ms ?? null,
    requests: seen?.requests ?? null,
    failed_requests: seen?.failed_requests ?? null,
    client: seen?.client ?? null,
    error,
  };
}

/** An event on the way as a line; undefined where it is no news. */
export function moveEventLine(event: ApplyEvent, style: Style, verbose: boolean): string | undefined {
  if (event.event === 'waiting') return `${style.line(event.host)}: ${style.line(event.reason)}`;
  // One that failed is the error that ends the run.
  if (event.event !== 'gate' || !verbose) return undefined;
  const result = event.ok ? style.green('ok') : style.alarm('FAILED');
  return `${style.line(event.host ?? event.cluster)}: ${style.line(event.gate)} ${result} ${style.line(event.detail)}`;
}

function moveLines(moves: readonly InstanceMove[]): string[] {
  return moves.map(({ instance, vips, from, to, outage }) => {
    const cost = outage.max === 0 ? 'without downtime' : `about ${formatRange(outage)} of downtime`;
    return `${instance} ${vips.join(', ')}: moves from ${from} to ${to}, ${cost}`;
  });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)}s`;
}
