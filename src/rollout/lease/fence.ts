import { randomBytes } from 'node:crypto';
import { parseGuard } from '../../facts/state/guard.ts';
import { GUARD_SHELL } from '../../facts/state/guard-records.ts';
import type { Session } from '../../transport/session.ts';
import { FencedError, type FenceReason } from './errors.ts';
import type { RunIdentity } from './identity.ts';
import { PROLONG_SHELL } from './lease.ts';

/** A session whose scripts run only while the host is this run's to work on; they run as root. */
export interface FencedSession extends Session {
  /** The same connection without the fence: for reading, and for what has to work when the lock is lost. */
  readonly unfenced: Session;
}

export function isFenced(session: Session): session is FencedSession {
  return 'unfenced' in session;
}

const RUN_MS = 60_000;

/** Puts a fence around a session. `onUse` is called before each script. */
export function fenceSession(
  session: Session,
  identity: RunIdentity,
  leaseSeconds: number,
  onUse: () => void,
): FencedSession {
  return {
    host: session.host,
    unfenced: session,
    run: async (script, options = {}) => {
      onUse();
      const mark = `haprov-fence-${randomBytes(9).toString('hex')}`;
      const scriptSeconds = Math.ceil((options.timeoutMs ?? RUN_MS) / 1000);
      const result = await session.run(
        fenceScript({ script, mark, identity, leaseSeconds, scriptSeconds, waitSeconds: 30 }),
        options,
      );
      const at = result.stderr.indexOf(`${mark} `);
      if (at < 0) return result;
      const refusal = result.stderr.slice(at + mark.length + 1);
      throw new FencedError(session.host.id, reasonOf(refusal), parseGuard(refusal), identity.token);
    },
    close: () => session.close(),
  };
}

function reasonOf(refusal: string): FenceReason {
  return refusal.startsWith('busy') ? 'busy' : refusal.startsWith('put-back') ? 'put-back' : 'lost';
}

export interface Fence {
  readonly script: string;
  /** What a refusal on standard error begins with; nothing that the script itself can print. */
  readonly mark: string;
  readonly identity: RunIdentity;
  readonly leaseSeconds: number;
  /** How long the script may take. */
  readonly scriptSeconds: number;
  /** How long to wait for a script that is still at work. */
  readonly waitSeconds: number;
}

/**
 * The script under flock, if the lease is ours and not over. While it works nobody can look at the lease, however long
 * that takes; the lease is prolonged before the lock is let go, so that whoever gets it next finds a living one. An
 * armed switch gets time for the script, and its whole time after it. A host that has put itself back unseen is refused.
 * The script's own children do not hold the lock: what they leave running would hold it for ever. Signals that end the
 * script leave the shell around it, which holds the lock until the script is over.
 */
export function fenceScript(fence: Fence): string {
  const { script, mark, identity, leaseSeconds, scriptSeconds, waitSeconds } = fence;
  const { token, run } = identity;
  const margin = Math.floor(leaseSeconds / 3);
  return `umask 077
${GUARD_SHELL}
${PROLONG_SHELL}
guard_refuse() { { echo "${mark} $1"; guard_dump; } >&2; exit 75; }
guard_renew() { [ $((r_until - guard_now)) -ge ${leaseSeconds - margin} ] || guard_prolong ${leaseSeconds}; }
guard_armed() { guard_load "$guard_switch/armed" && [ "$r_token" = ${token} ] && guard_deadline; }
guard_extend() { guard_save "$guard_switch/deadline" "$r_arm $1"; }
[ -d "$guard_dir" ] || guard_refuse lost
exec 9>>"$guard_dir/lock"
flock -w ${waitSeconds} 9 || guard_refuse busy
guard_clock
[ ! -e "$guard_switch/rolling" ] || guard_refuse put-back
! guard_load "$guard_switch/put-back" || [ "$r_run" != ${run} ] || [ -n "$r_seen" ] || guard_refuse put-back
guard_load "$guard_dir/lease" && guard_living && [ "$r_token" = ${token} ] || guard_refuse lost
guard_renew || exit 1
guard_given=
if guard_armed; then
  guard_given=$((guard_now + (r_seconds > ${scriptSeconds} ? r_seconds : ${scriptSeconds})))
  if [ "$guard_given" -gt "$guard_until" ]; then guard_extend "$guard_given" || exit 1; else guard_given=; fi
fi
trap : HUP INT TERM
(
umask 022
${script}
) 9>&-
guard_code=$?
{
  guard_clock
  if guard_load "$guard_dir/lease" && [ "$r_token" = ${token} ]; then guard_renew; fi
  if guard_armed && [ "$guard_until" = "$guard_given" ]; then guard_extend $((guard_now + r_seconds)); fi
} 2>/dev/null
exit "$guard_code"`;
}
