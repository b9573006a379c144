import { GUARD_SHELL } from '../../facts/state/guard-records.ts';
import { FIREWALL_SHELL } from './firewall.ts';
import { SWITCH_SHELL } from './records.ts';

/**
 * What the host runs by itself: `save` keeps the firewall; `watch ARM` waits for the deadline of that arming; `boot` is
 * for after a reboot; `now TOKEN REASON` puts back at once.
 *
 * Whoever puts back renames `armed` to `rolling`, as haprov renames it to `confirmed`: only one of them finds it. Both do
 * so under flock; where a script hangs that holds it, the host does not wait for long, and puts back once more when the
 * script is over, since that may have gone on writing. Only one process puts back at a time (`rollback` is its lock, taken
 * after flock, never before it), and a next one goes on where it was killed. Its deadlines are uptime, never a clock.
 */
export function watcherScript(): string {
  return `#!/bin/sh
# Written by haprov: puts the old state back unless the new one is confirmed.
umask 077
export LC_ALL=C
${GUARD_SHELL}
${SWITCH_SHELL}
${FIREWALL_SHELL}
due() {
  case $mode in
    now) [ "$1" = any ] || [ "$r_token" = "$1" ] ;;
    boot) [ "$r_boot" != "$guard_boot" ] ;;
    watch) [ "$r_arm" = "$1" ] && guard_clock && guard_deadline && [ "$guard_now" -ge "$guard_until" ] ;;
  esac
}
back() {
  ok=1
  fw_restore "$guard_switch/firewall" "$guard_switch/now" 8>&- 9>&- || ok=0
  (umask 022; timeout -k 10 300 sh "$guard_switch/undo") </dev/null 8>&- 9>&- || ok=0
  fw_restore "$guard_switch/firewall" "$guard_switch/now" 8>&- 9>&- || ok=0
} >>"$guard_switch/log" 2>&1
roll() {
  free=
  if [ -z "\${HAPROV_LOCKED-}" ]; then
    exec 9>>"$guard_dir/lock"
    flock -w 10 9 || free=1
  fi
  exec 8>>"$guard_dir/rollback"
  flock -w 900 8 || exit 1
  if guard_load "$guard_switch/armed" && due "$1"; then
    mv -fT -- "$guard_switch/armed" "$guard_switch/rolling" 2>/dev/null &&
      echo "reason=$2" >>"$guard_switch/rolling"
    sync "$guard_switch"
  fi
  if guard_load "$guard_switch/rolling"; then
    back
    if [ -n "$free" ]; then
      exec 8>&-
      flock -w 900 9 || :
      exec 8>>"$guard_dir/rollback"
      flock -w 900 8 || exit 1
      [ ! -e "$guard_switch/rolling" ] || back
    fi
    guard_load "$guard_switch/rolling" && finish "\${r_reason:-$2}"
  elif [ -z "$free" ] && [ ! -e "$guard_switch/armed" ]; then
    # Killed on the way out. Without flock it might be another run that is about to arm.
    switch_clear
  fi
  exec 8>&-
  [ -n "\${HAPROV_LOCKED-}" ] || exec 9>&-
}
# What was planned before is out of date. On a full disk the record is what was there already.
finish() {
  guard_save "$guard_dir/generation" "$r_run.$r_arm.put-back"
  switch_record "$1" "$ok" || mv -fT -- "$guard_switch/rolling" "$guard_switch/put-back"
  sync "$guard_switch/put-back" "$guard_dir/generation" "$guard_switch" "$guard_dir"
  rm -f -- "$guard_switch/armed" "$guard_switch/rolling"
  switch_clear
  sync "$guard_switch"
}
mode=$1
case $mode in
  save) fw_save "$guard_switch/firewall" || exit 1 ;;
  now) roll "$2" "$3" ;;
  boot)
    export HAPROV_BOOT=1
    guard_load "$guard_switch/armed" || guard_load "$guard_switch/rolling" || exit 0
    # multi-user.target may be started by hand: what this boot armed is the watcher's.
    [ "$r_boot" != "$guard_boot" ] || exit 0
    roll "" the%20host%20was%20rebooted%20before%20it%20was%20confirmed
    ;;
  watch)
    seen=
    while :; do
      if guard_load "$guard_switch/armed"; then
        [ "$r_arm" = "$2" ] || exit 0
        [ -n "$seen" ] || echo "$2" >"$guard_switch/heartbeat"
        seen=1
        ! due "$2" || roll "$2" "nobody%20confirmed%20it%20within%20$r_seconds%20s"
      elif guard_load "$guard_switch/rolling" && [ "$r_arm" = "$2" ]; then
        roll "$2" nobody%20confirmed%20it
      else
        [ -n "$seen" ] || roll "$2" nobody%20confirmed%20it
        exit 0
      fi
      [ ! -e "$guard_switch/armed" ] && [ ! -e "$guard_switch/rolling" ] || sleep 1
    done
    ;;
esac
exit
`;
}
