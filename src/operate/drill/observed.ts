import type { VipLog, VipRequest } from '../vip-client/outages.ts';
import type { Holding, SeenMember } from './lanes.ts';
import type { DrillMark, DrillOutage, ScenarioName } from './model.ts';
import type { Forecast } from './situation.ts';

/** All that was seen of a scenario. Times in milliseconds since 1970, by this machine's clock. */
export interface Observed {
  readonly name: ScenarioName;
  readonly cluster: string;
  readonly service: string;
  readonly instance: string;
  readonly vip: string;
  readonly target: string;
  readonly client: string;
  /** Host id of the holder, and ids by the names that predictions have. */
  readonly host: string;
  readonly idOf: (name: string) => string;
  readonly forecast: Forecast;
  readonly budgetMs: number;
  readonly from: number;
  readonly to: number;
  readonly faultAt: number;
  /** When the repair began; `to` where it never did. */
  readonly repairAt: number;
  readonly requests: readonly VipRequest[];
  readonly members: readonly SeenMember[];
  readonly marks: readonly DrillMark[];
  /** The verdict's reasons while the fault lasted; null: it was not asked for, or did not call it a split brain. */
  readonly splitBrain: readonly string[] | null;
  /** What went wrong in the drill itself: it fails. Sentences. */
  readonly troubles: readonly string[];
  /** What else is to know. Sentences. */
  readonly notes: readonly string[];
  /** How far apart a host's clock and this one may be. */
  readonly clockErrorMs: number;
}

/** What the judgement rests on. Times in milliseconds from the scenario's start. */
export interface Measured {
  readonly log: VipLog;
  readonly during: readonly DrillOutage[];
  readonly after: readonly DrillOutage[];
  readonly outageMs: number;
  readonly repairOutageMs: number;
  /** The VIP answered again before the fault was put right. */
  readonly cameBack: boolean;
  readonly holdings: readonly Holding[];
  readonly holders: readonly string[];
  readonly twoHoldersMs: number;
  readonly moves: number;
  /** Who holds the VIP at the end. */
  readonly last: readonly string[];
}
