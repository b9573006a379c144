# shellcheck shell=sh
# The live value of a kernel parameter.

change_sysctl() {
  get target
  name=$value
  get before
  before=$value
  get after
  after=$value
  if [ -z "${reverting-}" ]; then
    sysctl -q -w "$name=$after"
    return 0
  fi
  now=$(spaced "$(sysctl -n "$name")")
  [ "$now" != "$(spaced "$after")" ] || return 0
  if [ "$now" != "$(spaced "$before")" ]; then
    say "left $name alone: it is no longer what haprov set"
    return 0
  fi
  sysctl -q -w "$name=$after"
  say "set $name back to $after"
}

# spaced TEXT: the kernel shows values of several numbers with tabs between them.
spaced() {
  say "$1" | tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'
}
