# shellcheck shell=sh
# What a host runs by itself, from the copy of the program in the switch's directory: `watch ARM` waits for the deadline of
# that arming; `boot` is for after a reboot; `now TOKEN REASON` reverts at once.
#
# Whoever reverts renames `armed` to `rolling`, as haprov renames it to `confirmed`: only one of them finds it. Both do so
# under flock; where a script hangs that holds it, the host does not wait for long, and reverts once more when the script is
# over, since that may have gone on writing. Only one process reverts at a time (`rollback` is its lock, taken after flock,
# never before it), and a next one goes on where it was killed.

# watcher_due ARM-OR-TOKEN: whether what was loaded last is to be reverted.
watcher_due() {
  case $mode in
    now) [ "$1" = any ] || [ "$r_token" = "$1" ] ;;
    boot) [ "$r_boot" != "$guard_boot" ] ;;
    watch)
      [ "$r_arm" = "$1" ] || return 1
      guard_clock
      switch_deadline
      [ "$guard_now" -ge "$guard_until" ]
      ;;
  esac
}

# watcher_back: the list, between two looks at the firewall: the list may need it open, and may change it. One that goes back to
# before the firewall that is kept has the last word. $ok tells.
watcher_back() {
  rm -f -- "$guard_switch/reserve"
  ok=1
  watcher_firewall || ok=0
  timeout -k 10 300 sh "$guard_switch/watcher" changes reverting=1 <"$guard_switch/list" 8>&- 9>&- || ok=0
  [ -e "$guard_switch/further" ] || watcher_firewall || ok=0
} >>"$guard_switch/log" 2>&1

watcher_firewall() {
  [ -d "$guard_switch/firewall" ] || return 0
  fw_restore "$guard_switch/firewall" "$guard_switch/now" 8>&- 9>&-
}

# watcher_roll ARM-OR-TOKEN REASON
watcher_roll() {
  free=
  if [ -z "${HAPROV_LOCKED-}" ]; then
    exec 9>>"$switch_lock"
    flock -w 10 9 || free=1
  fi
  exec 8>>"$switch_rollback"
  flock -w 900 8 || exit 1
  if guard_load "$guard_switch/armed" && watcher_due "$1"; then
    mv -fT -- "$guard_switch/armed" "$guard_switch/rolling" 2>/dev/null &&
      echo "reason=$2" >>"$guard_switch/rolling"
    sync "$guard_switch"
  fi
  if guard_load "$guard_switch/rolling"; then
    watcher_back
    if [ -n "$free" ]; then
      exec 8>&-
      flock -w 900 9 || :
      exec 8>>"$switch_rollback"
      flock -w 900 8 || exit 1
      [ ! -e "$guard_switch/rolling" ] || watcher_back
    fi
    if guard_load "$guard_switch/rolling"; then
      watcher_finish "${r_reason:-$2}"
    fi
  elif [ -z "$free" ] && [ ! -e "$guard_switch/armed" ]; then
    # Killed on the way out. Without flock it might be another run that is about to arm.
    switch_clear
  fi
  exec 8>&-
  [ -n "${HAPROV_LOCKED-}" ] || exec 9>&-
}

# watcher_finish REASON: says what came of it, and takes the switch away. A drill's stays until its fault is undone; a rollout's
# where not all came back, for the watcher to try again.
watcher_finish() {
  if [ "$ok" = 0 ] && [ "$switch_name" = haprov-drill ]; then
    return 0
  fi
  if switch_on_disk; then
    # What was planned before is out of date.
    guard_save "$guard_dir/generation" "$r_run.$r_arm.put-back"
  fi
  [ "$ok" = 1 ] || ! switch_on_disk || ln -f -- "$guard_switch/rolling" "$guard_switch/again"
  # On a full disk the record is what was there already.
  switch_record "$1" "$ok" || mv -fT -- "$guard_switch/rolling" "$guard_switch/put-back"
  sync "$guard_switch/put-back" "$guard_dir/generation" "$guard_switch" "$guard_dir"
  rm -f -- "$guard_switch/armed" "$guard_switch/rolling"
  [ -e "$guard_switch/again" ] || switch_clear
  sync "$guard_switch"
}

# watcher_again ARM-OR-EMPTY: once more what did not come back whole, unless a run is at work that has begun since.
watcher_again() {
  exec 9>>"$switch_lock" 8>>"$switch_rollback"
  if ! flock -n 9 || ! flock -n 8; then
    exec 8>&- 9>&-
    return 0
  fi
  guard_clock
  living=
  if guard_load "$guard_dir/lease" && guard_living; then
    living=$r_token
  fi
  if guard_load "$guard_switch/again" && [ "${1:-$r_arm}" = "$r_arm" ]; then
    if [ -n "$living" ] && [ "$living" != "$r_token" ]; then
      switch_clear
    else
      watcher_back
      if [ "$ok" = 1 ]; then
        switch_record "$r_reason" 1 && switch_clear
      fi
    fi
  fi
  exec 8>&- 9>&-
}

# watcher_now TOKEN REASON
watcher_now() {
  watcher_roll "$1" "$2"
  # A drill's, which could not be undone.
  [ ! -e "$guard_switch/rolling" ]
}

watcher_boot() {
  export HAPROV_BOOT=1
  if [ ! -e "$guard_switch/armed" ] && [ ! -e "$guard_switch/rolling" ]; then
    watcher_again ""
    return 0
  fi
  guard_load "$guard_switch/armed" || guard_load "$guard_switch/rolling" || return 0
  # multi-user.target may be started by hand: what this boot armed is the watcher's.
  [ "$r_boot" != "$guard_boot" ] || return 0
  watcher_roll "" the%20host%20was%20rebooted%20before%20it%20was%20confirmed
}

# watcher_watch ARM
watcher_watch() {
  seen=
  pause=${HAPROV_AGAIN_SECONDS:-5}
  while :; do
    if guard_load "$guard_switch/armed"; then
      [ "$r_arm" = "$1" ] || return 0
      [ -n "$seen" ] || echo "$1" >"$guard_switch/heartbeat"
      seen=1
      if watcher_due "$1"; then
        watcher_roll "$1" "nobody%20confirmed%20it%20within%20$r_seconds%20s"
      fi
    elif guard_load "$guard_switch/rolling" && [ "$r_arm" = "$1" ]; then
      watcher_roll "$1" nobody%20confirmed%20it
    elif guard_load "$guard_switch/again" && [ "$r_arm" = "$1" ]; then
      # A disk may be full for long, and a service that does not start may be seen to.
      sleep "$pause"
      pause=$((pause < 300 ? pause * 2 : pause))
      watcher_again "$1"
      continue
    else
      [ -n "$seen" ] || watcher_roll "$1" nobody%20confirmed%20it
      return 0
    fi
    if [ -e "$guard_switch/rolling" ]; then
      sleep 5
    elif [ -e "$guard_switch/armed" ]; then
      sleep 0.5
    fi
  done
}

# watcher MODE ...: this is the copy in the directory of its switch.
watcher() {
  umask 077
  mode=$1
  switch_at "${0%/*}"
  shift
  case $mode in
    watch) watcher_watch "$@" ;;
    boot) watcher_boot ;;
    now) watcher_now "$@" ;;
  esac
}
