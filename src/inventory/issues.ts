import type { z } from 'zod';
import { knownKeys } from '../keepalived/fields.ts';
import { keysWhere } from '../keepalived/keyword.ts';
import { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import { nearest, unknownKey } from './known-words.ts';
import type { Finding, Path } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** A finding about the shape of a value. `hard`: the value is not of the type that it ought to have. */
export interface ShapeFinding extends Finding {
  readonly hard: boolean;
  /** An unknown key: it can be left out of what the other checks look at. */
  readonly unknown?: boolean;
}

/** The schema's complaints about `data`, in plain words. */
export function explainIssues(issues: readonly Issue[], data: unknown): ShapeFinding[] {
  return issues.flatMap((issue) => explain(issue, [], data));
}

function explain(issue: Issue, above: Path, data: unknown): ShapeFinding[] {
  const path = [...above, ...issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)))];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.message);
    return issue.keys.map((key) => {
      return {
        path: [...path, key],
        at: 'key',
        severity: 'error',
        hard: false,
        unknown: true,
        ...unknownKey(key, known),
      };
    });
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => explain(inner, path, data));
  }
  const written = valueAt(data, path);
  const message = describe(path, issue, written);
  const missing = written === undefined;
  const soft = ['too_small', 'too_big', 'invalid_format', 'custom'].includes(issue.code);
  const rule = missing ? 'missing-key' : !soft ? 'type' : issue.code.startsWith('too_') ? 'range' : 'format';
  return [{ path, severity: 'error', rule, message, hard: !soft }];
}

/** Of a union's branches the one that the value was meant for: it alone is of the right type. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter((branch) =>
    branch.every((issue) => issue.code !== 'invalid_type' || issue.path.length > 0),
  );
  const [best, second] = [...fitting].sort((a, b) => a.length - b.length);
  return best !== undefined && (second === undefined || best.length < second.length) ? best : undefined;
}

function describe(path: Path, issue: Issue, written: unknown): string {
  const subject = label(path);
  if (written === undefined) return `${subject} is missing: it ${issue.message}`;
  if (path.some((segment) => SECRETS.has(String(segment)))) return `${subject} ${issue.message}${secretHint(written)}`;
  // A password or a webhook that was written one level too high is not repeated either.
  const value = BESIDE_SECRETS.has(String(path.at(-1))) && typeof written === 'string' ? '' : `, not ${show(written)}`;
  return `${subject} ${issue.message}${value}${advice(issue, written)}`;
}

const SECRETS = new Set([
  ...keysWhere(VRRP_INSTANCE, ({ kind }) => kind.type === 'password'),
  'password',
  'identity_passphrase',
  'slack_webhook',
]);
const BESIDE_SECRETS = new Set(['become', 'notify', 'ssh']);

function secretHint(written: unknown): string {
  return typeof written === 'number' ? '; a number in quotes' : '';
}

function advice(issue: Issue, written: unknown): string {
  const numeric = issue.message.includes(' number ');
  if (numeric && typeof written === 'string' && /^-?\d+(\.\d+)?$/.test(written)) return '; write it without quotes';
  if (issue.message.startsWith('must be true') && typeof written === 'string') {
    const word = written.toLowerCase();
    if (['yes', 'on', 'true', 'y'].includes(word)) return '; write true';
    if (['no', 'off', 'false', 'n'].includes(word)) return '; write false';
  }
  if (issue.code === 'invalid_value' && typeof written === 'string') {
    const near = nearest(written, issue.values.map(String));
    return near === undefined ? '' : `; did you mean '${near}'?`;
  }
  if (issue.message.includes('without user') && typeof written === 'string' && /^[^@]+@[^@]+$/.test(written))
    return '; write ssh: { user: … } beside it';
  return '';
}

const PER_HOST = new Set(keysWhere(VRRP_INSTANCE, ({ perHost }) => perHost !== undefined));
const KINDS: Readonly<Record<string, string>> = {
  clusters: 'cluster',
  hosts: 'host',
  vrrp_instances: 'instance',
  ...Object.fromEntries(keysWhere(VRRP_INSTANCE, ({ kind }) => kind.type === 'checks').map((key) => [key, 'check'])),
};

/** A path in a reader's words: "priority of lb1", "cluster web", "interval". */
export function label(path: Path): string {
  const words = path.filter((segment) => typeof segment === 'string');
  const last = words.at(-1);
  const parent = words.at(-2);
  if (last === undefined) return 'the inventory';
  if (parent !== undefined && PER_HOST.has(parent)) return `${parent} of ${last}`;
  const kind = parent !== undefined && Object.hasOwn(KINDS, parent) ? KINDS[parent] : undefined;
  return kind === undefined ? last : `${kind} ${last}`;
}

/** A value as a message quotes it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`.replace(/\p{Cc}/gu, '?');
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  return typeof value === 'object' ? 'a map' : String(value);
}

export function valueAt(data: unknown, path: Path): unknown {
  let value: unknown = data;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = Reflect.get(value, segment) as unknown;
  }
  return value;
}
