import { SERVICE_ROWS } from '../../checks/services.ts';

/** The unit that puts the old state back at boot, before keepalived starts. */
export const BOOT_UNIT = '/etc/systemd/system/haprov-switch.service';
const BOOT_LINK = '/etc/systemd/system/multi-user.target.wants/haprov-switch.service';

const SERVICES = SERVICE_ROWS.map(({ unit }) => `${unit}.service`).join(' ');

/**
 * Run as early as its files can be reached: ahead of the firewall, whose own files may be put back, and of all that a
 * change concerns. Without the default dependencies, since some of those units come before sysinit.target. A link is
 * all that enabling it takes; nothing is loaded before the next boot.
 */
export const BOOT_UNIT_TEXT = `# Written by haprov; gone once the change that it guards is confirmed.
[Unit]
Description=Put back what haprov changed and nobody confirmed
DefaultDependencies=no
Conflicts=shutdown.target
RequiresMountsFor=/var/lib/haprov /etc /usr
After=local-fs.target
Before=shutdown.target multi-user.target keepalived.service haprov-firewall.service ${SERVICES}
Before=firewalld.service nftables.service netfilter-persistent.service iptables.service ip6tables.service ufw.service
ConditionPathExists=|/var/lib/haprov/switch/armed
ConditionPathExists=|/var/lib/haprov/switch/rolling

[Service]
Type=oneshot
ExecStart=/bin/sh /var/lib/haprov/switch/watcher boot
TimeoutStartSec=15min

[Install]
WantedBy=multi-user.target
`;

/**
 * Functions of sh around the files of the switch, after GUARD_SHELL. `switch_clear` takes away all but the records;
 * `switch_roll TOKEN REASON` puts back now what is armed with that token (or `any`), as the host itself would.
 * HAPROV_LOCKED tells that flock is held by the caller.
 */
export const SWITCH_SHELL = `switch_clear() {
  rm -f -- ${BOOT_LINK} ${BOOT_UNIT} "$guard_switch/undo" "$guard_switch/watcher" "$guard_switch/deadline" \\
    "$guard_switch/heartbeat" "$guard_switch"/*.tmp ${BOOT_UNIT}.tmp
  rm -rf -- "$guard_switch/firewall" "$guard_switch/now"
}
switch_enable() {
  mkdir -p ${BOOT_LINK.slice(0, BOOT_LINK.lastIndexOf('/'))} && ln -sfn ${BOOT_UNIT} ${BOOT_LINK} &&
    sync ${BOOT_UNIT} ${BOOT_UNIT.slice(0, BOOT_UNIT.lastIndexOf('/'))} ${BOOT_LINK.slice(0, BOOT_LINK.lastIndexOf('/'))}
}
switch_roll() {
  if [ -f "$guard_switch/watcher" ]; then
    # Whoever has put it back by now has taken the watcher away.
    sh "$guard_switch/watcher" now "$1" "$2" </dev/null || { [ ! -e "$guard_switch/armed" ] && [ ! -e "$guard_switch/rolling" ]; }
  else
    guard_load "$guard_switch/rolling" || guard_load "$guard_switch/armed" || return 0
    switch_record "$2" 0 && rm -f -- "$guard_switch/armed" "$guard_switch/rolling"
  fi
}
switch_record() {
  guard_save "$guard_switch/put-back" "arm=$r_arm" "run=$r_run" "who=$r_who" \\
    "at=$(date -u +%Y-%m-%dT%H%%3A%M%%3A%SZ)" "reason=$1" "ok=$2"
}`;
