# shellcheck shell=sh
# Records of who works on a host, and of its dead man's switch: lines `key=value`, each file written beside its place and
# renamed into it. Facts read them with this text alone, ahead of the program. Nothing in a record is ever run as code,
# and what is no number counts as 0.

guard_dir=${HAPROV_ROOT-}/var/lib/haprov
guard_switch=$guard_dir/switch

# guard_clock: whole seconds of /proc/uptime in $guard_now: no clock that can be set.
guard_clock() {
  read -r guard_now r_key </proc/uptime
  guard_now=${guard_now%%.*}
}

# guard_boot: the kernel's boot id and the start of process 1, since a container that starts again keeps the first.
guard_boot() {
  IFS= read -r guard_boot </proc/sys/kernel/random/boot_id
  IFS= read -r r_value </proc/1/stat
  # shellcheck disable=SC2086 # Into its fields.
  set -- ${r_value##*) }
  guard_boot=$guard_boot.${20}
}
guard_boot
guard_clock

# guard_load FILE: its values in $r_KEY, as they are written.
guard_load() {
  r_token='' r_run='' r_who='' r_why='' r_process='' r_boot='' r_since=0 r_until=0 r_before='' r_arm=''
  r_seconds=0 r_deadline=0 r_reason='' r_at='' r_ok='' r_seen=''
  [ -f "$1" ] || return 1
  while IFS='=' read -r r_key r_value; do
    case $r_key in
      since | until | seconds | deadline)
        case $r_value in
          '' | *[!0-9]* | 0?*) continue ;;
        esac
        ;;
    esac
    case $r_key in
      token) r_token=$r_value ;;
      run) r_run=$r_value ;;
      who) r_who=$r_value ;;
      why) r_why=$r_value ;;
      process) r_process=$r_value ;;
      boot) r_boot=$r_value ;;
      since) r_since=$r_value ;;
      until) r_until=$r_value ;;
      before) r_before=$r_value ;;
      arm) r_arm=$r_value ;;
      seconds) r_seconds=$r_value ;;
      deadline) r_deadline=$r_value ;;
      reason) r_reason=$r_value ;;
      at) r_at=$r_value ;;
      ok) r_ok=$r_value ;;
      seen) r_seen=$r_value ;;
    esac
  done 2>/dev/null <"$1"
}

# guard_living: whether the lease that was loaded last is held.
guard_living() {
  [ -n "$r_token" ] && [ "$r_boot" = "$guard_boot" ] && [ "$r_until" -gt "$guard_now" ]
}

# guard_dump: all records, for parseGuard.
guard_dump() {
  echo "now=$guard_now"
  echo "boot=$guard_boot"
  for guard_file in generation lease switch/armed switch/deadline switch/rolling switch/put-back; do
    [ -f "$guard_dir/$guard_file" ] || continue
    echo "[$guard_file]"
    while IFS= read -r r_value; do
      printf '%s\n' "$r_value"
    done 2>/dev/null <"$guard_dir/$guard_file"
  done
  :
}
