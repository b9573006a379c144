import type { DrillScenario } from '../../operate/drill/model.ts';
import type { Clock } from './clock.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import { type RequestRun, runsOf, usualGap } from './requests.ts';
import type { Scale } from './scale.ts';

/** Pixels: the height of the track. */
export const TRACK_HEIGHT = 26;

/** Where a bar begins, in pixels from the track's top: failures are tall, slow answers half, others low. */
const TOP = { ok: 19, slow: 10, failed: 0 };

/**
 * The client's requests: runs of good ones as one bar, every slow and every failed one by itself. They are told apart by
 * their height as well as by their colour. One path for each kind, so that thousands stay quick.
 */
export function renderRequests(scenario: DrillScenario, y: number, scale: Scale, clock: Clock): Markup {
  const runs = runsOf(scenario.requests);
  const width = Math.max(1, Math.round(usualGap(scenario.requests) * 0.8));
  const path = (kind: RequestRun['kind']): Markup => {
    const d = runs.filter((run) => run.kind === kind).map((run) => shapes(run, width));
    return d.length === 0 ? NOTHING : markup`<path class="${kind}" d="${d.join('')}"/>`;
  };
  const lost = runs.filter(({ kind }) => kind !== 'ok');
  return markup`<line class="rail" x1="0" x2="100%" y1="${y + TRACK_HEIGHT}" y2="${y + TRACK_HEIGHT}"/>
<svg x="0" y="${y}" width="100%" height="${TRACK_HEIGHT}" viewBox="0 0 ${scale.duration} ${TRACK_HEIGHT}" preserveAspectRatio="none">${path('ok')}${path('slow')}${path('failed')}</svg>
${lost.map((run) => hover(run, y, scale, clock))}`;
}

function shapes({ kind, requests, from, to }: RequestRun, width: number): string {
  if (kind === 'ok') return shape(from, to - from, TOP.ok);
  return requests.map(({ at }) => shape(at, width, TOP[kind])).join('');
}

const shape = (at: number, width: number, top: number): string =>
  `M${Math.round(at)} ${top}h${Math.round(width)}V${TRACK_HEIGHT}h${-Math.round(width)}z`;

/** A run in words: "75 requests failed, 0.00s to +3.71s: connection refused". */
export function runText({ kind, requests, from, to }: RequestRun, clock: Clock): string {
  const [first] = requests;
  const what = kind === 'ok' ? 'answered' : kind;
  const count = requests.length === 1 ? '1 request' : `${requests.length} requests`;
  const errors = [...new Set(requests.flatMap(({ error }) => error ?? []))];
  const why = kind === 'slow' ? `: up to ${Math.round(Math.max(...requests.map(({ ms }) => ms)))} ms` : '';
  const when = requests.length === 1 ? clock.at(first?.at ?? from) : clock.span(from, to);
  return `${count} ${what}, ${when}${why}${errors.length === 0 ? '' : `: ${errors.join('; ')}`}`;
}

function hover(run: RequestRun, y: number, scale: Scale, clock: Clock): Markup {
  return markup`<rect class="hover" x="${scale.x(run.from)}" y="${y}" width="${scale.width(run.from, run.to)}" height="${TRACK_HEIGHT}"><title>${runText(run, clock)}</title></rect>
`;
}
