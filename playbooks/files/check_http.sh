#!/bin/sh
# Written by haprov: does a URL answer as it has to?
# usage: haprov-check-http URL [SECONDS] [expect=200,2xx] [method=GET] [connect=ADDRESS:PORT] [ca=FILE] [insecure=yes]
# Exits 0 when URL answers with one of the statuses within SECONDS (0.8). It follows no redirect and uses no proxy.
# `connect` is where the request goes; the URL then names the host and the certificate.
set -u
export LC_ALL=C

fail() {
  echo "check http: $1" >&2
  exit 1
}

url=${1:?"usage: $0 URL [SECONDS] [KEY=VALUE...]"}
limit=${2:-0.8}
shift
[ $# -eq 0 ] || shift
expect=200 method=GET connect='' ca='' insecure=''
for word in "$@"; do
  case $word in
    expect=*) expect=${word#expect=} ;;
    method=*) method=${word#method=} ;;
    connect=*) connect=${word#connect=} ;;
    ca=*) ca=${word#ca=} ;;
    insecure=yes) insecure=yes ;;
    *) fail "unknown word $word" ;;
  esac
done

command -v curl >/dev/null || fail 'curl is not installed'
[ -z "$ca" ] || [ -r "$ca" ] || fail "the CA file $ca is missing or not readable for $(id -un)"

set -- --url "$url"
[ -z "$insecure" ] || set -- --insecure "$@"
[ -z "$ca" ] || set -- --cacert "$ca" "$@"
[ -z "$connect" ] || set -- --connect-to "::$connect" "$@"
case $method in
  GET) ;;
  HEAD) set -- --head "$@" ;;
  *) set -- --request "$method" "$@" ;;
esac

# No ~/.curlrc: the answer has to come from this URL itself.
status=$(curl -q --globoff --noproxy '*' --silent --output /dev/null --write-out '%{http_code}' \
  --max-time "$limit" "$@")
code=$?
case $code in
  0) ;;
  7) fail "no connection to ${connect:-$url}" ;;
  28) fail "no answer from $url within $limit s" ;;
  35 | 51 | 58 | 60 | 77) fail "the certificate of $url is not trusted (curl: exit status $code)" ;;
  *) fail "no answer from $url (curl: exit status $code)" ;;
esac
case ,$expect, in
  *",$status,"* | *",${status%??}xx,"*) exit 0 ;;
esac
fail "$url answers $status, not $expect"
