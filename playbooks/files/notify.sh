#!/bin/sh
# Written by haprov: tells that a VRRP instance changed its state.
# usage: haprov-notify INSTANCE|GROUP NAME MASTER|BACKUP|FAULT|STOP|DELETED PRIORITY   (as keepalived calls it)
# A line to the journal and to a log file; then messages to Slack and webhooks, and the administrator's own scripts. These
# take their turn: of one instance never two scripts at once, and in the order of its changes. It ends with 0 whatever
# happens: telling must not hurt.
set -u
export LC_ALL=C
umask 027

log=/var/log/haprov-notify.log
slack=/etc/keepalived/haprov-slack.curl
user=/usr/libexec/keepalived/haprov-notify-user
# run NAME STATE SECONDS PATH: a script, `*` for any. Without the file, $user alone.
conf=/etc/keepalived/haprov-notify.conf
# url NAME URL, key NAME SECRET: whom to tell. Their messages are in $messages.
webhooks=/etc/keepalived/haprov-webhooks
messages=/etc/keepalived/haprov-message-
queues=/run/haprov-notify
# Seconds that a script has, where the inventory does not say.
limit=30
# Changes of one instance that wait at most; the oldest go.
longest=100

# Names come from keepalived.conf, which anyone's hand may have written: nothing but printable ASCII goes on.
plain() {
  printf '%s' "$1" | tr -cd '\040-\176' | cut -c 1-100
}

record() {
  logger -t haprov-notify -p daemon.notice -- "$1" 2>/dev/null
  # Where this script was removed meanwhile, with all that haprov wrote, its log must not come back.
  [ -e "$0" ] || return 0
  # Kept small by hand: it must not need logrotate, nor fill a disk when an instance flaps.
  if [ -n "$(find "$log" -size +1024k 2>/dev/null)" ]; then mv -f "$log" "$log.1"; fi
  { printf '%s %s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$host" "$1" >>"$log"; } 2>/dev/null
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

# Text within a JSON string.
json() {
  printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'
}

# Slack wants &, < and > as entities.
entities() {
  printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'
}

# post URL: standard input goes there. On the command line anyone could see the URL; its errors may name it.
post() {
  curl -q --config /dev/fd/7 --silent --output /dev/null --fail --connect-timeout 3 --max-time 5 \
    --header 'Content-Type: application/json' --data-binary @- 2>/dev/null 7<<CONFIG
url = "$1"
CONFIG
}

# tell NAME URL BODY: twice at most.
tell() {
  printf '%s' "$3" | post "$2" && return
  sleep 2
  printf '%s' "$3" | post "$2" || record "$name $state: $1 was not told (curl: exit status $?)"
}

# filled TEMPLATE [KEY]: with {{ host }} and the other words in it, each fit for a JSON string.
filled() {
  # shellcheck disable=SC2034 # Read by their names, below.
  case $state in
    MASTER | BACKUP) action=resolve severity=info ;;
    FAULT) action=trigger severity=critical ;;
    *) action=trigger severity=warning ;;
  esac
  set -- "$1" "${2:-}" -e ''
  for word in host kind name state priority time text action severity key; do
    case $word in
      name) value=$name ;;
      key) value=$2 ;;
      text) value=$text ;;
      *) eval "value=\$$word" ;;
    esac
    value=$(json "$value" | sed -e 's/[\\&|]/\\&/g')
    set -- "$@" -e "s|{{ *$word *}}|$value|g"
    [ "$word" != name ] || set -- "$@" -e "s|{{ *instance *}}|$value|g"
  done
  template=$1
  shift 2
  sed "$@" "$template"
}

