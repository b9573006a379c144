import type { DrillReport, DrillScenario } from '../../operate/drill/model.ts';
import { predicted, seconds } from './figures.ts';
import { type Markup, markup, NOTHING } from './markup.ts';

/** Draws an outage beside its prediction and its limit, all scenarios of a report on one scale. */
export type Gauge = (scenario: DrillScenario) => Markup;

/** An outage may be this many times its limit before it runs off the scale: one of minutes must not hide the others. */
const MOST = 1.5;

/** The gauge for the scenarios of a report. */
export function gaugeOf({ scenarios }: DrillReport): Gauge {
  const limit = Math.max(1, ...scenarios.map(({ budget_ms }) => budget_ms)) * MOST;
  const longest = Math.max(
    1,
    ...scenarios.flatMap(({ outage_ms, budget_ms, prediction }) => [outage_ms, budget_ms, prediction.outage?.max ?? 0]),
  );
  const full = Math.min(limit, longest * 1.05);
  const x = (ms: number): string => `${Number(Math.min(100, (ms / full) * 100).toFixed(2))}%`;
  return (scenario) => {
    const { outage_ms, budget_ms, prediction, passed } = scenario;
    const { min, max } = prediction.outage ?? { min: 0, max: full };
    const text = `measured ${seconds(outage_ms)}, predicted ${predicted(prediction.outage)}, ${seconds(budget_ms)} allowed`;
    const beyond =
      outage_ms > full ? markup`<text class="beyond" x="100%" dx="-3" y="15" text-anchor="end">▶</text>` : NOTHING;
    return markup`<svg class="gauge" role="img" width="100%" height="22" aria-label="${text}"><title>${text}</title><line class="rail" x1="0" x2="100%" y1="21" y2="21"/>${max > 0 ? markup`<rect class="perhaps" x="${x(min)}" y="2" width="${x(Math.min(max, full) - Math.min(min, full))}" height="18"/>` : NOTHING}<line class="expected" x1="${x(min)}" x2="${x(min)}" y1="2" y2="20"/><rect class="${passed ? 'measured' : 'measured broken'}" x="0" y="7" width="${x(outage_ms)}" height="8"/>${beyond}<line class="limit" x1="${x(budget_ms)}" x2="${x(budget_ms)}" y1="0" y2="22"/></svg>`;
  };
}
