# shellcheck shell=sh
# The dead man's switch: a list of inverted changes that the host runs by itself unless it is told otherwise. One directory a
# switch, with the same files in it: `list`, `watcher` (this program), `armed` (a record; renamed to `rolling` while the list
# runs, or to `confirmed`), `deadline` (`ARM UPTIME`, later than the one in `armed`), `heartbeat`, `put-back` (what came of
# it), `log`, `further` (the list goes back to before the firewall that is kept), `again` (it did not come back whole, and is tried again),
# `reserve` (room that is given up for the way back). A rollout's is on disk, with the firewall and a unit for the next boot; those of a drill and of a switchover
# are in /run, since a reboot takes away what they guard against. Deadlines are uptime, never a clock.

units=$root/etc/systemd/system
boot_unit=$units/haprov-switch.service
boot_wants=$units/multi-user.target.wants
switch_lock=$guard_dir/lock
switch_rollback=$guard_dir/rollback
switch_name=haprov-switch

# switch_use: the switch that this call names: of a rollout, without a name.
switch_use() {
  get switch || return 0
  switch_at "$root/run/haprov-$raw"
}

# switch_at DIRECTORY
switch_at() {
  [ "$1" != "$guard_dir/switch" ] || return 0
  guard_switch=$1
  switch_lock=$1/lock
  switch_rollback=$1/rollback
  switch_name=${1##*/}
}

# switch_on_disk: whether it is a rollout's.
switch_on_disk() {
  [ "$guard_switch" = "$guard_dir/switch" ]
}

# switch_clear: takes away all but the records.
switch_clear() {
  if switch_on_disk; then
    rm -f -- "$boot_wants/${boot_unit##*/}" "$boot_unit" "$boot_unit.tmp"
  fi
  # `undo` is of version 0.1.
  rm -f -- "$guard_switch/again" "$guard_switch/reserve" "$guard_switch/list" "$guard_switch/undo" "$guard_switch/watcher" "$guard_switch/deadline" \
    "$guard_switch/heartbeat" "$guard_switch/further" "$guard_switch"/*.tmp
  rm -rf -- "$guard_switch/firewall" "$guard_switch/now"
}

# switch_deadline: when the arming that was loaded last is due, in $guard_until.
switch_deadline() {
  guard_until=$r_deadline
  [ -f "$guard_switch/deadline" ] || return 0
  read -r r_key r_value 2>/dev/null <"$guard_switch/deadline" || return 0
  case $r_value in
    '' | *[!0-9]* | 0?*) return 0 ;;
  esac
  [ "$r_key" != "$r_arm" ] || guard_until=$r_value
}

# switch_extend UPTIME: of the arming that was loaded last.
switch_extend() {
  guard_save "$guard_switch/deadline" "$r_arm $1"
}

# switch_is_ours: loads what is armed; whether it has this call's token.
switch_is_ours() {
  get token
  guard_load "$guard_switch/armed" && [ "$r_token" = "$raw" ] && switch_deadline
}

# switch_record REASON OK: of what was loaded last.
switch_record() {
  guard_save "$guard_switch/put-back" "arm=$r_arm" "run=$r_run" "who=$r_who" \
    "at=$(date -u +%Y-%m-%dT%H%%3A%M%%3A%SZ)" "reason=$1" "ok=$2"
}

# switch_roll TOKEN REASON: reverts now what is armed with that token (or `any`), as the host itself would. HAPROV_LOCKED in
# the environment: the caller holds flock.
switch_roll() {
  if [ -f "$guard_switch/watcher" ]; then
    sh "$guard_switch/watcher" now "$1" "$2" </dev/null && return 0
    # Whoever has reverted by now has taken the watcher away.
    [ ! -e "$guard_switch/armed" ] && [ ! -e "$guard_switch/rolling" ]
    return
  fi
  guard_load "$guard_switch/rolling" || guard_load "$guard_switch/armed" || return 0
  switch_record "$2" 0 || return 1
  rm -f -- "$guard_switch/armed" "$guard_switch/rolling"
}

# switch_open: the directory, made if it is not there. Those in /run have a lock of their own, and what a dead run left in
# them is reverted first; a rollout's is armed under the fence, and was reverted when the lease was taken.
switch_open() {
  [ -d "$guard_switch" ] || mkdir -m 700 -- "$guard_switch" || fail "$guard_switch cannot be made"
  if [ -L "$guard_switch" ] || [ ! -O "$guard_switch" ]; then
    fail "$guard_switch is not a directory of root's own"
  fi
  if ! switch_on_disk; then
    exec 9>>"$switch_lock"
    flock -w 40 9 || fail "another script holds $switch_lock"
    if [ -e "$guard_switch/armed" ] || [ -e "$guard_switch/rolling" ]; then
      export HAPROV_LOCKED=1
      switch_roll any an%20earlier%20one%20was%20left%20behind
      unset HAPROV_LOCKED
      [ ! -e "$guard_switch/rolling" ] ||
        fail "what an earlier run left behind cannot be put right: sh $guard_switch/watcher now any again"
    fi
  fi
  if [ -e "$guard_switch/armed" ] || [ -e "$guard_switch/rolling" ]; then
    fail "it is armed already"
  fi
}

# switch_keep: all that the host needs to go back without anybody, from standard input and from itself; on disk.
switch_keep() {
  switch_clear
  rm -f -- "$guard_switch/confirmed" "$guard_switch/log"
  # What came of an earlier rollout is told until a later one is confirmed.
  switch_on_disk || rm -f -- "$guard_switch/put-back"
  cat >"$guard_switch/list" || exit 1
  get sum
  [ "$(hash "$guard_switch/list")" = "$raw" ] || fail "the undo did not arrive whole"
  cp -- "$0" "$guard_switch/watcher" || exit 1
  switch_on_disk || return 0
  # A run may fill the disk, or fail because it is full: its way back needs as much again as the files that it copies.
  head -c 4194304 /dev/zero >"$guard_switch/reserve" || fail "there is no room for the way back under $guard_dir"
  mkdir "$guard_switch/firewall" || exit 1
  (fw_save "$guard_switch/firewall") || fail "the firewall could not be kept"
  if get further; then
    : >"$guard_switch/further"
  fi
  switch_enable || exit 1
  find "$guard_switch" -exec sync {} + || exit 1
  sync "$guard_dir" || exit 1
}

# switch_enable: the unit that reverts at boot. Run as early as its files can be reached: ahead of the firewall, whose own
# files may be put back, and of all that a change concerns. Without the default dependencies, since some of those units
# come before sysinit.target. A link is all that enabling it takes; nothing is loaded before the next boot.
switch_enable() {
  get services || :
  (umask 022 && cat >"$boot_unit.tmp" && mkdir -p "$boot_wants") <<UNIT || return 1
# Written by haprov; gone once the change that it guards is confirmed.
[Unit]
Description=Put back what haprov changed and nobody confirmed
DefaultDependencies=no
Conflicts=shutdown.target
RequiresMountsFor=$guard_dir /etc /usr
After=local-fs.target
Before=shutdown.target multi-user.target keepalived.service haprov-firewall.service $value
Before=firewalld.service nftables.service netfilter-persistent.service iptables.service ip6tables.service ufw.service
ConditionPathExists=|$guard_switch/armed
ConditionPathExists=|$guard_switch/rolling
ConditionPathExists=|$guard_switch/again

[Service]
Type=oneshot
ExecStart=/bin/sh $guard_switch/watcher boot
TimeoutStartSec=15min

[Install]
WantedBy=multi-user.target
UNIT
  mv -fT -- "$boot_unit.tmp" "$boot_unit" || return 1
  ln -sfn "$boot_unit" "$boot_wants/${boot_unit##*/}" || return 1
  sync "$boot_unit" "$units" "$boot_wants"
}

