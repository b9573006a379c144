import type { DrillReport, DrillScenario, DrillSkipped } from '../../operate/drill/model.ts';
import { moveOf, predicted, seconds } from './figures.ts';
import { type Gauge, gaugeOf } from './gauge.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import { countKinds } from './requests.ts';
import { badge } from './scenario.ts';

/** Where a scenario stands in the page. */
export type Anchor = (scenario: DrillScenario) => string;

/** One table of all scenarios, grouped by cluster; what was left out stands in it too, with why. */
export function renderOverview(report: DrillReport, clusters: readonly string[], anchor: Anchor): Markup {
  const gauge = gaugeOf(report);
  const groups = clusters.map((name) => {
    const rows = [
      ...report.scenarios.filter(({ cluster }) => cluster === name).map((one) => row(one, gauge, anchor)),
      ...report.skipped.filter(({ cluster }) => cluster === name).map(skippedRow),
    ];
    if (rows.length === 0) return NOTHING;
    const head = markup`<tr><th class="group" colspan="4" scope="rowgroup">${name}</th><td class="roomy"></td></tr>
`;
    return markup`<tbody>
${clusters.length > 1 ? head : NOTHING}${rows}</tbody>
`;
  });
  return markup`<table class="overview">
<thead><tr><th scope="col">Scenario</th><th scope="col">Outage</th><th scope="col" class="wide roomy">against its limit</th><th scope="col">Failed<small>requests</small></th><th scope="col">Result</th></tr></thead>
${groups}</table>
`;
}

function row(scenario: DrillScenario, gauge: Gauge, anchor: Anchor): Markup {
  const { name, instance, outage_ms, prediction, requests, passed } = scenario;
  return markup`<tr${passed ? NOTHING : markup` class="broken"`}><th scope="row"><a href="#${anchor(scenario)}">${name}</a><small>${instance} ${moveOf(scenario)}</small></th><td><b>${seconds(outage_ms)}</b><small>predicted <span class="nowrap">${predicted(prediction.outage)}</span></small></td><td class="wide roomy">${gauge(scenario)}</td><td><b>${countKinds(requests).failed}</b><small>of ${requests.length}</small></td><td>${badge(passed)}</td></tr>
`;
}

function skippedRow({ scenario, reason }: DrillSkipped): Markup {
  return markup`<tr class="skipped"><th scope="row">${scenario ?? 'all scenarios'}</th><td colspan="2">${reason}</td><td class="roomy"></td><td><span class="badge">– not run</span></td></tr>
`;
}
