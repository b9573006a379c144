import type { DrillMark, DrillScenario } from '../../operate/drill/model.ts';
import type { Clock } from './clock.ts';
import { nameIn } from './figures.ts';
import { type Markup, markup, NOTHING } from './markup.ts';
import { NARROWEST, type Scale, textWidth } from './scale.ts';

/** Pixels of one row of labels. */
const ROW = 17;

/** More labels than fit into so many rows stay without text; the tables have them all. */
const MOST_ROWS = 5;

// What tells them apart without colour.
const SIGNS = { fault: '▼', repair: '▲', ok: '●' };

/** What was done and what happened: a label each, in rows where they would overlap, and a line down to `bottom`. */
export interface MarkRows {
  /** Pixels that the labels take. */
  readonly height: number;
  readonly render: (bottom: number) => Markup;
}

interface Placed {
  readonly mark: DrillMark;
  readonly text: string;
  /** undefined: there was no room for its text. */
  readonly row: number | undefined;
  readonly left: boolean;
}

/** The marks of a scenario, placed. */
export function placeMarks({ marks, cluster }: DrillScenario, scale: Scale, clock: Clock): MarkRows {
  const ends: number[] = [];
  const placed = marks
    .toSorted((a, b) => a.at - b.at)
    .map((mark): Placed => {
      const text = `${SIGNS[mark.kind]} ${nameIn(cluster, mark.host)}: ${mark.text}`;
      const x = (Math.min(mark.at, scale.duration) / scale.duration) * NARROWEST;
      const width = textWidth(text.length) + 10;
      // What would run off the right edge stands to the left of its line.
      const left = x + width > NARROWEST && x > NARROWEST / 2;
      const [from, to] = left ? [x - width, x] : [x, x + width];
      const free = ends.findIndex((end) => end <= from);
      const row = free === -1 ? ends.length : free;
      if (row >= MOST_ROWS) return { mark, text, row: undefined, left };
      ends[row] = to;
      return { mark, text, row, left };
    });
  const height = ends.length * ROW + 4;
  return {
    height,
    render: (bottom) => markup`${placed.map((one) => renderMark(one, bottom, height, scale, clock))}`,
  };
}

function renderMark(
  { mark, text, row, left }: Placed,
  bottom: number,
  height: number,
  scale: Scale,
  clock: Clock,
): Markup {
  const { kind, at } = mark;
  const x = scale.x(at);
  const top = row === undefined ? height : row * ROW + 2;
  const label =
    row === undefined
      ? NOTHING
      : markup`<text class="mark-${kind}" x="${x}" dx="${left ? -4 : 4}" y="${top + 11}"${left ? markup` text-anchor="end"` : NOTHING}>${text}</text>`;
  return markup`<g><title>${`${text}, ${clock.at(at)}`}</title><line class="line-${kind}" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>${label}</g>
`;
}
