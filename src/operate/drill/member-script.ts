import { VRRP_STATE_SCRIPT } from '../../facts/keepalived/vrrp-state-script.ts';

/**
 * Watches a member until nobody reads any more: prints each change of its addresses with its time in UTC, and twice a
 * second `s NANOSECONDS INSTANCE=STATE …`, or `s NANOSECONDS none` where keepalived does not run, `s NANOSECONDS ?` where
 * it does not tell. Times are the host's. The monitor has subscribed before the addresses that are there are printed.
 */
export const MEMBER_SCRIPT = `TZ=UTC ip -ts -o monitor address & monitor=$!
trap '' PIPE
trap 'kill "$monitor" 2>/dev/null' EXIT
trap 'exit 0' HUP INT TERM
tries=0
until awk -v pid=$monitor '$3 == pid && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink; do
  tries=$((tries + 1)); [ "$tries" -lt 100 ] || break
  sleep 0.02
done
ip -o address show
vrrp_state() (
${VRRP_STATE_SCRIPT}
)
rounds=0
while [ "$rounds" -lt 7200 ] && kill -0 "$monitor" 2>/dev/null; do
  now=$(date +%s%N)
  states=$(vrrp_state 2>/dev/null | awk '$0 == "none" { printf " none" }
    /^ VRRP / { name = $2 == "Instance" ? $4 : "" }
    /^   State = / && name != "" { printf " %s=%s", name, $3 }')
  echo "s $now\${states:- ?}" 2>/dev/null || exit 0
  rounds=$((rounds + 1))
  sleep 0.5
done`;
