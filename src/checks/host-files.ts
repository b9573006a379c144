import { CHECK_KINDS } from './registry.ts';
import { dropInPath, SERVICE_ROWS } from './services.ts';

/** A file that haprov writes on hosts for a check or for a service. */
export interface HostFile {
  readonly path: string;
  /** Its name among a playbook's `paths`. */
  readonly variable: string;
  /** The unit that has to be reloaded when it goes. */
  readonly unit?: string;
}

/** Of every kind and service: scripts of checks, pages for them, settings of units. */
export const SERVICE_FILES: readonly HostFile[] = [
  ...CHECK_KINDS.flatMap(({ kind, script }) =>
    script === undefined ? [] : [{ path: script.dest, variable: `check${capital(kind)}` }],
  ),
  ...SERVICE_ROWS.flatMap((row) =>
    'health' in row ? [{ path: row.health.dest, variable: `${row.unit}Health`, unit: row.unit }] : [],
  ),
  ...SERVICE_ROWS.map((row) => ({ path: dropInPath(row), variable: `${row.unit}DropIn`, unit: row.unit })),
];

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
