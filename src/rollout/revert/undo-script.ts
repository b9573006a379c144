import type { Change } from '../../changes/change.ts';
import { revertLines } from '../../changes/revert.ts';
import { hostProgram } from '../../host/program.ts';

/**
 * One script that takes changes of a host back, the last one first, and has the services run with the old state. POSIX
 * sh for root, for a host that nobody may be connected to; it may be run again, after a cut too. Prints a line for each
 * thing that came back, or was left alone since somebody else changed it meanwhile. Every part is tried; exits 0 only if
 * none failed. With HAPROV_BOOT=1, before the services of this boot start, no unit is started, reloaded or waited for.
 */
export function undoScript(changes: readonly Change[]): string {
  return `# Written by haprov: takes back what a run changed on this host.
set -- changes reverting=1
exec <<'HAPROV-CHANGES'
${revertLines(changes).join('')}HAPROV-CHANGES
${hostProgram().text}`;
}
