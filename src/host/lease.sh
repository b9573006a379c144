# shellcheck shell=sh
# Who has a host to itself. All of it happens under flock, on descriptor 9.

# guard_save FILE LINE...: by one rename.
guard_save() {
  guard_file=$1
  shift
  if printf '%s\n' "$@" >"$guard_file.tmp" && mv -fT -- "$guard_file.tmp" "$guard_file"; then
    return 0
  fi
  # cat names what the kernel says: dash's printf knows "I/O error" alone.
  echo | cat >"$guard_file.full"
  rm -f -- "$guard_file.full"
  return 1
}

# lease_prolong SECONDS: rewrites the lease that was loaded last.
lease_prolong() {
  guard_save "$guard_dir/lease" "token=$r_token" "run=$r_run" "who=$r_who" "why=$r_why" "process=$r_process" \
    "boot=$r_boot" "since=$r_since" "until=$((guard_now + $1))" "before=$r_before"
}

# lease_is_ours: loads the lease; whether it has this call's token.
lease_is_ours() {
  get token
  guard_load "$guard_dir/lease" && [ "$r_token" = "$raw" ]
}

# lease-take: refuses where a living run holds the lease, reverts what another run left armed, writes the lease and a new
# generation. The generation that it found is kept in the lease, for who gives it back unused. Says `taken STALE ROLLED`.
lease_take() {
  umask 077
  exec 9>>"$guard_dir/lock"
  # Where haprov was removed meanwhile, this is the lock of a directory that is gone.
  # shellcheck disable=SC3013 # dash, bash and ash have it.
  if ! flock -w 5 9 || ! [ "$guard_dir/lock" -ef "/proc/$$/fd/9" ]; then
    say busy
    guard_dump
    return 0
  fi
  guard_clock
  before=
  if [ -f "$guard_dir/generation" ]; then
    IFS= read -r before <"$guard_dir/generation" || :
  fi
  found=$before
  stale=0
  rolled=0
  since=$guard_now
  if lease_is_ours && [ "$r_boot" = "$guard_boot" ]; then
    before=$r_before
    since=$r_since
  elif guard_living; then
    get over || :
    case $raw in
      any | "$r_token") ;;
      *)
        say held
        guard_dump
        return 0
        ;;
    esac
  fi
  get expected || :
  [ "$before" = "$value" ] || stale=1
  get run
  if { guard_load "$guard_switch/armed" || guard_load "$guard_switch/rolling"; } && [ "$r_run" != "$raw" ]; then
    stale=1
    rolled=1
    export HAPROV_LOCKED=1
    left_by=$r_run
    get takeover
    switch_roll any "$raw" || fail "the host could not put back what run $left_by left"
  fi
  if [ ! -e "$guard_switch/armed" ] && [ ! -e "$guard_switch/rolling" ]; then
    # What is tried again is this run's from now on: its plan has what is left of it.
    switch_clear
  fi
  guard_clock
  lease_write || fail "the lease could not be written"
  # Asked again, the answer having been lost, it has written the generation before, unless it was killed ahead of that.
  if [ "$found" = "$before" ]; then
    get generation
    guard_save "$guard_dir/generation" "$raw" || fail "the generation could not be written"
    sync "$guard_dir/generation" "$guard_dir"
    # Programs of other versions: what an armed revert runs is a copy of its own. A young one is another run's, on its way here.
    find "$guard_dir/program" -type f ! -path "$0" -mmin +60 -exec rm -f -- {} + 2>/dev/null
  fi
  say "taken $stale $rolled"
}

lease_write() {
  get token
  r_token=$raw
  get run
  r_run=$raw
  get who || :
  r_who=$raw
  get why || :
  r_why=$raw
  get process || :
  r_process=$raw
  r_boot=$guard_boot
  r_since=$since
  r_before=$before
  get seconds
  lease_prolong "$value"
}

# lease-renew: prolongs a lease that is still ours. One that ran out is not revived: whoever looked meanwhile saw a free
# host. Where a script of ours is at work it holds flock, and prolongs the lease when it ends: then nothing is done here.
lease_renew() {
  umask 077
  exec 9>>"$guard_dir/lock"
  flock -n 9 || return 0
  if lease_is_ours && guard_living; then
    get seconds
    lease_prolong "$value"
  fi
}

# lease-release: gives the lease back if it is ours. unused=1: nothing was done under it, so that plans made before hold.
lease_release() {
  umask 077
  exec 9>>"$guard_dir/lock"
  flock -w 5 9 || return 0
  lease_is_ours || return 0
  if get unused; then
    if [ -n "$r_before" ]; then
      guard_save "$guard_dir/generation" "$r_before"
    else
      rm -f -- "$guard_dir/generation"
    fi
  fi
  rm -f -- "$guard_dir/lease"
}

# refuse REASON: why a fenced script was not begun.
refuse() {
  get mark
  {
    say "$raw $1"
    guard_dump
  } >&2
  exit 75
}

# lease_renew_short SECONDS: prolongs the lease that was loaded last, where it is short.
lease_renew_short() {
  [ $((r_until - guard_now)) -ge $(($1 - $1 / 3)) ] || lease_prolong "$1"
}

# fenced: a script from standard input (its first `bytes`; the rest is the script's), if the lease is ours and not over.
# While it works nobody can look at the lease, however long that takes; the lease is prolonged before the lock is let go, so
# that whoever gets it next finds a living one. An armed switch gets time for the script, and its whole time after it. A
# host that has reverted unseen is refused. The script's own children do not hold the lock: what they leave running would
# hold it for ever. Signals that end the script leave the shell around it, which holds the lock until the script is over.
fenced() {
  umask 077
  get bytes
  fenced_script=$(dd bs="$value" count=1 iflag=fullblock 2>/dev/null)
  get wait
  exec 9>>"$guard_dir/lock"
  flock -w "$value" 9 || refuse busy
  guard_clock
  [ ! -e "$guard_switch/rolling" ] || refuse put-back
  get run
  if guard_load "$guard_switch/put-back" && [ "$r_run" = "$raw" ] && [ -z "$r_seen" ]; then
    refuse put-back
  fi
  if ! lease_is_ours || ! guard_living; then
    refuse lost
  fi
  get lease
  fenced_lease=$value
  lease_renew_short "$fenced_lease" || exit 1
  fenced_until=
  if switch_is_ours; then
    get seconds
    fenced_until=$((guard_now + (r_seconds > value ? r_seconds : value)))
    if [ "$fenced_until" -gt "$guard_until" ]; then
      switch_extend "$fenced_until" || exit 1
    else
      fenced_until=
    fi
  fi
  trap : HUP INT TERM
  (
    umask 022
    eval "$fenced_script"
  ) 9>&-
  fenced_code=$?
  {
    guard_clock
    if lease_is_ours; then
      lease_renew_short "$fenced_lease"
    fi
    if switch_is_ours && [ "$guard_until" = "$fenced_until" ]; then
      switch_extend $((guard_now + r_seconds))
    fi
  } 2>/dev/null
  exit "$fenced_code"
}
