import type { Keyword } from '../keepalived/keyword.ts';
import { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import { type ShapeFinding, valueAt } from './issues.ts';
import type { Path } from './problem.ts';

const REQUIRED: Readonly<Record<string, () => unknown>> = {
  clusters: () => ({}),
  hosts: () => ({}),
  vrrp_instances: () => ({}),
  ...Object.fromEntries(
    Object.entries<Keyword>(VRRP_INSTANCE).flatMap(([key, { needed }]) =>
      needed === undefined ? [] : [[key, () => structuredClone(needed.guess)]],
    ),
  ),
  address: () => 'unknown.invalid',
};

const MEMBERS: Readonly<Record<string, () => unknown>> = {
  clusters: () => ({ hosts: {}, vrrp_instances: {} }),
  hosts: () => 'unknown.invalid',
  track_script: () => ({}),
  virtual_ipaddress: () => '',
};

/**
 * A copy of `data` in which every value of a wrong type is left out or stands in, so that the checks of the whole can
 * look at the rest. Findings that depend on a repaired value are dropped by the reader.
 */
export function repair(data: unknown, findings: readonly ShapeFinding[]): unknown {
  const copy = structuredClone(data);
  for (const finding of findings) if (finding.hard || finding.unknown === true) replace(copy, finding.path);
  return copy;
}

function replace(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  const group = String(path.at(-2));
  const make = Object.hasOwn(MEMBERS, group)
    ? MEMBERS[group]
    : Object.hasOwn(REQUIRED, key)
      ? REQUIRED[key]
      : undefined;
  if (make === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, make());
}
