#!/bin/sh
# Written by haprov: is a systemd unit active?
# usage: haprov-check-unit UNIT [SECONDS]
# Exits 0 when systemd says so within SECONDS (0.8). It observes and does not heal: systemd restarts what dies.
set -u
export LC_ALL=C

unit=${1:?"usage: $0 UNIT [SECONDS]"}
limit=${2:-0.8}
state=$(timeout "$limit" systemctl is-active -- "$unit" 2>&1) && exit 0
echo "check unit: $unit is ${state:-not known within $limit s}" >&2
exit 1
