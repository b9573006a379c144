import { createHash } from 'node:crypto';
import type { DrillCluster, DrillReport } from '../../operate/drill/model.ts';
import type { Redact } from '../terminal/text.ts';
import { LEGEND, PATTERNS } from './legend.ts';
import { type Markup, markup, NOTHING, trusted } from './markup.ts';
import { maskReport } from './mask.ts';
import { type Anchor, renderOverview } from './overview.ts';
import { renderScenario } from './scenario.ts';
import { STYLES } from './styles.ts';
import { describeTopology, renderTopology } from './topology.ts';
import { renderVerdict, verdictText } from './verdict.ts';

// Nothing is loaded and nothing runs: one style sheet, this very one, is all that a browser takes from the page.
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLES).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/**
 * A drill as one HTML page that needs no network, no script and no other file. The same report gives the same page.
 * Every text from outside is masked by `redact` and escaped.
 */
export function renderReport(report: DrillReport, redact: Redact = (text) => text): string {
  const masked = maskReport(report, redact);
  const clusters = clusterNames(masked);
  const anchor: Anchor = (scenario) => `s${masked.scenarios.indexOf(scenario) + 1}`;
  const page = markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${`haprov drill: ${verdictText(masked)}, ${masked.inventory}`}</title>
<style>${trusted(STYLES)}</style>
</head>
<body>
${PATTERNS}
<main>
${renderVerdict(masked, anchor)}${
  masked.scenarios.length + masked.skipped.length === 0
    ? NOTHING
    : markup`<section><h2>All scenarios</h2>
${renderOverview(masked, clusters, anchor)}</section>`
}
${masked.scenarios.length === 0 ? NOTHING : LEGEND}
${clusters.map((name) => clusterSection(name, masked, anchor))}</main>
</body>
</html>
`;
  return `<!doctype html>\n${page.markup}`;
}

/** The clusters in the report's order, also those that it only names in passing. */
function clusterNames({ clusters, scenarios, skipped }: DrillReport): string[] {
  return [
    ...new Set([...clusters.map(({ name }) => name), ...[...scenarios, ...skipped].map(({ cluster }) => cluster)]),
  ];
}

function clusterSection(name: string, report: DrillReport, anchor: Anchor): Markup {
  const cluster = report.clusters.find((one) => one.name === name);
  const scenarios = report.scenarios.filter((scenario) => scenario.cluster === name);
  if (cluster === undefined && scenarios.length === 0) return NOTHING;
  return markup`<section class="cluster"><h2>Cluster ${name}</h2>
${cluster === undefined ? NOTHING : topologyFigure(cluster, report)}${scenarios.map((scenario) => renderScenario(scenario, anchor(scenario)))}</section>
`;
}

function topologyFigure(cluster: DrillCluster, { scenarios }: DrillReport): Markup {
  return markup`<figure><div class="scroll">${renderTopology(cluster, scenarios)}</div><figcaption class="muted">${describeTopology(cluster)}</figcaption></figure>
`;
}
