import type { Host } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import { detection } from '../../vrrp/timing.ts';
import { virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { DrillMark, ScenarioName } from './model.ts';
import type { RequestLog } from './request-log.ts';
import type { Forecast, Situation } from './situation.ts';
import type { Stage } from './stage.ts';

/** What a scenario does to its holder. Times in milliseconds since 1970, by this machine's clock. */
export interface Faulty {
  /** Makes the fault, and lets it last as long as there is something to see. */
  play(): Promise<void>;
  /** Puts it right; safe to call again, and before `play`. Throws where that cannot be. */
  right(): Promise<{ readonly byItself: boolean; readonly at: number }>;
}

export interface FaultyInput {
  readonly name: ScenarioName;
  readonly stage: Stage;
  readonly situation: Situation;
  readonly forecast: Forecast;
  readonly host: Host;
  /** The lock's session of the host. */
  readonly session: Session;
  readonly log: RequestLog;
  readonly mark: (mark: DrillMark) => void;
  /** Something that is done while the fault lasts, once a taker has the VIP. */
  readonly meanwhile: () => Promise<void>;
}

/** After the predicted takeover, so that its first adverts have gone out. */
const AFTER_MS = 1500;

/** How long a fault lasts at the least. Milliseconds. */
export function faultMs({ takeover }: Forecast, { instance }: Situation): number {
  if (takeover !== undefined) return takeover.max + AFTER_MS;
  const noticed = Math.max(0, ...instance.track_script.map((check) => detection(check).max));
  return Math.max(10_000, noticed + 4 * virtualRouterOf(instance).adverts.intervalSeconds * 1000 + AFTER_MS);
}

/** Until the checks find the service good again. Milliseconds. */
export function judgedGood({ instance }: Situation): number {
  return Math.max(0, ...instance.track_script.map(({ rise, interval }) => rise * interval * 1000)) + 1000;
}
