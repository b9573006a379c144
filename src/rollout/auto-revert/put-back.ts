import { GUARD_SHELL, parseRecord } from '../../facts/state/guard-records.ts';
import { STATE_DIRECTORY } from '../../facts/state/state-directory.ts';
import { decodeValue, encodeValue } from '../../host/encode.ts';
import type { Session } from '../../transport/session.ts';
import { isFenced } from '../lease/fence.ts';
import type { RunIdentity } from '../lease/identity.ts';
import { SwitchError } from './errors.ts';
import { SWITCH_SHELL } from './records.ts';

export interface PutBack {
  /** Whether all of it came back. */
  readonly ok: boolean;
  /** Why it was put back: ours, or the host's own where it was first. */
  readonly reason: string;
  /** What the undo printed; its end where that is long. */
  readonly detail: string;
}

/** A watcher that is already at it is waited for; services take their time. */
const PUT_BACK_MS = 900_000;

/**
 * Puts the old state back now, through whichever connection works, or waits for the host that does so already. Afterwards
 * the fence lets this run's scripts through again, for clearing up. Throws SwitchError where nothing was armed by this run.
 */
export async function putBack(session: Session, identity: RunIdentity, reason: string): Promise<PutBack> {
  // Under the fence it would wait for itself.
  const open = isFenced(session) ? session.unfenced : session;
  const { code, stdout, stderr } = await open.run(putBackScript(identity, reason), { timeoutMs: PUT_BACK_MS });
  const facts = { host: session.host.id, action: 'put the old state back', evidence: stderr };
  const [said, ...rest] = stdout.split('\n');
  if (code === 0 && said === 'put-back') {
    const log = rest.indexOf('[log]');
    const record = parseRecord(rest.slice(0, log));
    return {
      ok: record['ok'] === '1',
      reason: decodeValue(record['reason'] ?? ''),
      detail: rest
        .slice(log + 1)
        .join('\n')
        .trim(),
    };
  }
  if (said === 'none') throw new SwitchError('none', 'nothing is armed by this run', facts);
  throw new SwitchError('rolling', stderr.trim().split('\n')[0] || 'the host did not come to an end with it', facts);
}

export function putBackScript({ token, run }: RunIdentity, reason: string): string {
  return `[ -d ${STATE_DIRECTORY}/switch ] || { echo none; exit 0; }
umask 077
${GUARD_SHELL}
${SWITCH_SHELL}
if { guard_load "$guard_switch/armed" || guard_load "$guard_switch/rolling"; } && [ "$r_token" = ${token} ]; then
  switch_roll ${token} ${encodeValue(reason)} || { echo "the host did not come to an end with it" >&2; exit 1; }
fi
guard_load "$guard_switch/put-back" && [ "$r_run" = ${run} ] || { echo none; exit 0; }
# One at a time, and not while the host writes it: they would tear each other's record.
exec 8>>"$guard_dir/rollback"
if flock -w 60 8; then
  guard_save "$guard_switch/put-back" "arm=$r_arm" "run=$r_run" "who=$r_who" "at=$r_at" "reason=$r_reason" "ok=$r_ok" seen=1
fi
exec 8>&-
printf '%s\\n' put-back "ok=$r_ok" "reason=$r_reason" '[log]'
[ ! -f "$guard_switch/log" ] || tail -c 4000 "$guard_switch/log"`;
}
