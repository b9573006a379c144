#!/bin/sh
# Written by haprov: is haproxy fit to hold the virtual IP?
# usage: haprov-check-haproxy [SECONDS [SOCKET...]]
# Exits 0 when haproxy runs and tells about itself on one of the stats sockets within SECONDS (0.8). It observes and
# does not heal: systemd restarts what dies.
set -u
export LC_ALL=C

fail() {
  echo "check haproxy: $1" >&2
  exit 1
}

limit=${1:-0.8}
[ $# -eq 0 ] || shift
# Debian's haproxy.cfg, the RHEL family's, and the master's socket that Debian's unit opens in any case.
[ $# -gt 0 ] || set -- /run/haproxy/admin.sock /var/lib/haproxy/stats /run/haproxy-master.sock

command -v socat >/dev/null || fail 'socat is not installed'
# Those of containers on this host do not count, but for a user other than root, who cannot tell them apart.
own="--ns $$ --nslist pid"
[ "$(id -u)" = 0 ] || own=
# shellcheck disable=SC2086 # Options are words.
pgrep $own -x haproxy >/dev/null || fail 'no haproxy process, or no pgrep to find it'

tried=
for socket in "$@"; do
  [ -S "$socket" ] || continue
  tried="$tried $socket"
  case $socket in
    *master*) question='@1 show info' ;;
    *) question='show info' ;;
  esac
  # -t: how long to wait for the answer once the question is sent; socat's own default is half a second.
  answer=$(echo "$question" | timeout "$limit" socat -t "$limit" - "UNIX-CONNECT:$socket" 2>/dev/null)
  [ $? -ne 124 ] || fail "no answer on $socket within $limit s"
  case $answer in
    *'Name: HAProxy'*'Uptime_sec:'*) exit 0 ;;
  esac
done

[ -n "$tried" ] || fail "no stats socket at $*: add 'stats socket /run/haproxy/admin.sock mode 660' to the global section"
fail "no haproxy answers on$tried"