# arm: keeps the list, and starts a watcher, which was seen alive when this says `armed`. All that guards lies on disk
# before `armed` does. The watcher is a service and no timer: those may be late by a minute and are set again by a
# daemon-reload. Where an old systemd does not know a property, the plain service will do.
arm() {
  umask 077
  switch_use
  for tool in systemd-run flock timeout sha256sum; do
    command -v "$tool" >/dev/null || fail "$tool is not there"
  done
  switch_open
  switch_keep
  get arm
  arm=$raw
  get token
  token=$raw
  get run
  run=$raw
  get who || :
  who=$raw
  get seconds
  seconds=$value
  guard_clock
  # cat names what the kernel says: dash's printf knows "I/O error" alone.
  printf '%s\n' "token=$token" "run=$run" "who=$who" "arm=$arm" "boot=$guard_boot" "seconds=$seconds" \
    "deadline=$((guard_now + seconds))" | cat >"$guard_switch/armed.tmp" || exit 1
  into_place "$guard_switch/armed.tmp" "$guard_switch/armed" || exit 1
  unit=$switch_name-$arm.service
  systemd-run --quiet --collect --unit="$unit" --description="haprov: put the old state back unless confirmed" \
    -p Restart=on-failure -p RestartSec=200ms -p StartLimitIntervalSec=0 -p OOMScoreAdjust=-900 \
    /bin/sh "$guard_switch/watcher" watch "$arm" 9>&- 2>/dev/null ||
    systemd-run --quiet --unit="$unit" -p Restart=on-failure /bin/sh "$guard_switch/watcher" watch "$arm" 9>&-
  tries=0
  until read -r seen 2>/dev/null <"$guard_switch/heartbeat" && [ "$seen" = "$arm" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 200 ] || arm_failed
    sleep 0.05
  done
  say armed
}

