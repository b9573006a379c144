#!/bin/sh
# Written by haprov: does a name server resolve a name?
# usage: haprov-check-dns NAME SERVER [PORT [TYPE [SECONDS]]]   TYPE: the record type's number, 1 for A
# Exits 0 when the server answers NOERROR with at least one record within SECONDS (0.8). The question goes over UDP, made
# by printf and sent by bash (RFC 1035, 4.1): every host has both.
set -u
export LC_ALL=C

fail() {
  echo "check dns: $1" >&2
  exit 1
}

name=${1:?"usage: $0 NAME SERVER [PORT [TYPE [SECONDS]]]"}
server=${2:?"usage: $0 NAME SERVER [PORT [TYPE [SECONDS]]]"}
port=${3:-53}
type=${4:-1}
limit=${5:-0.8}

command -v bash >/dev/null || fail 'bash is not installed'

octal() {
  printf '\\%03o' "$1"
}

# The name's labels, each after its length, as a format for printf.
question=
rest=${name%.}.
while [ -n "$rest" ]; do
  label=${rest%%.*}
  rest=${rest#*.}
  question="$question$(octal ${#label})$label"
done
first=$(($$ % 256))
second=$(($$ / 256 % 256))
query="$(octal $first)$(octal $second)\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000$question\\000\\000$(octal "$type")\\000\\001"

# dd makes one datagram of what comes in, whatever bytes are in it, and reads one.
# shellcheck disable=SC2016 # bash itself takes the words.
answer=$(timeout "$limit" bash -c 'exec 3<>"/dev/udp/$0/$1" || exit
  printf "$2" | dd ibs=512 obs=1024 >&3 2>/dev/null
  dd bs=4096 count=1 <&3 2>/dev/null | od -An -v -tx1' "$server" "$port" "$query" 2>/dev/null </dev/null)
code=$?
# shellcheck disable=SC2086 # Bytes are words.
set -- $answer
[ $code -ne 124 ] || fail "no answer from $server port $port within $limit s"
[ $# -ge 12 ] || fail "$server does not answer on port $port"
[ "$1$2" = "$(printf '%02x%02x' $first $second)" ] || fail "$server answers another question"
[ $((0x$3 & 0x80)) -ne 0 ] || fail "$server sends no answer but a question"
case $((0x$4 & 0x0f)) in
  0) ;;
  2) fail "$server cannot resolve $name (SERVFAIL)" ;;
  3) fail "$server knows no $name (NXDOMAIN)" ;;
  5) fail "$server refuses to resolve $name (REFUSED)" ;;
  *) fail "$server answers with error $((0x$4 & 0x0f))" ;;
esac
[ "$7$8" != 0000 ] || fail "$server has no such record of $name"
