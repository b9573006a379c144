import { visible } from '../terminal/text.ts';

/** A piece of HTML, SVG or XML that is safe as it stands. Only `markup` and `trusted` make it. */
export interface Markup {
  readonly markup: string;
}

type Value = string | number | Markup | readonly Markup[];

/** Markup as it stands in the source; what is put in is escaped, unless it is markup itself. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return {
    markup: parts.map((part, index) => part + (index < values.length ? rendered(values[index] ?? '') : '')).join(''),
  };
}

/** Text of our own that is markup already, such as a style sheet. Never text from outside. */
export function trusted(text: string): Markup {
  return { markup: text };
}

/** Nothing. */
export const NOTHING: Markup = { markup: '' };

/**
 * Text for an element's content or a quoted attribute, in HTML, SVG and XML 1.0: the five characters that mean something
 * as references, and what no document may hold or what would act on a reader (controls, reordering) as \x1b or \u{202e}.
 */
export function escapeText(text: string): string {
  return visible(text)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
    .replace(/[&<>"']/g, (character) => REFERENCES[character] ?? character);
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function rendered(value: Value): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeText(value);
  return 'markup' in value ? value.markup : value.map((one) => one.markup).join('');
}
