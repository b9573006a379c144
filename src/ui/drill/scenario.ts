import type { DrillScenario } from '../../operate/drill/model.ts';
import { nameIn, predicted, seconds } from './figures.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import { countKinds, usualGap } from './requests.ts';
import { renderTables } from './tables.ts';
import { renderTimeline } from './timeline.ts';

/** What each fault is, as a sentence. */
const FAULTS: Readonly<Record<DrillScenario['name'], string>> = {
  service: 'What the VIP stands for is stopped on its holder, and stays stopped.',
  keepalived: 'keepalived is stopped on the holder, in good order.',
  crash: 'keepalived is killed on the holder; its VIP is left behind there.',
  isolate: 'VRRP is dropped between the members: each believes that the others are gone.',
  reboot: 'The holder is rebooted.',
  flap: 'The service is stopped and started again, several times.',
};

/** "passed", "failed" with its sign, which tells it apart without colour. */
export function badge(passed: boolean): Markup {
  return passed ? markup`<span class="badge pass">✓ passed</span>` : markup`<span class="badge broken">✗ FAILED</span>`;
}

/** A scenario: its figures, what is to say about it, its timeline and its tables. `id` is its place in the page. */
export function renderScenario(scenario: DrillScenario, id: string): Markup {
  const { name, cluster, instance, host, findings, notes, passed } = scenario;
  return markup`<article class="scenario" id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title">${name} <span class="where">${cluster}/${instance}, on ${nameIn(cluster, host)}</span> ${badge(passed)}</h3>
<p class="muted">${FAULTS[name]} ${asked(scenario)}</p>
${sentences(findings, 'broken')}${sentences(notes)}${figureList(scenario)}<div class="scroll">${renderTimeline(scenario)}</div>
${renderTables(scenario)}
</article>
`;
}

function asked({ target, client, requests, started, duration }: DrillScenario): string {
  const gap = Math.round(usualGap(requests.toSorted((a, b) => a.at - b.at)));
  const from = client === 'here' ? 'from where haprov ran' : `from ${client}`;
  return `${target} was asked every ${gap} ms ${from}, for ${seconds(duration)} from ${utc(started)} on.`;
}

function sentences(texts: readonly string[], kind?: 'broken'): Markup {
  if (texts.length === 0) return NOTHING;
  const items = texts.map((text) => markup`<li>${text}</li>`);
  return markup`<ul class="findings${kind === undefined ? '' : ` ${kind}`}">${items}</ul>
`;
}

function figureList(scenario: DrillScenario): Markup {
  const { requests, outage_ms, budget_ms, prediction, repair_outage_ms, two_holders_ms } = scenario;
  const { failed, slow } = countKinds(requests);
  const figures: (readonly [term: string, value: string, more: string])[] = [
    ['Outage', seconds(outage_ms), `${seconds(budget_ms)} allowed`],
    ['Predicted', predicted(prediction.outage), takerText(scenario)],
    ['Failed requests', `${failed} of ${requests.length}`, `${slow} slow`],
    ['VIP', moveText(scenario), 'while the fault lasted'],
    ['Restored', seconds(repair_outage_ms), 'outage while the fault was restored'],
  ];
  if (two_holders_ms > 0) figures.push(['Two holders', seconds(two_holders_ms), 'at the same time, at the longest']);
  const items = figures.map(
    ([term, value, more]) => markup`<div><dt>${term}</dt><dd><b>${value}</b> <small>${more}</small></dd></div>
`,
  );
  return markup`<dl class="figures">
${items}</dl>
<p class="muted">How the prediction is made: ${prediction.because}</p>
`;
}

function moveText({ cluster, host, holders }: DrillScenario): string {
  const from = nameIn(cluster, host);
  if (holders.length === 1 && holders[0] === host) return `stayed on ${from}`;
  const to = holders.map((holder) => nameIn(cluster, holder)).join(' and ');
  return `${from} → ${to === '' ? 'none' : to}`;
}

function takerText({ prediction, cluster }: DrillScenario): string {
  return prediction.taker === undefined
    ? 'no host takes it over'
    : `${nameIn(cluster, prediction.taker)} takes it over`;
}

/** "2026-11-22 13:05:00 UTC", from ISO 8601 in UTC. */
export const utc = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
