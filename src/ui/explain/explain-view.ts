import type { Style } from '../terminal/style.ts';
import { hanging, pad } from '../terminal/text.ts';
import type { Explanation } from './explain.ts';

const LABEL = 9;

/** Explanations for people: a heading, then labelled texts, wrapped. Ends with a newline. */
export function renderExplanations(explanations: readonly Explanation[], style: Style): string {
  const parts = explanations.map(({ title, rows }) => [
    style.bold(style.line(title)),
    ...rows.flatMap(([label, text]) => hanging(`  ${pad(label, LABEL)}`, style.line(text), style.columns, style.dim)),
  ]);
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
