import { GUARD_SHELL, parseRecord } from '../../facts/state/guard-records.ts';
import { STATE_DIRECTORY } from '../../facts/state/state-directory.ts';
import { decodeValue } from '../../host/encode.ts';
import { LostConnectionError, RunTimeoutError } from '../../transport/errors.ts';
import type { Session } from '../../transport/session.ts';
import type { RunIdentity } from '../lease/identity.ts';
import { SwitchError } from './errors.ts';
import { SWITCH_SHELL } from './records.ts';

/**
 * Confirms the new state of a host, through a connection that was made after the change. One round trip. What a lost
 * answer said is found out by calling it again, through a next connection. Throws SwitchError where the host has put its
 * old state back, or is at it.
 */
export async function confirm(fresh: Session, identity: RunIdentity): Promise<void> {
  const facts = { host: fresh.host.id, action: 'confirm the new state' };
  const { code, stdout, stderr } = await fresh.run(confirmScript(identity));
  const [said, ...lines] = stdout.trim().split('\n');
  if (code === 0 && said === 'confirmed') return;
  if (said === 'rolling') throw new SwitchError('rolling', 'the host is putting its old state back', facts);
  if (said === 'put-back') {
    const reason = decodeValue(parseRecord(lines)['reason'] ?? '');
    throw new SwitchError('put-back', `the host has put its old state back: ${reason}`, facts);
  }
  if (said === 'busy') throw new SwitchError('busy', 'a script of this run is still at work on the host', facts);
  if (said === 'none') throw new SwitchError('none', 'nothing is armed by this run', facts);
  throw new SwitchError('none', stderr.trim().split('\n')[0] || `exit status ${code}`, { ...facts, evidence: stderr });
}

/**
 * As `confirm`, making the connections itself, each a new one: where the answer is lost it asks the next one what has
 * become of it. Throws what `connect` throws.
 */
export async function confirmThrough(
  connect: () => Promise<Session>,
  identity: RunIdentity,
  attempts = 3,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const session = await connect();
    try {
      return await confirm(session, identity);
    } catch (error) {
      const lost = error instanceof LostConnectionError || error instanceof RunTimeoutError;
      if (!lost || attempt >= attempts) throw error;
    } finally {
      session.close();
    }
  }
}

/**
 * Renames `armed` to `confirmed` under flock, on disk before it says so; then nothing is left to watch. `confirmed` stays,
 * for who asks again. With it goes what an earlier run left behind: this host's state is known to be good.
 */
export function confirmScript({ token, run }: RunIdentity): string {
  return `[ -d ${STATE_DIRECTORY}/switch ] || { echo none; exit 0; }
umask 077
${GUARD_SHELL}
${SWITCH_SHELL}
exec 9>>"$guard_dir/lock"
flock -w 20 9 || { echo busy; exit 0; }
done=
if guard_load "$guard_switch/armed" && [ "$r_token" = ${token} ]; then
  mv -fT -- "$guard_switch/armed" "$guard_switch/confirmed" 2>/dev/null && sync "$guard_switch" && done=1
fi
if [ -n "$done" ]; then :
elif [ -e "$guard_switch/rolling" ]; then echo rolling
elif guard_load "$guard_switch/put-back" && [ "$r_run" = ${run} ]; then
  echo put-back
  echo "reason=$r_reason"
elif guard_load "$guard_switch/confirmed" && [ "$r_token" = ${token} ]; then done=1
else echo none
fi
[ -n "$done" ] || exit 0
switch_clear
rm -f -- "$guard_switch/put-back" "$guard_switch/log"
systemctl stop --no-block "haprov-switch-$r_arm.service" >/dev/null 2>&1
echo confirmed`;
}
