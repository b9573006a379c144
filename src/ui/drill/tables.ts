import type { DrillScenario } from '../../operate/drill/model.ts';
import { type Clock, clockOf } from './clock.ts';
import { nameIn, seconds } from './figures.ts';
import { stateText } from './lane.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import { runText } from './request-track.ts';
import { countErrors, runsOf } from './requests.ts';

/** What a timeline shows, once more as tables, folded away. */
export function renderTables(scenario: DrillScenario): Markup {
  const clock = clockOf(scenario);
  return markup`<details><summary>The same as tables</summary>
${events(scenario, clock)}${outages(scenario, clock)}${states(scenario, clock)}${errors(scenario)}${lost(scenario, clock)}</details>`;
}

function events({ marks, cluster }: DrillScenario, clock: Clock): Markup {
  return table(
    'What was done and what happened',
    ['When', 'What', 'Host', 'How'],
    marks.map(({ at, kind, host, text }) => [clock.at(at), kind, nameIn(cluster, host), text]),
  );
}

function outages(scenario: DrillScenario, clock: Clock): Markup {
  return table(
    'Outages',
    ['From', 'Length', 'Failed requests'],
    scenario.outages.map(({ from, ms, failed }) => [clock.at(from), seconds(ms), String(failed)]),
  );
}

function states({ lanes, cluster }: DrillScenario, clock: Clock): Markup {
  return table(
    'States of the hosts',
    ['Host', 'From', 'To', 'State', 'VIP'],
    lanes.flatMap(({ host, spans }) =>
      spans.map(({ from, to, state, holds }) => [
        nameIn(cluster, host),
        clock.at(from),
        clock.at(to),
        stateText(state),
        holds ? 'yes' : 'no',
      ]),
    ),
  );
}

function errors({ requests }: DrillScenario): Markup {
  const rows = countErrors(requests).map(([error, count]) => [String(count), error]);
  return table('What failed requests met', ['Requests', 'Error'], rows);
}

function lost({ requests }: DrillScenario, clock: Clock): Markup {
  const rows = runsOf(requests).filter(({ kind }) => kind !== 'ok');
  return table(
    'Requests that failed or were slow',
    ['Requests'],
    rows.map((run) => [runText(run, clock)]),
  );
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): Markup {
  if (rows.length === 0) return NOTHING;
  const head = heads.map((text) => markup`<th scope="col">${text}</th>`);
  const body = rows.map(
    (row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>
`,
  );
  return markup`<table class="plain"><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>
`;
}
