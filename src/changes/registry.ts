import { z } from 'zod';
import type { Ask } from '../facts/reader/subject.ts';
import { type AttributesChange, attributesKind } from './attributes.ts';
import { type CommandChange, commandKind } from './command.ts';
import { type DirectoryChange, directoryKind } from './directory.ts';
import { type FileChange, fileKind } from './file.ts';
import { type FirewallChange, firewallKind } from './firewall.ts';
import type { Fields, Kind } from './kind.ts';
import { type LinkChange, linkKind } from './link.ts';
import { type PackageChange, packageKind } from './package.ts';
import { type RecordChange, recordKind } from './record.ts';
import { type RemovalChange, removalKind } from './removal.ts';
import { type ScriptChange, scriptKind } from './script.ts';
import { type SysctlChange, sysctlKind } from './sysctl.ts';
import { type UnitChange, unitKind } from './unit.ts';
import { type WaitChange, waitKind } from './wait.ts';

/** A change of one thing on a host as data: what is recorded, saved, sealed, and told to the host program. */
export type ChangeData =
  | AttributesChange
  | CommandChange
  | DirectoryChange
  | FileChange
  | FirewallChange
  | LinkChange
  | PackageChange
  | RecordChange
  | RemovalChange
  | ScriptChange
  | SysctlChange
  | UnitChange
  | WaitChange;

type Name = ChangeData['kind'];
type Named<K extends Name> = Extract<ChangeData, { readonly kind: K }>;
/** Changes of these kinds, each tied to its name: so the compiler sees that a change gets the functions of its own kind. */
type Of<K extends Name> = { [P in K]: { readonly kind: P } & Named<P> }[K];
type Kinds = { readonly [K in Name]: Kind<Of<K>> };

/** Every kind of change, by the word that names it in records and on the host. */
export const KINDS: Kinds = {
  attributes: attributesKind,
  command: commandKind,
  directory: directoryKind,
  file: fileKind,
  firewall: firewallKind,
  link: linkKind,
  package: packageKind,
  record: recordKind,
  removal: removalKind,
  script: scriptKind,
  sysctl: sysctlKind,
  unit: unitKind,
  wait: waitKind,
};

export const changeDataShape: z.ZodType<ChangeData> = z.union(Object.values(KINDS).map(({ shape }) => shape));

export function invert<K extends Name>(change: Of<K>): Of<K> | undefined {
  const kind: Kind<Of<K>> = KINDS[change.kind];
  return kind.invert(change);
}

export function fieldsOf<K extends Name>(change: Of<K>): Fields {
  const kind: Kind<Of<K>> = KINDS[change.kind];
  return kind.fields(change);
}

/** A verb phrase: "put /etc/x in place". */
export function describe<K extends Name>(change: Of<K>): string {
  const kind: Kind<Of<K>> = KINDS[change.kind];
  return kind.describe(change);
}

/** The same for a change that takes another one back. */
export function describeBack<K extends Name>(change: Of<K>): string {
  const kind: Kind<Of<K>> = KINDS[change.kind];
  return (kind.describeBack ?? kind.describe)(change);
}

/** Whether there is something to do on the host, by its facts; undefined where they do not tell. */
export async function isDue<K extends Name>(change: Of<K>, ask: Ask): Promise<boolean | undefined> {
  const kind: Kind<Of<K>> = KINDS[change.kind];
  return kind.isDue?.(change, ask);
}

/** Milliseconds that the host may take. */
export function timeoutOf<K extends Name>(change: Of<K>): number {
  const kind: Kind<Of<K>> = KINDS[change.kind];
  return kind.timeoutMs?.(change) ?? 60_000;
}
