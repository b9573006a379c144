#!/bin/sh
# Written by haprov: is nginx fit to hold the virtual IP?
# usage: haprov-check-nginx URL [SECONDS]
# Exits 0 when nginx runs and URL answers 200 within SECONDS (0.8). It observes and does not heal: systemd restarts
# what dies (Restart=on-failure), and a check that restarts nginx hides that it keeps dying.
set -u
export LC_ALL=C

fail() {
  echo "check nginx: $1" >&2
  exit 1
}

url=${1:?"usage: $0 URL [SECONDS]"}
limit=${2:-0.8}

command -v curl >/dev/null || fail 'curl is not installed'

# Those of containers on this host do not count, but for a user other than root, who cannot tell them apart. A zombie does,
# but it answers no request.
own="--ns $$ --nslist pid"
[ "$(id -u)" = 0 ] || own=
# shellcheck disable=SC2086 # Options are words.
pgrep $own -x nginx >/dev/null || fail 'no nginx process, or no pgrep to find it'

# No proxy, no redirects, no ~/.curlrc: the answer has to come from this URL itself.
status=$(curl -q --globoff --noproxy '*' --silent --output /dev/null --write-out '%{http_code}' \
  --max-time "$limit" --url "$url") || fail "no answer from $url within $limit s (curl: exit status $?)"
[ "$status" = 200 ] || fail "$url answers $status"
