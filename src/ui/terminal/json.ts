import type { Redact } from './text.ts';

// Words of the contract and names of the inventory, never content: a secret that happens to be "changed" must not break a consumer.
const FIXED = new Set(['event', 'status', 'time', 'action', 'phase', 'severity', 'rule', 'verdict', 'host', 'cluster']);

/** A value as one line of JSON; every text in it is masked before it is encoded. */
export function jsonLine(value: unknown, redact: Redact): string {
  return `${escapeControls(JSON.stringify(value, masking(redact)))}\n`;
}

/** A value as an indented JSON document; every text in it is masked before it is encoded. */
export function jsonDocument(value: unknown, redact: Redact): string {
  return `${escapeControls(JSON.stringify(value, masking(redact), 2))}\n`;
}

function masking(redact: Redact): (key: string, value: unknown) => unknown {
  return (key, value) => (typeof value === 'string' && !FIXED.has(key) ? redact(value) : value);
}

// JSON leaves DEL and the C1 controls as they are, and terminals act on them.
function escapeControls(json: string): string {
  return json.replace(/(?![\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
