import { randomBytes } from 'node:crypto';
import { HaprovError } from '../../errors.ts';
import { type GuardFact, parseGuard } from '../../facts/state/guard.ts';
import { GUARD_SHELL } from '../../facts/state/guard-records.ts';
import { encodeValue } from '../../host/encode.ts';
import { quote } from '../../transport/quote.ts';
import type { Session } from '../../transport/session.ts';
import { SWITCH_SHELL } from '../auto-revert/records.ts';
import type { RunIdentity } from './identity.ts';

export interface LeaseTimes {
  /** How long a lease is good for. */
  readonly seconds: number;
  /** How often it is renewed, in milliseconds. */
  readonly renewMs: number;
  /** How often a host that is locked is asked again, in milliseconds. */
  readonly pollMs: number;
}

export const LEASE: LeaseTimes = { seconds: 60, renewMs: 20_000, pollMs: 1000 };

/**
 * What came of asking for a host's lease. stale: it is not in the state that was expected. rolled: changes of a run that
 * nobody confirmed were put back first. busy: some script holds the lock itself.
 */
export type Taken =
  | { readonly verdict: 'taken'; readonly stale: boolean; readonly rolled: boolean }
  | { readonly verdict: 'held' | 'busy'; readonly guard: GuardFact };

/** What may be taken over: nothing that lives, the lease with this token, or any. */
export type Force = { readonly token: string } | 'any' | 'none';

/** The host could not be locked, for another reason than somebody else's lock. */
export class LockError extends HaprovError {
  override readonly name = 'LockError';
}

/** Putting back what a dead run left takes as long as its services do. */
const TAKE_MS = 900_000;

/** Asks once for the lease of a host, in one round trip. A repetition by the same run finds it taken. */
export async function takeLease(
  session: Session,
  identity: RunIdentity,
  expected: string,
  force: Force,
  times: LeaseTimes,
): Promise<Taken> {
  const result = await session.run(takeScript(identity, expected, force, times), { timeoutMs: TAKE_MS });
  const [verdict, stale, rolled] = (result.stdout.split('\n')[0] ?? '').split(' ');
  if (result.code === 0 && verdict === 'taken') return { verdict, stale: stale === '1', rolled: rolled === '1' };
  if (result.code === 0 && (verdict === 'held' || verdict === 'busy')) {
    return { verdict, guard: parseGuard(result.stdout) };
  }
  throw new LockError(result.stderr.trim().split('\n')[0] || `exit status ${result.code}`, {
    host: session.host.id,
    action: 'take the lock',
    evidence: result.stderr,
  });
}

/**
 * Under flock: refuses where a living run holds the lease, puts back what another run left armed, writes the lease and a
 * new generation. The generation that it found is kept in the lease, for who gives it back unused.
 */
export function takeScript(identity: RunIdentity, expected: string, force: Force, times: LeaseTimes): string {
  const { run, token, who, why, process } = identity;
  const over = typeof force === 'string' ? force : force.token;
  return `umask 077
${GUARD_SHELL}
${SWITCH_SHELL}
fail() { echo "$1" >&2; exit 1; }
[ -d "$guard_dir" ] || mkdir -m 700 -- "$guard_dir" 2>/dev/null || [ -d "$guard_dir" ] || fail "$guard_dir cannot be made"
[ ! -L "$guard_dir" ] && [ -O "$guard_dir" ] || fail "$guard_dir is not a directory of root's own"
exec 9>>"$guard_dir/lock"
flock -w 5 9 || { echo busy; guard_dump; exit 0; }
guard_clock
before=
[ ! -f "$guard_dir/generation" ] || IFS= read -r before <"$guard_dir/generation" || :
guard_load "$guard_dir/lease" || :
again= stale=0 rolled=0 since=$guard_now
if [ "$r_token" = ${token} ] && [ "$r_boot" = "$guard_boot" ]; then
  again=1 before=$r_before since=$r_since
elif guard_living; then
  case ${quote(over)} in any | "$r_token") ;; *) echo held; guard_dump; exit 0 ;; esac
fi
[ "$before" = ${quote(expected)} ] || stale=1
if { guard_load "$guard_switch/armed" || guard_load "$guard_switch/rolling"; } && [ "$r_run" != ${run} ]; then
  stale=1 rolled=1
  export HAPROV_LOCKED=1
  switch_roll any ${encodeValue(`${who} took the host over`)} || fail "the host could not put back what run $r_run left"
fi
[ -e "$guard_switch/armed" ] || [ -e "$guard_switch/rolling" ] || switch_clear
guard_clock
guard_save "$guard_dir/lease" token=${token} run=${encodeValue(run)} who=${encodeValue(who)} why=${encodeValue(why)} \\
  process=${encodeValue(process)} "boot=$guard_boot" "since=$since" "until=$((guard_now + ${times.seconds}))" "before=$before" ||
  fail "the lease could not be written"
if [ -z "$again" ]; then
  guard_save "$guard_dir/generation" ${encodeValue(run)}.${randomBytes(4).toString('hex')} || fail "the generation could not be written"
  sync "$guard_dir/generation" "$guard_dir"
fi
echo "taken $stale $rolled"`;
}
