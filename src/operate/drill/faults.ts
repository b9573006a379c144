import type { Cluster, Instance, Service } from '../../inventory/model.ts';
import { unitMembersOf } from '../../inventory/move-units.ts';
import { quote } from '../../transport/quote.ts';
import type { HostFault } from './guard.ts';
import type { ScenarioName } from './model.ts';

/** A fault that a host undoes by itself, and what is told of it. */
export interface Fault extends HostFault {
  /** "nginx stopped" */
  readonly made: string;
  /** "nginx started" */
  readonly undone: string;
}

/** The fault of a scenario on its holder; `reboot` has none of this kind. Pure. */
export function faultOf(
  name: Exclude<ScenarioName, 'reboot'>,
  service: Service,
  devices: readonly string[],
  advertInt: number,
): Fault {
  switch (name) {
    case 'service':
    case 'flap':
      return { ...heldUnit(service, STOP), made: `${service} stopped`, undone: `${service} started` };
    case 'keepalived':
      return { ...heldUnit('keepalived', STOP), made: 'keepalived stopped', undone: 'keepalived started' };
    case 'crash':
      return { ...heldUnit('keepalived', KILL), made: 'keepalived killed', undone: 'keepalived started' };
    case 'isolate':
      return { ...isolated(devices, advertInt + 0.3), made: 'VRRP is dropped', undone: 'VRRP passes again' };
  }
}

/**
 * The interfaces on which that host's VRRP of an instance goes, and of all that move with it: in a sync group none is taken
 * over while one of them is still heard.
 */
export function devicesOf(cluster: Cluster, instance: Instance, host: string): readonly string[] {
  const unit = unitMembersOf(cluster, instance.name);
  const members = cluster.vrrp_instances.filter(({ name }) => unit.includes(name));
  return [...new Set(members.flatMap((one) => one.interface[host] ?? []))];
}

/** Starts a service again that is held, for flap: only its stop is a fault, and the hold stays. */
export function letUnitUp(service: string): string {
  const unit = quote(`${service}.service`);
  return `rm -f "$d/hold"; systemctl reset-failed ${unit} 2>/dev/null; systemctl start ${unit}`;
}

const STOP = (unit: string): string => `: >"$d/hold"; systemctl stop ${unit}`;

/**
 * All of them at once, as far as that goes: a child that outlives the main process is told by the kernel, and would
 * take the VIP away in good order. A stopped process hears nothing until it is dead.
 */
const KILL = (unit: string): string => `: >"$d/hold"
main=$(systemctl show -p MainPID --value ${unit})
[ "\${main:-0}" != 0 ] || fail 'keepalived does not run'
exe=$(readlink "/proc/$main/exe") group=$(cat "/proc/$main/cgroup")
pids=
for p in /proc/[0-9]*; do
  [ "$(readlink "$p/exe" 2>/dev/null)" = "$exe" ] && [ "$(cat "$p/cgroup" 2>/dev/null)" = "$group" ] && pids="$pids \${p#/proc/}"
done
kill -STOP $pids; kill -KILL $pids`;

/**
 * Nothing starts the unit while `hold` is there: not systemd's Restart=, not a check that heals, not a person who does
 * not know of the drill. A drop-in does so wherever the unit's own file lies, where a runtime mask would not.
 */
function heldUnit(service: string, make: (unit: string) => string): HostFault {
  const unit = quote(`${service}.service`);
  const directory = `/run/systemd/system/${unit}.d`;
  const dropIn = `${directory}/zz-haprov-drill.conf`;
  return {
    prepare: `mkdir -p ${directory} && printf '%s\\n' '[Unit]' "ConditionPathExists=!$d/hold" '[Service]' Restart=no >${dropIn} &&
  chmod 755 ${directory} && chmod 644 ${dropIn} && systemctl daemon-reload || exit 1`,
    make: make(unit),
    undo: `d=/run/haprov-drill
rm -f "$d/hold" ${dropIn}
rmdir ${directory} 2>/dev/null
systemctl daemon-reload
if ! systemctl is-active --quiet ${unit}; then
  systemctl reset-failed ${unit} 2>/dev/null
  timeout 100 systemctl start ${unit}
fi
systemctl is-active --quiet ${unit} && [ ! -e ${dropIn} ]`,
  };
}

/**
 * A table of nft's own comes before every other rule; a chain of iptables' own is jumped to before every other. What
 * comes in is let in first, and for an advert more nothing out: where this host is to keep the VIP, it hears the other
 * and announces the VIP anew before that one gives it up; else clients would go on asking the other one.
 */
function isolated(devices: readonly string[], pauseSeconds: number): HostFault {
  const names = devices.map(quote).join(' ');
  const set = `{ ${devices.map((device) => `"${device}"`).join(', ')} }`;
  return {
    prepare: ':',
    make: `cut_nft() {
  command -v nft >/dev/null && nft -f - <<'RULES'
table inet haprov_drill {
  chain in { type filter hook input priority -350; policy accept; iifname ${set} meta l4proto 112 drop; }
  chain out { type filter hook output priority -350; policy accept; oifname ${set} meta l4proto 112 drop; }
}
RULES
}
jump_all() {
  for link in ${names}; do
    $t -w 5 -I INPUT 1 -i "$link" -p 112 -j haprov-drill && $t -w 5 -I OUTPUT 1 -o "$link" -p 112 -j haprov-drill || return 1
  done
}
cut_iptables() {
  command -v iptables >/dev/null || return 1
  for t in iptables ip6tables; do
    command -v $t >/dev/null || continue
    $t -w 5 -N haprov-drill && $t -w 5 -A haprov-drill -j DROP &&
      jump_all || [ $t = ip6tables ] || return 1
  done
}
cut_nft || cut_iptables || fail 'neither nft nor iptables could drop VRRP'`,
    undo: `left=0
if command -v nft >/dev/null && nft list table inet haprov_drill >/dev/null 2>&1; then
  nft flush chain inet haprov_drill in
  sleep ${pauseSeconds}
  nft delete table inet haprov_drill || left=1
fi
for t in iptables ip6tables; do
  command -v $t >/dev/null || continue
  $t -w 5 -n -L haprov-drill >/dev/null 2>&1 || continue
  for link in ${names}; do
    while $t -w 5 -D INPUT -i "$link" -p 112 -j haprov-drill 2>/dev/null; do :; done
  done
done
! iptables -w 5 -n -L haprov-drill >/dev/null 2>&1 || sleep ${pauseSeconds}
for t in iptables ip6tables; do
  command -v $t >/dev/null || continue
  $t -w 5 -n -L haprov-drill >/dev/null 2>&1 || continue
  for link in ${names}; do
    while $t -w 5 -D OUTPUT -o "$link" -p 112 -j haprov-drill 2>/dev/null; do :; done
  done
  $t -w 5 -F haprov-drill; $t -w 5 -X haprov-drill || left=1
done
[ $left = 0 ]`,
  };
}
