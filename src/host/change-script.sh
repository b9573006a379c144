# shellcheck shell=sh
# script script=...: what a script does, which may be run again. For what has no kind of its own: records of version 0.1, and
# faults of drills.
change_script() {
  get script
  (
    set +eu
    eval "$value"
  )
}
