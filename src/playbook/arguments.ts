import { Secret } from '../inventory/secret.ts';
import type { Templates, Variables } from './liquid.ts';

const ONE_VALUE = /^\{\{-?((?:(?!\{\{|\}\}).)*)-?\}\}$/s;

/**
 * A task's arguments with their templates filled in. An argument that is one {{ value }} keeps the value's type; keys
 * named in `raw` are left as they stand.
 */
export function renderArguments(
  args: unknown,
  templates: Templates,
  variables: Variables,
  raw: readonly string[] = [],
): unknown {
  if (typeof args === 'string') {
    const single = ONE_VALUE.exec(args.trim())?.[1];
    if (single !== undefined && !single.includes('|')) return templates.evaluate(single.trim(), variables);
    return args.includes('{{') || args.includes('{%') ? templates.render(args, variables) : args;
  }
  if (Array.isArray(args)) return args.map((item) => renderArguments(item, templates, variables));
  if (typeof args === 'object' && args !== null) {
    return Object.fromEntries(
      Object.entries(args).map(([key, value]) => [
        key,
        raw.includes(key) ? value : renderArguments(value, templates, variables),
      ]),
    );
  }
  return args;
}

/** Whether a template or expression asks what system the host runs, which only the host can tell. */
export function asksOs(value: unknown): boolean {
  if (typeof value === 'string') return /\bos\b/.test(value);
  if (typeof value === 'object' && value !== null) return Object.values(value).some(asksOs);
  return false;
}

/** Whether rendered arguments would carry a secret to where it could be seen. */
export function carriesSecret(args: unknown): boolean {
  if (typeof args === 'string') return args.includes(Secret.MASK);
  if (typeof args === 'object' && args !== null) return Object.values(args).some(carriesSecret);
  return false;
}
