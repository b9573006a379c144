#!/bin/sh
# Written by haprov: tells that a VRRP instance changed its state.
# usage: haprov-notify INSTANCE|GROUP NAME MASTER|BACKUP|FAULT|STOP|DELETED PRIORITY   (as keepalived calls it)
# A line to the journal and to a log file, a message to Slack where a webhook is set, and the user's own script where
# there is one. It ends with 0 whatever happens, and its slow part within a minute: telling must not hurt.
set -u
export LC_ALL=C
umask 027

log=/var/log/haprov-notify.log
slack=/etc/keepalived/haprov-slack.curl
user=/usr/libexec/keepalived/haprov-notify-user

# Names come from keepalived.conf, which anyone's hand may have written: nothing but printable ASCII goes on.
plain() {
  printf '%s' "$1" | tr -cd '\040-\176' | cut -c 1-100
}

deliver=
if [ "${1:-}" = --deliver ]; then
  deliver=yes
  shift
fi
kind=$(plain "${1:-}")
name=$(plain "${2:-}")
state=$(plain "${3:-}")
priority=$(plain "${4:-}")
host=$(plain "$(uname -n)")
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)

record() {
  logger -t haprov-notify -p daemon.notice -- "$1" 2>/dev/null
  # Where this script was removed meanwhile, with all that haprov wrote, its log must not come back.
  [ -e "$0" ] || return 0
  # Kept small by hand: it must not need logrotate, nor fill a disk when an instance flaps.
  if [ -n "$(find "$log" -size +1024k 2>/dev/null)" ]; then mv -f "$log" "$log.1"; fi
  { printf '%s %s %s\n' "$now" "$host" "$1" >>"$log"; } 2>/dev/null
}

meaning() {
  case $state in
    MASTER) echo 'holds the virtual IP now' ;;
    BACKUP) echo 'stands by' ;;
    FAULT) echo 'gave up: a check failed or its interface is down' ;;
    STOP) echo 'keepalived was stopped here' ;;
    DELETED) echo 'the instance was removed from keepalived.conf' ;;
    *) echo 'a state that haprov does not know' ;;
  esac
}

# Text within a JSON string; Slack wants &, < and > as entities.
json() {
  printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/\\/\\\\/g' -e 's/"/\\"/g'
}

# The URL is in a file that root alone can read: on the command line anyone could see it. Its errors may name it.
post() {
  printf '{"text":"%s"}' "$(json "$1")" |
    curl -q --config "$slack" --silent --output /dev/null --fail --connect-timeout 3 --max-time 5 \
      --header 'Content-Type: application/json' --data-binary @- 2>/dev/null
}

tell_slack() {
  post "$1" && return
  sleep 2
  post "$1" || record "$name $state: Slack was not told (curl: exit status $?)"
}

if [ -z "$deliver" ]; then
  record "$kind $name $state priority ${priority:-unknown}"
  [ -x "$user" ] || [ -s "$slack" ] || exit 0
  # keepalived kills the scripts it started when it stops, so what is to tell of a stop needs a session of its own.
  command -v setsid >/dev/null && exec setsid --fork "$0" --deliver "$@"
fi

if [ -x "$user" ]; then
  {
    timeout -k 5 30 "$user" "$@" </dev/null >/dev/null 2>&1 ||
      record "$name $state: $user failed (exit status $?)"
  } &
fi
if [ -s "$slack" ]; then
  tell_slack "$host: $name is $state, priority ${priority:-unknown}: $(meaning) ($now)"
fi
wait
exit 0
