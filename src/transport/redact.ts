import { Secret } from '../inventory/secret.ts';
import { quote } from './quote.ts';

const SHORT = 4;

/** Replaces secrets in text by a mask. */
export type Redactor = (text: string) => string;

/**
 * Masks every secret in a text, in the forms it takes on its way: as it is, JSON-escaped, shell-quoted, base64 (both
 * alphabets, wherever in the encoded text it begins) and URL-encoded. Longer forms first, so that a secret inside
 * another leaves no rest. A secret of fewer than four characters is masked only where it stands alone, not inside a
 * word, and not at all where it is but digits: masking each `1` or `e` would destroy the output and hide nothing.
 * Meant for texts and string values: in JSON already written, a number may be a secret's digits.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = new Set(secrets.filter((secret) => !/^\d{0,3}$/.test(secret)).flatMap(formsOf));
  if (forms.size === 0) return (text) => text;
  const sorted = [...forms].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const pattern = new RegExp(sorted.map(alternative).join('|'), 'gu');
  return (text) => text.replace(pattern, Secret.MASK);
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const shell = secret.includes('\0') ? secret : quote(secret);
  const inner = shell.startsWith("'") ? shell.slice(1, -1) : shell;
  // encodeURIComponent throws on half a surrogate pair.
  const url = Buffer.from(secret).toString() === secret ? encodeURIComponent(secret) : secret;
  const form = url.replaceAll('%20', '+');
  return [secret, json, JSON.stringify(json).slice(1, -1), shell, inner, url, form, ...base64Forms(secret)];
}

/** The characters of a base64 text that this secret alone decides, for each of the three places it may begin at. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, '')];
  for (const offset of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    const own = text.slice(first, last);
    // Fewer characters say nothing about a secret and would mask ordinary words.
    if (own.length >= 8) forms.push(own);
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function alternative(form: string): string {
  const literal = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return form.length < SHORT ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal;
}
