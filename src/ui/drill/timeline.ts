import type { DrillScenario } from '../../operate/drill/model.ts';
import { type Clock, clockOf } from './clock.ts';
import { nameIn, predicted, seconds } from './figures.ts';
import { LANE_HEIGHT, renderLane, sharedTimes } from './lane.ts';
import { placeMarks } from './marks.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import { renderRequests, TRACK_HEIGHT } from './request-track.ts';
import { countKinds } from './requests.ts';
import { type Scale, scaleOf, ticks } from './scale.ts';
import { renderSpans, SPANS_HEIGHT } from './span-bars.ts';

/** A scenario from left to right: what was done, the requests, measured beside predicted, and a lane for each host. */
export function renderTimeline(scenario: DrillScenario): Markup {
  const scale = scaleOf(scenario.duration);
  const clock = clockOf(scenario);
  const marks = placeMarks(scenario, scale, clock);
  const track = marks.height + 16;
  const spans = track + TRACK_HEIGHT + 4;
  const lanes = spans + SPANS_HEIGHT;
  const bottom = lanes + scenario.lanes.length * LANE_HEIGHT;
  return markup`<svg class="timeline" role="img" width="100%" height="${bottom + 20}" aria-label="${describe(scenario, clock)}">
${sharedBands(scenario, lanes, bottom, scale, clock)}${axis(scenario, bottom, scale, clock)}<text class="label" y="${track - 4}">requests</text>
${renderRequests(scenario, track, scale, clock)}${renderSpans(scenario, spans, scale, clock)}
${scenario.lanes.map((lane, index) => renderLane(lane, nameIn(scenario.cluster, lane.host), lanes + index * LANE_HEIGHT, scale, clock))}${marks.render(bottom)}</svg>`;
}

function sharedBands({ lanes }: DrillScenario, top: number, bottom: number, scale: Scale, clock: Clock): Markup {
  const bands = sharedTimes(lanes).map(({ from, to }) => {
    const text = 'two holders';
    const label = scale.fits(text.length, from, to)
      ? markup`<text class="on-shared" x="${scale.x(to)}" dx="-5" y="${top + 15}" text-anchor="end">${text}</text>`
      : NOTHING;
    return markup`<rect class="shared" x="${scale.x(from)}" y="${top}" width="${scale.width(from, to)}" height="${bottom - top}"><title>${`two holders of the VIP, ${clock.span(from, to)}`}</title></rect>${label}
`;
  });
  return markup`${bands}`;
}

function axis({ duration }: DrillScenario, y: number, scale: Scale, { zero }: Clock): Markup {
  const marks = ticks(duration, zero).map((at) => {
    const label = `${Number(((at - zero) / 1000).toFixed(1))}s`;
    const share = at / scale.duration;
    const anchor = share < 0.02 ? 'start' : share > 0.98 ? 'end' : 'middle';
    return markup`<line class="tick" x1="${scale.x(at)}" x2="${scale.x(at)}" y1="${y}" y2="${y + 4}"/><text class="label" x="${scale.x(at)}" y="${y + 16}" text-anchor="${anchor}">${label}</text>
`;
  });
  return markup`<line class="tick" x1="0" x2="100%" y1="${y}" y2="${y}"/>${marks}`;
}

/** The drawing in words, for who does not see it. */
function describe(scenario: DrillScenario, clock: Clock): string {
  const { cluster, name, marks, requests, outage_ms, prediction, holders } = scenario;
  const { failed, slow } = countKinds(requests);
  const events = marks.map(
    ({ kind, at, host, text }) => `${kind} at ${clock.at(at)} on ${nameIn(cluster, host)}: ${text}`,
  );
  const held = holders.length === 0 ? 'none' : holders.map((host) => nameIn(cluster, host)).join(' and ');
  return [
    `Timeline of ${name} on ${cluster}`,
    ...events,
    `${requests.length} requests, ${failed} failed, ${slow} slow`,
    `outage ${seconds(outage_ms)}, predicted ${predicted(prediction.outage)}`,
    `the VIP was then held by ${held}`,
  ].join('. ');
}
