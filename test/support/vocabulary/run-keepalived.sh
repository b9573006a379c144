# Tests and runs keepalived.conf files, each in a network of its own. On standard input: files in keepalived's form, each after a line
# "==== NAME". For each it prints "==== NAME", "---- test STATUS" and what the test said, "---- log" and the log of keepalived, "---- dump" and
# keepalived.data. Runs JOBS at once.
set -u
work=$(mktemp -d /var/tmp/vocabulary.XXXXXX)
awk -v dir="$work" '/^==== /{out = dir "/" $2 ".conf"; next} {print > out}' 
for path in $(cat "$work"/*.conf | grep -oE '/usr/libexec/keepalived/[^ "]+' | sort -u); do
  [ -e "$path" ] || { mkdir -p "${path%/*}"; install -m 755 /bin/true "$path"; }
done
cat >"$work/one.sh" <<'ONE'
conf=$1
chmod 640 "$conf"
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mkdir -p /run/keepalived
ip link set lo up
last=11
for link in eth0 eth1 eth2 bond0.57; do
  ip link add "$link" type veth peer name "p$last"
  ip link set "p$last" up
  ip link set "$link" up
  ip addr add "192.0.2.$last/32" dev "$link"
  ip addr add "fe80::$last/64" dev "$link" nodad
  last=$((last + 1))
done
sed 's/^ *user .*//' "$conf" >"$conf.plain"
chmod 640 "$conf.plain"
said=$(keepalived --config-test -f "$conf.plain" 2>&1)
echo "---- test $?"
[ -z "$said" ] || printf '%s\n' "$said"
keepalived --dont-fork --log-console -f "$conf" >/tmp/log 2>&1 &
pid=$!
turn=0
until grep -q 'Startup complete' /tmp/log 2>/dev/null || [ "$turn" -gt 60 ]; do sleep 0.05; turn=$((turn + 1)); done
kill -USR1 "$pid"
turn=0
until grep -q -- '------< Interfaces >------' /tmp/keepalived.data 2>/dev/null || [ "$turn" -gt 60 ]; do sleep 0.05; turn=$((turn + 1)); done
kill -KILL "$pid" $(pgrep -P "$pid")
wait "$pid" 2>/dev/null
echo "---- log"
cat /tmp/log
echo "---- dump"
cat /tmp/keepalived.data
ONE
ls "$work" | sed -n 's/\.conf$//p' | xargs -P "${JOBS:-3}" -I{} sh -c 'unshare -nm sh "$1/one.sh" "$1/$2.conf" >"$1/$2.out" 2>&1' sh "$work" {}
for out in "$work"/*.out; do
  name=${out##*/}
  echo "==== ${name%.out}"
  cat "$out"
done
rm -rf "$work"