arm_failed() {
  rm -f -- "$guard_switch/armed"
  switch_clear
  echo "the watcher did not start" >&2
  systemctl stop "$unit" 2>&1
  journalctl -u "$unit" -n 8 --no-pager -o cat >&2 2>/dev/null
  exit 1
}

# prolong: moves the deadline to `seconds` from now. Says `prolonged`, or `gone` where the host has reverted.
prolong() {
  umask 077
  switch_use
  if [ ! -d "$guard_switch" ]; then
    say gone
    return
  fi
  exec 9>>"$switch_lock"
  flock -w 10 9 || fail "another script holds $switch_lock"
  if ! switch_is_ours; then
    say gone
    return
  fi
  guard_clock
  get seconds
  switch_extend $((guard_now + value)) || exit 1
  say prolonged
}

# strike: a script from standard input, and before it one that makes ready (its first `bytes`), where the switch is still
# armed; else it says `gone`. Says `at NANOSECONDS` of the host's clock between the two, and after them.
strike() {
  umask 077
  switch_use
  if [ ! -d "$guard_switch" ]; then
    say gone
    return
  fi
  get bytes
  ready=$(dd bs="$value" count=1 iflag=fullblock 2>/dev/null)
  make=$(cat)
  exec 9>>"$switch_lock"
  flock -w 10 9 || fail "another script holds $switch_lock"
  if ! switch_is_ours; then
    say gone
    return
  fi
  guard_clock
  get seconds
  switch_extend $((guard_now + value)) || exit 1
  (
    # shellcheck disable=SC2034 # Where scripts of a fault keep what they need.
    d=$guard_switch
    eval "$ready"
    say "at $(date +%s%N)"
    eval "$make"
  ) 9>&-
  code=$?
  say "at $(date +%s%N)"
  exit "$code"
}

# confirm: renames `armed` to `confirmed` under flock, on disk before it says so; then nothing is left to watch. `confirmed`
# stays, for who asks again. With it goes what an earlier run left behind: this host's state is known to be good.
# running=UNIT: only where that runs, or is meant not to; else the host still has to see to it.
confirm() {
  umask 077
  switch_use
  if [ ! -d "$guard_switch" ]; then
    say none
    return
  fi
  if get running && ! systemctl is-active -q "$value.service" && [ ! -e "$guard_dir/maintenance" ]; then
    say "$value does not run"
    return
  fi
  exec 9>>"$switch_lock"
  if ! flock -w 20 9; then
    say busy
    return
  fi
  confirmed=
  if switch_is_ours; then
    mv -fT -- "$guard_switch/armed" "$guard_switch/confirmed" 2>/dev/null && sync "$guard_switch" && confirmed=1
  fi
  if [ -z "$confirmed" ]; then
    get run
    if [ -e "$guard_switch/rolling" ]; then
      say rolling
      return
    fi
    if guard_load "$guard_switch/put-back" && [ "$r_run" = "$raw" ]; then
      say put-back
      say "reason=$r_reason"
      return
    fi
    get token
    if ! guard_load "$guard_switch/confirmed" || [ "$r_token" != "$raw" ]; then
      say none
      return
    fi
  fi
  switch_clear
  rm -f -- "$guard_switch/put-back" "$guard_switch/log"
  systemctl stop --no-block "$switch_name-$r_arm.service" >/dev/null 2>&1
  say confirmed
}

# revert: now, or waits for the host that does so already. Afterwards the fence lets this run's scripts through again, for
# clearing up. Says what came of it, when it began and ended by the host's clock, and the log.
revert() {
  umask 077
  switch_use
  if [ ! -d "$guard_switch" ]; then
    say none
    return
  fi
  from=$(date +%s%N)
  get token
  token=$raw
  if { guard_load "$guard_switch/armed" || guard_load "$guard_switch/rolling"; } && [ "$r_token" = "$token" ]; then
    get reason
    if ! switch_roll "$token" "$raw"; then
      {
        say "the host did not come to an end with it"
        tail -c 4000 "$guard_switch/log"
      } >&2
      exit 1
    fi
  fi
  until=$(date +%s%N)
  get run
  if ! guard_load "$guard_switch/put-back" || [ "$r_run" != "$raw" ]; then
    say none
    return
  fi
  # One at a time, and not while the host writes it: they would tear each other's record.
  exec 8>>"$switch_rollback"
  if flock -w 60 8; then
    guard_save "$guard_switch/put-back" "arm=$r_arm" "run=$r_run" "who=$r_who" "at=$r_at" "reason=$r_reason" "ok=$r_ok" seen=1
  fi
  exec 8>&-
  printf '%s\n' put-back "ok=$r_ok" "reason=$r_reason" "from=$from" "until=$until" '[log]'
  [ ! -f "$guard_switch/log" ] || tail -c 4000 "$guard_switch/log"
}
