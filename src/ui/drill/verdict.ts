import type { DrillReport } from '../../operate/drill/model.ts';
import { duration } from '../terminal/text.ts';
import { totalsOf, totalsText } from './figures.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import type { Anchor } from './overview.ts';
import { utc } from './scenario.ts';

/** The outcome in a few words, for the title. */
export function verdictText(report: DrillReport): string {
  const { passed, failed } = totalsOf(report);
  const all = passed + failed;
  if (all === 0) return 'Nothing was drilled';
  if (failed > 0) return all === 1 ? 'The scenario failed' : `${failed} of ${all} scenarios failed`;
  const fine = all === 1 ? 'The scenario passed' : `All ${all} scenarios passed`;
  return report.leftovers.length === 0 ? fine : `${fine}, but not everything was restored`;
}

/** The top of the page: the outcome, then what was left behind, what failed and what was not drilled, each with why. */
export function renderVerdict(report: DrillReport, anchor: Anchor): Markup {
  const { inventory, started, haprov, scenarios, leftovers, skipped } = report;
  const good = scenarios.length > 0 && leftovers.length === 0 && scenarios.every(({ passed }) => passed);
  const failed = scenarios.filter(({ passed }) => !passed);
  return markup`<header>
<p class="eyebrow">haprov drill</p>
<h1 class="${good ? 'pass' : 'broken'}">${good ? '✓' : '✗'} ${verdictText(report)}</h1>
<p>DRILL ${totalsText(report)}</p>
<p class="muted"><b>${inventory}</b>, ${utc(started)}, took ${duration(report.duration)}, haprov ${haprov}</p>
</header>
${list(
  'Left behind',
  'alarm',
  leftovers.map(({ host, reason }) => markup`<li><b>${host}</b>: ${reason}</li>`),
)}${list(
  'Failed',
  'alarm',
  failed.map(
    (scenario) =>
      markup`<li><a href="#${anchor(scenario)}">${scenario.cluster}/${scenario.instance} ${scenario.name}</a>: ${scenario.findings[0] ?? 'see there'}</li>`,
  ),
)}${list(
  'Not drilled',
  'quiet',
  skipped.map(
    ({ cluster, scenario, reason }) =>
      markup`<li><b>${cluster}${scenario === undefined ? '' : ` ${scenario}`}</b>: ${reason}</li>`,
  ),
)}${leftovers.length === 0 && scenarios.length > 0 ? markup`<p>Nothing was left behind: every fault was restored.</p>` : NOTHING}
`;
}

function list(title: string, kind: string, items: readonly Markup[]): Markup {
  if (items.length === 0) return NOTHING;
  return markup`<section class="notice ${kind}"><h2>${title}</h2><ul>${items}</ul></section>
`;
}
