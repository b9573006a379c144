import type { Change } from '../../tasks/change.ts';
import { settleScript } from './settle-unit.ts';

/**
 * One script that takes changes of a host back, the last one first, and has the services run with the old state. POSIX
 * sh for root, for a host that nobody may be connected to; it may be run again, after a cut too. Prints a line for each
 * thing that came back, or was left alone since somebody else changed it meanwhile. Every part is tried; exits 0 only if
 * none failed. With HAPROV_BOOT=1, before the services of this boot start, no unit is started, reloaded or waited for.
 */
export function undoScript(changes: readonly Change[]): string {
  const fragments = changes.toReversed().flatMap(({ undo }) => (undo === undefined ? [] : [undo.script]));
  const units = [...new Set(changes.flatMap(({ unit }) => unit ?? []))];
  const settled = units.flatMap((unit) => settleScript(unit, changes) ?? []);
  return `# Written by haprov: takes back what a run changed on this host.
set -u
PATH=\${PATH:-}:/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL
failed=0
${fragments.map(part).join('')}timeout 60 systemctl daemon-reload </dev/null || failed=1
${settled.map(part).join('')}[ "$failed" -eq 0 ] || echo "not all of it came back" >&2
exit "$failed"
`;
}

/** In a shell of its own, and outside any condition: within one, the part's \`set -e\` would have no effect. */
function part(script: string): string {
  return `(
${script}
) </dev/null
[ $? -eq 0 ] || failed=1
`;
}
