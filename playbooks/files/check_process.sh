#!/bin/sh
# Written by haprov: does a program run?
# usage: haprov-check-process NAME [anywhere]
# Exits 0 when a process of that name runs on this host; with `anywhere`, in a container on it too. It reads /proc itself, so
# every user may run it. A zombie does not count.
set -u
export LC_ALL=C

name=${1:?"usage: $0 NAME [anywhere]"}
scope=${2:-here}
# The kernel keeps 15 characters of a name; the rest is compared with the program's own first word.
short=$name
while [ ${#short} -gt 15 ]; do short=${short%?}; done

# named DIRECTORY: whether the first word of its command line is NAME.
named() {
  program=$(tr '\000' '\n' <"$1/cmdline" 2>/dev/null | head -n 1)
  program=${program%% *}
  [ "${program##*/}" = "$name" ]
}

# counts DIRECTORY: alive, and on this host itself unless anywhere will do. NSpid has a number for each nested namespace.
counts() {
  depth=0
  while read -r key rest; do
    case $key in
      State:) case $rest in [ZX]*) return 1 ;; esac ;;
      NSpid:)
        # shellcheck disable=SC2086 # Numbers.
        set -- $rest
        depth=$#
        ;;
    esac
  done 2>/dev/null <"$1/status" || return 1
  [ "$scope" = anywhere ] || [ "$depth" -le 1 ]
}

for process in /proc/[0-9]*; do
  { IFS= read -r comm <"$process/comm"; } 2>/dev/null || continue
  [ "$comm" = "$short" ] || continue
  [ "$short" = "$name" ] || named "$process" || continue
  if counts "$process"; then exit 0; fi
done
echo "check process: no process $name$([ "$scope" = anywhere ] || echo ' on this host itself')" >&2
exit 1
