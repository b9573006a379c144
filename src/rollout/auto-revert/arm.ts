import { createHash, randomBytes } from 'node:crypto';
import { GUARD_SHELL } from '../../facts/state/guard-records.ts';
import { encodeValue } from '../../host/encode.ts';
import type { Session } from '../../transport/session.ts';
import type { RunIdentity } from '../lease/identity.ts';
import { SwitchError } from './errors.ts';
import { BOOT_UNIT, BOOT_UNIT_TEXT, SWITCH_SHELL } from './records.ts';
import { watcherScript } from './watcher.ts';

export interface SwitchSettings {
  /** How long the host waits for the confirmation, or for a next script under the fence. */
  readonly seconds: number;
  /**
   * A whole sh script, run as root without standard input: takes back all that will be changed, exits 0 when the old state
   * is there again. May be run again. With HAPROV_BOOT=1 it runs at boot, before keepalived: it puts files back then,
   * and starts and reloads nothing.
   */
  readonly undo: string;
}

/**
 * Arms the dead man's switch of a host, through a fenced session: keeps the undo and the firewall, and starts a watcher
 * that was seen alive when this returns. One round trip. Throws SwitchError where the host cannot guard itself.
 */
export async function arm(session: Session, identity: RunIdentity, settings: SwitchSettings): Promise<void> {
  const undo = Buffer.from(settings.undo);
  const { code, stdout, stderr } = await session.run(armScript(identity, settings), { stdin: undo });
  const said = stdout.trim().split('\n').at(-1);
  if (code === 0 && said === 'armed') return;
  const lines = stderr.trim().split('\n');
  throw new SwitchError('refused', lines[0] || `exit status ${code}`, {
    host: session.host.id,
    action: "arm the dead man's switch",
    evidence: lines.slice(1).join('\n'),
    next: 'Nothing was activated. See to it that systemd-run and flock work on the host, and run again.',
  });
}

/**
 * All that guards lies on disk before `armed` does. The watcher is a service and no timer: those may be late by a minute
 * and are set again by a daemon-reload. Where an old systemd does not know a property, the plain service will do.
 */
export function armScript(identity: RunIdentity, { seconds, undo }: SwitchSettings): string {
  const id = randomBytes(4).toString('hex');
  const { token, run, who } = identity;
  const unit = `haprov-switch-${id}.service`;
  const hash = createHash('sha256').update(undo).digest('hex');
  return `umask 077
${GUARD_SHELL}
${SWITCH_SHELL}
fail() { echo "$1" >&2; exit 1; }
for tool in systemd-run flock timeout sha256sum; do command -v "$tool" >/dev/null || fail "$tool is not there"; done
[ ! -e "$guard_switch/armed" ] && [ ! -e "$guard_switch/rolling" ] || fail "it is armed already"
{ [ -d "$guard_switch" ] || mkdir "$guard_switch"; } && switch_clear && mkdir "$guard_switch/firewall" || exit 1
rm -f -- "$guard_switch/confirmed" "$guard_switch/log"
cat >"$guard_switch/undo" || exit 1
h=$(sha256sum <"$guard_switch/undo")
[ "\${h%% *}" = ${hash} ] || fail "the undo did not arrive whole"
cat >"$guard_switch/watcher" <<'HAPROV-WATCHER' || exit 1
${watcherScript()}
HAPROV-WATCHER
sh "$guard_switch/watcher" save || fail "the firewall could not be kept"
(umask 022; cat >${BOOT_UNIT}.tmp) <<'HAPROV-UNIT' && mv -fT -- ${BOOT_UNIT}.tmp ${BOOT_UNIT} && switch_enable || exit 1
${BOOT_UNIT_TEXT}HAPROV-UNIT
find "$guard_switch" -exec sync {} + && sync "$guard_dir" || exit 1
guard_clock
printf '%s\\n' token=${token} run=${encodeValue(run)} who=${encodeValue(who)} arm=${id} "boot=$guard_boot" \\
  seconds=${seconds} "deadline=$((guard_now + ${seconds}))" >"$guard_switch/armed.tmp" &&
  sync "$guard_switch/armed.tmp" && mv -fT -- "$guard_switch/armed.tmp" "$guard_switch/armed" && sync "$guard_switch" || exit 1
systemd-run --quiet --collect --unit=${unit} --description="haprov: put the old state back unless confirmed" \\
  -p Restart=on-failure -p RestartSec=200ms -p StartLimitIntervalSec=0 -p OOMScoreAdjust=-900 \\
  /bin/sh "$guard_switch/watcher" watch ${id} 2>/dev/null ||
  systemd-run --quiet --unit=${unit} -p Restart=on-failure /bin/sh "$guard_switch/watcher" watch ${id}
tries=0
until read -r seen 2>/dev/null <"$guard_switch/heartbeat" && [ "$seen" = ${id} ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 200 ]; then
    rm -f -- "$guard_switch/armed"
    switch_clear
    echo "the watcher did not start" >&2
    systemctl stop ${unit} 2>&1
    journalctl -u ${unit} -n 8 --no-pager -o cat >&2 2>/dev/null
    exit 1
  fi
  sleep 0.05
done
echo armed`;
}

/**
 * Moves the deadline to `seconds` from now, through a fenced session. Each fenced script moves it by itself as well; this
 * is for a long wait without any. Throws SwitchError where nothing is armed by this run any more.
 */
export async function prolong(session: Session, identity: RunIdentity, seconds: number): Promise<void> {
  const { code, stderr } = await session.run(prolongScript(identity, seconds), { timeoutMs: 10_000 });
  if (code === 0) return;
  throw new SwitchError('none', stderr.trim() || `exit status ${code}`, {
    host: session.host.id,
    action: "move the deadline of the dead man's switch",
  });
}

export function prolongScript({ token }: RunIdentity, seconds: number): string {
  return `umask 077
${GUARD_SHELL}
guard_load "$guard_switch/armed" && [ "$r_token" = ${token} ] || { echo "nothing is armed by this run" >&2; exit 1; }
guard_save "$guard_switch/deadline" "$r_arm $((guard_now + ${seconds}))"`;
}
