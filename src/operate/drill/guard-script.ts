/**
 * What guards a host while a drill's fault lasts. All of it lies in /run: a fault is never more than a runtime setting, so
 * that a reboot takes both away at once. `armed` holds the drill's token as long as there is something to undo.
 */
export const GUARD_DIRECTORY = '/run/haprov-drill';

/** A part of a script that a host runs: lines of sh. */
export interface HostFault {
  /** Done before the clock runs: what would blur the moment of the fault. */
  readonly prepare: string;
  /** The fault itself. */
  readonly make: string;
  /** Takes both back; may be run again; exits 0 once all is as before. */
  readonly undo: string;
}

const OPEN = `umask 077
d=${GUARD_DIRECTORY}
fail() { echo "$1" >&2; exit 1; }
uptime() { read -r now rest </proc/uptime; now=\${now%%.*}; }
own() { [ -f "$d/armed" ] && IFS= read -r armed <"$d/armed" && [ "$armed" = "$1" ]; }
deadline() { uptime; echo $((now + $1)) >"$d/deadline.tmp" && mv -f "$d/deadline.tmp" "$d/deadline"; }
clear_up() { rm -f "$d/armed" "$d/undo" "$d/watch" "$d/deadline" "$d/alive"; }
lock() { exec 9>>"$d/lock"; flock -w "$1" 9 || fail 'another script of a drill is at work on the host'; }`;

/** Puts right by itself once haprov was not heard of in time. Its deadline is uptime, never a clock. */
const WATCHER = `#!/bin/sh
# Written by haprov drill: puts right what it broke, unless it is heard of in time.
${OPEN}
own "$1" || exit 0
while own "$1"; do
  echo "$1" >"$d/alive"
  until=
  { IFS= read -r until <"$d/deadline"; } 2>/dev/null
  case $until in '' | *[!0-9]*) until=0 ;; esac
  uptime
  if [ "$now" -ge "$until" ]; then
    exec 9>>"$d/lock"
    flock -w 200 9
    own "$1" || exit 0
    echo "haprov was not heard of in time: putting right what its drill broke"
    if (timeout -k 5 180 sh "$d/undo") 9>&- </dev/null; then
      echo "$1" >"$d/healed"
      clear_up
      echo "all is as before"
      exit 0
    fi
    exec 9>&-
    sleep 5
  fi
  sleep 0.5
done`;

/**
 * Keeps the undo on the host, and starts what runs it after `seconds` without a word; it was seen alive when this is
 * over. A service and no timer: those may be late by a minute, and a daemon-reload sets them again. What a dead drill
 * left behind is put right first. Prints `armed`.
 */
export function armScript(token: string, unit: string, seconds: number, undo: string): string {
  return `${OPEN}
for tool in systemd-run flock timeout; do command -v "$tool" >/dev/null || fail "$tool is not there"; done
[ -d "$d" ] || mkdir -m 700 "$d" || fail "$d cannot be made"
[ ! -L "$d" ] && [ -O "$d" ] || fail "$d is not a directory of root's own"
lock 60
if [ -f "$d/armed" ]; then
  (timeout -k 5 180 sh "$d/undo") 9>&- </dev/null >&2 || fail "what an earlier drill broke cannot be put right: sh $d/undo"
  rm -f "$d/armed"
fi
rm -f "$d/alive" "$d/healed"
cat >"$d/undo" <<'HAPROV-UNDO' || exit 1
${undo}
HAPROV-UNDO
cat >"$d/watch" <<'HAPROV-WATCH' || exit 1
${WATCHER}
HAPROV-WATCH
deadline ${seconds} && echo ${token} >"$d/armed" || exit 1
systemd-run --quiet --collect --unit=${unit} --description="haprov drill: put right unless told to wait" \\
  -p Restart=on-failure -p RestartSec=200ms -p StartLimitIntervalSec=0 -p OOMScoreAdjust=-900 \\
  /bin/sh "$d/watch" ${token} 9>&- 2>/dev/null ||
  systemd-run --quiet --unit=${unit} -p Restart=on-failure /bin/sh "$d/watch" ${token} 9>&-
tries=0
until { IFS= read -r alive <"$d/alive"; } 2>/dev/null && [ "$alive" = ${token} ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 200 ]; then
    rm -f "$d/armed"
    systemctl stop ${unit} 2>/dev/null
    fail 'the service that would put right did not start: no fault was made'
  fi
  sleep 0.05
done
echo armed`;
}

/** Moves the deadline to `seconds` from now. Prints `prolonged`, or `gone` where the host has put itself right. */
export function prolongScript(token: string, seconds: number): string {
  return `[ -d ${GUARD_DIRECTORY} ] || { echo gone; exit 0; }
${OPEN}
lock 10
own ${token} || { echo gone; exit 0; }
deadline ${seconds} && echo prolonged`;
}

/**
 * Runs a step of a fault, unless the host has put itself right meanwhile: then it prints `gone`. Prints `at NANOSECONDS`
 * of the host's clock before the step and after it.
 */
export function strikeScript(token: string, seconds: number, prepare: string, make: string): string {
  return `[ -d ${GUARD_DIRECTORY} ] || { echo gone; exit 0; }
${OPEN}
lock 10
own ${token} || { echo gone; exit 0; }
deadline ${seconds} || exit 1
(
${prepare}
echo "at $(date +%s%N)"
${make}
) 9>&-
code=$?
echo "at $(date +%s%N)"
exit $code`;
}

/**
 * Undoes now; prints `right`, with the host's clock, once that was verified, or `healed` where the host was first. The
 * deadline stays as it is: should this be cut off, the host goes on with it, and where it is not, the host waits for
 * its lock.
 */
export function rightScript(token: string): string {
  return `[ -d ${GUARD_DIRECTORY} ] || { echo gone; exit 0; }
${OPEN}
lock 200
if ! own ${token}; then
  { IFS= read -r healed <"$d/healed"; } 2>/dev/null
  [ "\${healed:-}" = ${token} ] && echo healed || echo gone
  exit 0
fi
trap '' PIPE
echo "at $(date +%s%N)"
(timeout -k 5 180 sh "$d/undo") 9>&- </dev/null >&2 || exit 1
clear_up
echo "at $(date +%s%N)"
echo right`;
}
