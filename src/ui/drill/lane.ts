import type { Lane, LaneSpan } from '../../operate/drill/model.ts';
import type { Clock } from './clock.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import type { Scale } from './scale.ts';

/** Pixels from one lane to the next. */
export const LANE_HEIGHT = 58;

const NAMES = { MASTER: 'master', BACKUP: 'backup', FAULT: 'fault', INIT: 'init', STOP: 'off', unseen: 'unseen' };

/** A state in words. */
export const stateText = (state: LaneSpan['state']): string => {
  if (state === null) return 'not running';
  return state === 'unseen' ? 'not seen' : state;
};

/** A host's states and, below them, the times in which it had the VIP. `y` is where the lane begins. */
export function renderLane(lane: Lane, name: string, y: number, scale: Scale, clock: Clock): Markup {
  const states = joined(lane.spans, (a, b) => a.state === b.state);
  const held = joined(lane.spans, (a, b) => a.holds === b.holds).filter(({ holds }) => holds);
  return markup`<text class="label" y="${y + 16}">${name}</text>
${states.map((span) => stateBar(span, name, y + 21, scale, clock))}<line class="rail" x1="0" x2="100%" y1="${y + 46}" y2="${y + 46}"/>
${held.map((span) => vipBar(span, name, y + 40, scale, clock))}`;
}

function stateBar(span: LaneSpan, name: string, y: number, scale: Scale, clock: Clock): Markup {
  const { from, to, state } = span;
  const text = stateText(state);
  const title = `${name}: ${text}, ${clock.span(from, to)}`;
  const label = scale.fits(text.length, from, to)
    ? markup`<text class="on-${classOf(state)}" x="${scale.x(from)}" dx="5" y="${y + 12}">${text}</text>`
    : NOTHING;
  return markup`<g><title>${title}</title><rect class="${classOf(state)}" x="${scale.x(from)}" y="${y}" width="${scale.width(from, to)}" height="16"/>${label}</g>
`;
}

function vipBar({ from, to }: LaneSpan, name: string, y: number, scale: Scale, clock: Clock): Markup {
  const label = scale.fits(3, from, to)
    ? markup`<text class="on-vip" x="${scale.x(from)}" dx="5" y="${y + 10}">VIP</text>`
    : NOTHING;
  return markup`<g><title>${`${name} has the VIP, ${clock.span(from, to)}`}</title><rect class="vip" x="${scale.x(from)}" y="${y}" width="${scale.width(from, to)}" height="12"/>${label}</g>
`;
}

const classOf = (state: LaneSpan['state']): string => NAMES[state ?? 'STOP'];

/** Neighbours that are the same in what matters, as one. */
function joined(spans: readonly LaneSpan[], same: (a: LaneSpan, b: LaneSpan) => boolean): LaneSpan[] {
  const result: LaneSpan[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last !== undefined && same(last, span)) result[result.length - 1] = { ...last, to: span.to };
    else result.push(span);
  }
  return result;
}

/** The times in which several hosts had the VIP; milliseconds from the scenario's start. */
export function sharedTimes(lanes: readonly Lane[]): readonly { readonly from: number; readonly to: number }[] {
  const edges = lanes
    .flatMap(({ spans }) => spans.filter(({ holds }) => holds))
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .toSorted((a, b) => a.at - b.at || a.by - b.by);
  const shared: { from: number; to: number }[] = [];
  let holders = 0;
  let since = 0;
  for (const { at, by } of edges) {
    const last = shared.at(-1);
    if (holders >= 2 && last?.to === since) last.to = at;
    else if (holders >= 2 && at > since) shared.push({ from: since, to: at });
    holders += by;
    since = at;
  }
  return shared;
}
