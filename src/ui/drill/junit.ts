import type { DrillReport, DrillScenario, DrillSkipped } from '../../operate/drill/model.ts';
import type { Redact } from '../terminal/text.ts';
import { moveOf, predicted, seconds, totalsOf } from './figures.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import { maskReport } from './mask.ts';
import { countErrors, countKinds } from './requests.ts';

const LEFT_BEHIND = 'nothing is left behind';

/**
 * A drill as JUnit XML: a suite for each cluster, a test case for each scenario, and one that tells whether every host
 * was put right. Source: the schema of Jenkins' xUnit plugin, which other CI systems read too.
 */
export function renderJunit(report: DrillReport, redact: Redact = (text) => text): string {
  const masked = maskReport(report, redact);
  const { failed, skipped } = totalsOf(masked);
  const left = masked.leftovers.length === 0 ? 0 : 1;
  const clusters = [...new Set([...masked.clusters, ...clusterNames(masked)].map(nameOf))];
  const counts = markup`tests="${masked.scenarios.length + skipped + 1}" failures="${failed + left}" skipped="${skipped}"`;
  const body = markup`<testsuites name="haprov drill" ${counts} errors="0" time="${inSeconds(masked.duration)}">${clusters.map((name) => suite(name, masked))}${leftoverSuite(masked)}
</testsuites>
`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body.markup}`;
}

const nameOf = (cluster: string | { readonly name: string }): string =>
  typeof cluster === 'string' ? cluster : cluster.name;

const clusterNames = ({ scenarios, skipped }: DrillReport): string[] =>
  [...scenarios, ...skipped].map(({ cluster }) => cluster);

function suite(cluster: string, report: DrillReport): Markup {
  const scenarios = report.scenarios.filter((one) => one.cluster === cluster);
  const skipped = report.skipped.filter((one) => one.cluster === cluster);
  if (scenarios.length + skipped.length === 0) return NOTHING;
  const failures = scenarios.filter(({ passed }) => !passed).length;
  const time = inSeconds(scenarios.reduce((sum, { duration }) => sum + duration, 0));
  return markup`
  <testsuite name="${cluster}" tests="${scenarios.length + skipped.length}" failures="${failures}" errors="0" skipped="${skipped.length}" time="${time}" timestamp="${timestamp(scenarios[0]?.started ?? report.started)}">${scenarios.map(testCase)}${skipped.map(skippedCase)}
  </testsuite>`;
}

function testCase(scenario: DrillScenario): Markup {
  const { name, cluster, instance, duration, passed, findings, notes } = scenario;
  const message =
    findings[0] ?? `the outage was ${seconds(scenario.outage_ms)}, ${seconds(scenario.budget_ms)} are allowed`;
  const failure = markup`
      <failure type="drill" message="${message}">${[...findings, ...notes, ...facts(scenario)].join('\n')}</failure>`;
  return markup`
    <testcase classname="${cluster}.${instance}" name="${name}" time="${inSeconds(duration)}">${
      passed
        ? markup`
      <system-out>${[...facts(scenario), ...notes].join('\n')}</system-out>`
        : failure
    }
    </testcase>`;
}

function skippedCase({ cluster, scenario, reason }: DrillSkipped): Markup {
  return markup`
    <testcase classname="${cluster}" name="${scenario ?? 'all scenarios'}" time="0">
      <skipped message="${reason}"/>
    </testcase>`;
}

function leftoverSuite({ leftovers, started }: DrillReport): Markup {
  const text = leftovers.map(({ host, reason }) => `${host}: ${reason}`);
  const failure = markup`
      <failure type="leftover" message="${text[0] ?? ''}">${text.join('\n')}</failure>
    `;
  return markup`
  <testsuite name="after the drill" tests="1" failures="${text.length === 0 ? 0 : 1}" errors="0" skipped="0" time="0" timestamp="${timestamp(started)}">
    <testcase classname="after the drill" name="${LEFT_BEHIND}" time="0">${text.length === 0 ? NOTHING : failure}</testcase>
  </testsuite>`;
}

function facts(scenario: DrillScenario): string[] {
  const { failed, slow } = countKinds(scenario.requests);
  return [
    `move ${moveOf(scenario)}, VIP ${scenario.vip}, asked at ${scenario.target} from ${scenario.client}`,
    `outage ${seconds(scenario.outage_ms)}, predicted ${predicted(scenario.prediction.outage)} (${scenario.prediction.because})`,
    `outage while it was restored ${seconds(scenario.repair_outage_ms)}`,
    `${failed} of ${scenario.requests.length} requests failed, ${slow} slow`,
    ...countErrors(scenario.requests).map(([error, count]) => `${count} x ${error}`),
  ];
}

const inSeconds = (ms: number): string => (ms / 1000).toFixed(3);

// The schema wants a time without a zone and without fractions.
const timestamp = (iso: string): string => iso.replace(/(\.\d+)?Z$/, '');