tell_all() {
  text="$host: $name is $state, priority $priority: $(meaning) ($time)"
  [ ! -s "$slack" ] || tell Slack "$(sed -n 's/^url = "\(.*\)"$/\1/p' "$slack")" "{\"text\":\"$(json "$(entities "$text")")\"}"
  [ -s "$webhooks" ] || return 0
  # shellcheck disable=SC2094 # It is read twice, and written by nobody here.
  while read -r what webhook url; do
    [ "$what" = url ] || continue
    key=$(plain "$(sed -n "s/^key $webhook //p" "$webhooks")")
    tell "webhook $webhook" "$url" "$(filled "$messages$webhook.json" "$key")"
  done <"$webhooks"
}

# run_script SECONDS PATH: what it starts must not keep the queue's lock.
run_script() {
  [ -x "$2" ] || return 0
  timeout -k 5 "$1" "$2" "$kind" "$name" "$state" "$priority" </dev/null >/dev/null 2>&1 8>&- 9>&-
  code=$?
  case $code in
    0) ;;
    124 | 137) record "$name $state: $2 was killed after $1 s" ;;
    *) record "$name $state: $2 failed (exit status $code)" ;;
  esac
}

run_all() {
  if [ ! -s "$conf" ]; then
    run_script "$limit" "$user"
    return
  fi
  while read -r what who when seconds path; do
    [ "$what" = run ] || continue
    [ "$who" = '*' ] || [ "$who" = "$name" ] || continue
    [ "$when" = '*' ] || [ "$when" = "$state" ] || continue
    run_script "$seconds" "$path"
  done <"$conf"
}

# handle CHANNEL: the change in $kind, $name, $state, $priority and $time.
handle() {
  case $1 in
    script) run_all ;;
    post) tell_all ;;
  esac
}

# taken QUEUE: takes the oldest change out of it.
taken() {
  exec 8>"$1.mutex"
  flock 8
  code=1
  if IFS=' ' read -r time priority state kind name <"$1"; then
    code=0
    tail -n +2 "$1" >"$1.new" && mv -f "$1.new" "$1"
  fi
  exec 8>&-
  return "$code"
} 2>/dev/null

# deliver CHANNEL QUEUE: one at a time; who finds another at work leaves the change to that one.
deliver() {
  exec 9>"$2.lock"
  while [ -s "$2" ]; do
    flock -n 9 || return 0
    while [ -e "$0" ] && taken "$2"; do handle "$1"; done
    flock -u 9
    [ -e "$0" ] || return 0
  done
}

host=$(plain "$(uname -n)")
if [ "${1:-}" = --deliver ]; then
  deliver "$2" "$3"
  exit 0
fi
kind=$(plain "${1:-}")
name=$(plain "${2:-}")
state=$(plain "${3:-}")
priority=$(plain "${4:-}")
priority=${priority:-unknown}
time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
record "$kind $name $state priority $priority"

# ready QUEUE: whether changes can wait in it.
ready() {
  [ -d "$queues" ] || mkdir -m 700 "$queues" || return 1
  command -v flock >/dev/null || return 1
  (: >>"$1.mutex")
} 2>/dev/null

# away COMMAND...: in a session of its own: keepalived kills the scripts that it started when it stops.
away() {
  if command -v setsid >/dev/null; then setsid --fork "$@"; else "$@" & fi
}

for channel in script post; do
  case $channel in
    script) [ -x "$user" ] || grep -qs '^run ' "$conf" || continue ;;
    post) [ -s "$slack" ] || [ -s "$webhooks" ] || continue ;;
  esac
  queue=$queues/$(printf '%s' "$kind.$name" | tr -c 'A-Za-z0-9_.-' '_').$channel
  if ready "$queue"; then
    exec 8>"$queue.mutex"
    flock 8
    printf '%s %s %s %s %s\n' "$time" "$priority" "${state:--}" "${kind:--}" "$name" >>"$queue"
    if [ "$(wc -l <"$queue")" -gt "$longest" ]; then
      record "$name: more than $longest changes wait; the oldest is not told"
      tail -n "$longest" "$queue" >"$queue.new" && mv -f "$queue.new" "$queue"
    fi
    exec 8>&-
    away "$0" --deliver "$channel" "$queue"
  else
    handle "$channel" &
  fi
done
wait
exit 0
