import { STATE_DIRECTORY } from './state-directory.ts';

/** The parts of a record file, or of a dump. Unknown keys are kept, lines without `=` dropped. */
export type GuardRecord = Readonly<Record<string, string>>;

export function parseRecord(lines: readonly string[]): GuardRecord {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const cut = line.indexOf('=');
      return cut < 1 ? [] : [[line.slice(0, cut), line.slice(cut + 1)]];
    }),
  );
}

/**
 * Functions of sh that read and write the records. They set `guard_now` (whole seconds of /proc/uptime: no clock that
 * can be set), `guard_boot` and `r_KEY`. Nothing in a record is ever run as code, and what is no number counts as 0.
 * A boot is the kernel's boot id and the start of process 1, since a container that starts again keeps the first.
 */
export const GUARD_SHELL = `guard_dir=${STATE_DIRECTORY}
guard_switch=$guard_dir/switch
guard_clock() { read -r guard_now r_key </proc/uptime; guard_now=\${guard_now%%.*}; }
guard_boot() {
  IFS= read -r guard_boot </proc/sys/kernel/random/boot_id
  IFS= read -r r_value </proc/1/stat
  set -- \${r_value##*) }
  guard_boot=$guard_boot.\${20}
}
guard_boot
guard_clock
guard_load() {
  r_token= r_run= r_who= r_why= r_process= r_boot= r_since=0 r_until=0 r_before= r_arm= r_seconds=0 r_deadline=0
  r_reason= r_at= r_ok= r_seen=
  [ -f "$1" ] || return 1
  while IFS='=' read -r r_key r_value; do
    case $r_key in since | until | seconds | deadline) case $r_value in '' | *[!0-9]* | 0?*) continue ;; esac ;; esac
    case $r_key in
      token) r_token=$r_value ;; run) r_run=$r_value ;; who) r_who=$r_value ;; why) r_why=$r_value ;;
      process) r_process=$r_value ;; boot) r_boot=$r_value ;; since) r_since=$r_value ;; until) r_until=$r_value ;;
      before) r_before=$r_value ;; arm) r_arm=$r_value ;; seconds) r_seconds=$r_value ;;
      deadline) r_deadline=$r_value ;; reason) r_reason=$r_value ;; at) r_at=$r_value ;; ok) r_ok=$r_value ;;
      seen) r_seen=$r_value ;;
    esac
  done 2>/dev/null <"$1"
}
guard_save() {
  guard_file=$1
  shift
  printf '%s\\n' "$@" >"$guard_file.tmp" && mv -fT -- "$guard_file.tmp" "$guard_file" && return 0
  # cat names what the kernel says: dash's printf knows "I/O error" alone.
  echo | cat >"$guard_file.full"; rm -f -- "$guard_file.full"
  return 1
}
guard_living() { [ -n "$r_token" ] && [ "$r_boot" = "$guard_boot" ] && [ "$r_until" -gt "$guard_now" ]; }
guard_deadline() {
  guard_until=$r_deadline
  [ -f "$guard_switch/deadline" ] || return 0
  read -r r_key r_value 2>/dev/null <"$guard_switch/deadline" || return 0
  case $r_value in '' | *[!0-9]* | 0?*) return 0 ;; esac
  [ "$r_key" != "$r_arm" ] || guard_until=$r_value
}
guard_dump() {
  echo "now=$guard_now"
  echo "boot=$guard_boot"
  for guard_file in generation lease switch/armed switch/deadline switch/rolling switch/put-back; do
    [ -f "$guard_dir/$guard_file" ] || continue
    echo "[$guard_file]"
    while IFS= read -r r_value; do printf '%s\\n' "$r_value"; done 2>/dev/null <"$guard_dir/$guard_file"
  done
  :
}`;
