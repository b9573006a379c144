#!/bin/sh
# Written by haprov: does a TCP port take connections?
# usage: haprov-check-tcp ADDRESS PORT [SECONDS]
# Exits 0 when it does so within SECONDS (0.8). It sends nothing. bash connects: every host has it.
set -u
export LC_ALL=C

fail() {
  echo "check tcp: $1" >&2
  exit 1
}

address=${1:?"usage: $0 ADDRESS PORT [SECONDS]"}
port=${2:?"usage: $0 ADDRESS PORT [SECONDS]"}
limit=${3:-0.8}

command -v bash >/dev/null || fail 'bash is not installed'
# shellcheck disable=SC2016 # bash itself takes the words.
timeout "$limit" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$port" 2>/dev/null </dev/null && exit 0
[ $? -ne 124 ] || fail "no answer from $address port $port within $limit s"
fail "$address refuses connections to port $port"
