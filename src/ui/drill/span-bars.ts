import type { DrillScenario } from '../../operate/drill/model.ts';
import type { Clock } from './clock.ts';
import { predicted, seconds } from './figures.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import type { Scale } from './scale.ts';

/** Pixels that the two rows take. */
export const SPANS_HEIGHT = 34;

/** What was measured and what was predicted, one below the other on the timeline. */
export function renderSpans(scenario: DrillScenario, y: number, scale: Scale, clock: Clock): Markup {
  const { outages, outage_ms, marks, duration } = scenario;
  const bars = outages.map(
    ({ from, ms, failed }) =>
      markup`<g><title>${`no answer for ${seconds(ms)}, ${clock.span(from, from + ms)}, ${failed} requests failed`}</title><rect class="measured" x="${scale.x(from)}" y="${y + 3}" width="${scale.width(from, from + ms)}" height="8"/></g>`,
  );
  const longest = outages.find(({ ms }) => ms === outage_ms);
  const end = longest === undefined ? clock.zero : longest.from + longest.ms;
  const repair = marks.findLast(({ kind }) => kind === 'repair')?.at ?? duration;
  return markup`${bars}${beside(`outage ${seconds(outage_ms)}`, longest?.from ?? clock.zero, end, y + 11, scale)}
${predictedBar(scenario, repair, y + 17, scale, clock)}`;
}

function predictedBar({ prediction }: DrillScenario, repair: number, y: number, scale: Scale, { zero }: Clock): Markup {
  const { outage, because } = prediction;
  const min = zero + (outage?.min ?? 0);
  const max = outage === null ? repair : zero + outage.max;
  const text = `predicted ${predicted(outage)}`;
  const sure = min > zero ? bar('predicted', zero, min, y, scale) : NOTHING;
  return markup`<g><title>${`${text}: ${because}`}</title>${sure}${max > min ? bar('perhaps', min, max, y, scale) : NOTHING}</g>${beside(text, zero, max, y + 8, scale)}`;
}

const bar = (kind: string, from: number, to: number, y: number, scale: Scale): Markup =>
  markup`<rect class="${kind}" x="${scale.x(from)}" y="${y}" width="${scale.width(from, to)}" height="8"/>`;

/** A text right of a bar, or left of it where there is no room; where there is none on either side, not at all. */
function beside(text: string, from: number, to: number, y: number, scale: Scale): Markup {
  if (scale.fits(text.length, to, scale.duration)) {
    return markup`<text class="label" x="${scale.x(to)}" dx="6" y="${y - 1}">${text}</text>`;
  }
  if (!scale.fits(text.length, 0, from)) return NOTHING;
  return markup`<text class="label" x="${scale.x(from)}" dx="-6" y="${y - 1}" text-anchor="end">${text}</text>`;
}
