import type { VipRequest } from '../vip-client/outages.ts';
import type { DrillMark, DrillScenario, DrillSkipped, Prediction, ScenarioName } from './model.ts';

/** What happens while clusters are drilled, in the order in which it does. */
export type DrillEvent =
  | { readonly event: 'waiting'; readonly cluster: string; readonly reason: string }
  | {
      readonly event: 'scenario';
      readonly cluster: string;
      readonly instance: string;
      readonly name: ScenarioName;
      readonly host: string;
      /** From 1. */
      readonly index: number;
      readonly of: number;
      readonly prediction: Prediction;
      readonly target: string;
    }
  | { readonly event: 'request'; readonly cluster: string; readonly request: VipRequest }
  /** Its time is in milliseconds since 1970. */
  | { readonly event: 'mark'; readonly cluster: string; readonly mark: DrillMark }
  | { readonly event: 'result'; readonly scenario: DrillScenario }
  | { readonly event: 'skipped'; readonly skipped: DrillSkipped };

export type EmitDrill = (event: DrillEvent) => void;
