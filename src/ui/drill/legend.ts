import { type Markup, markup } from './markup.ts';

const hatch = (id: string): Markup =>
  markup`<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="${id}-back" width="6" height="6"/><rect class="${id}-line" width="2.5" height="6"/></pattern>`;

/** Hatchings that every drawing of the page uses; drawn nowhere by itself. */
export const PATTERNS: Markup = markup`<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>${['hatch-fault', 'hatch-perhaps', 'hatch-shared', 'hatch-unseen'].map(hatch)}</defs></svg>`;

const sample = (drawing: Markup, text: string): Markup =>
  markup`<li><svg width="34" height="26" aria-hidden="true" focusable="false">${drawing}</svg> ${text}</li>
`;

const block = (kind: string): Markup => markup`<rect class="${kind}" x="1" y="5" width="32" height="16"/>`;

/** How the drawings are to be read. */
export const LEGEND: Markup = markup`<details class="legend" open><summary>How to read the drawings</summary>
<ul>
${[
  sample(markup`<path class="ok" d="M1 19h32v7h-32z"/>`, 'requests answered at once'),
  sample(markup`<path class="slow" d="M10 10h3v16h-3zM20 10h3v16h-3z"/>`, 'a request answered late'),
  sample(
    markup`<path class="failed" d="M6 0h3v26h-3zM12 0h3v26h-3zM18 0h3v26h-3zM24 0h3v26h-3z"/>`,
    'a failed request',
  ),
  sample(markup`<rect class="measured" x="1" y="9" width="32" height="8"/>`, 'the outage as measured'),
  sample(
    markup`<rect class="predicted" x="1" y="9" width="18" height="8"/><rect class="perhaps" x="19" y="9" width="14" height="8"/>`,
    'as predicted: at least, at most',
  ),
  sample(markup`<line class="limit" x1="17" x2="17" y1="2" y2="24"/>`, 'the longest outage allowed'),
  sample(block('master'), 'MASTER'),
  sample(block('backup'), 'BACKUP'),
  sample(block('fault'), 'FAULT'),
  sample(block('off'), 'keepalived not running'),
  sample(block('unseen'), 'the host could not be asked'),
  sample(markup`<rect class="vip" x="1" y="7" width="32" height="12"/>`, 'the host has the VIP'),
  sample(markup`<rect class="shared" x="1" y="1" width="32" height="24"/>`, 'two hosts have the VIP'),
  sample(
    markup`<text class="mark-fault" x="2" y="17">▼</text><text class="mark-repair" x="13" y="17">▲</text><text class="mark-ok" x="24" y="17">●</text>`,
    'fault made, restored, cluster ok',
  ),
]}</ul>
<p class="muted">Times count from the first fault. Point at a drawing for its figures, or open its tables.</p>
</details>
`;
