import { seconds } from '../apply/event-lines.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import type { PlannedHost } from './plan-groups.ts';

const NAMED = 10;

/** What the administrator should know of the hosts although nothing is changed about it: once for all that share it. */
export function noteLines(
  planned: readonly PlannedHost[],
  style: Style,
  options: { readonly verbose?: boolean },
): string[] {
  const all = planned.flatMap((one) => [...guardNotes(one), ...one.notes].map((note) => ({ note, host: one.host })));
  const notes = [...groupBy(all, ({ note }) => note)].map(([note, same]) => {
    const hosts = same.map(({ host }) => host);
    return `note ${nameAll(hosts, style, options.verbose === true)}: ${style.line(note)}`;
  });
  if (options.verbose === true || notes.length <= NAMED) return notes;
  return [...notes.slice(0, NAMED), `note: ${notes.length - NAMED} more (--verbose shows them)`];
}

/** Who is at work on the host, and what the last run left there. */
export function guardNotes({ guard: { lease, armed, putBack } }: PlannedHost): readonly string[] {
  const notes: string[] = [];
  if (lease !== null && lease.left > 0) {
    notes.push(
      `${lease.who} has been at "${lease.why}" for ${seconds(lease.heldFor * 1000)} (run ${lease.run}); this plan may be out of date`,
    );
  }
  if (armed !== null) {
    const what = `run ${armed.run} of ${armed.who}`;
    if (armed.state === 'rolling') notes.push(`it is putting ${what} back at this moment`);
    else if (armed.left > 0)
      notes.push(`it will put ${what} back in ${seconds(armed.left * 1000)} unless that is confirmed before`);
    else notes.push(`it is due to put ${what} back: it was not confirmed`);
  }
  if (putBack !== null) {
    const whole = putBack.ok ? '' : '; not all of it came back';
    notes.push(`it put run ${putBack.run} of ${putBack.who} back at ${putBack.at}: ${putBack.reason}${whole}`);
  }
  return notes;
}

function nameAll(hosts: readonly string[], style: Style, verbose: boolean): string {
  const shown = verbose || hosts.length <= NAMED ? hosts : hosts.slice(0, 3);
  const rest = hosts.length - shown.length;
  return `${shown.map(style.line).join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`;
}
