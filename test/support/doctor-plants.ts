/** Where a trouble is planted: on the pair of nginx, on one of haproxy, or on a host that belongs to no cluster. */
export type PlantRole = 'holder' | 'backup' | 'proxy' | 'stranger';

/** A trouble that a test makes on hosts by hand, and what the doctor has to say of it. */
export interface Plant {
  /** "unit-disabled"; names the test. */
  readonly name: string;
  /** POSIX sh by role, as root. */
  readonly plant: Readonly<Partial<Record<PlantRole, string>>>;
  readonly undo: Readonly<Partial<Record<PlantRole, string>>>;
  readonly finds: {
    readonly id: string;
    readonly status: 'fail' | 'warn';
    /** The evidence names the cause. */
    readonly says: RegExp;
  };
}

/** What the plants need to know of the lab. */
export interface Ground {
  readonly vip: string;
  /** A free address beside it. */
  readonly other: string;
  readonly vrid: number;
  readonly stranger: string;
}

const CONF = '/etc/keepalived/keepalived.conf';
const CHECK = '/usr/libexec/keepalived/haprov-check-nginx';
/** keepalived reads its file after `systemctl reload` has ended; its peer needs a master-down interval to notice. */
const RELOAD = 'systemctl reload keepalived; sleep 5';
const KEEP = `cp -p ${CONF} /root/kept.conf`;
const BACK = `cp -p /root/kept.conf ${CONF}; systemctl reload keepalived; sleep 2`;
const edit = (expression: string): string => `${KEEP}; sed -i '${expression}' ${CONF}; ${RELOAD}`;

/** Adverts as a router of somebody else's sends them: version 2, low priority, no password. */
const ROUTER = `use Socket; my ($vrid, $from, $to) = @ARGV;
socket(my $s, AF_INET, SOCK_RAW, 112) or die; setsockopt($s, 0, 33, pack("I", 255)); setsockopt($s, 0, 10, pack("C", 255));
my $p = pack("CCCCCCna4a8", 0x21, $vrid, 10, 1, 0, 1, 0, inet_aton("192.0.2.77"), "");
my $sum = 0; $sum += $_ for unpack("n*", $p); $sum = ($sum >> 16) + ($sum & 0xffff); substr($p, 6, 2) = pack("n", ~$sum & 0xffff);
for (1 .. 60) { send($s, $p, 0, sockaddr_in(0, inet_aton("224.0.0.18"))); sleep 1 }`;

export function plants({ vip, other, vrid, stranger }: Ground): readonly Plant[] {
  return [
    {
      name: 'a unit that is not enabled',
      plant: { backup: 'systemctl disable -q keepalived' },
      undo: { backup: 'systemctl enable -q keepalived' },
      finds: { id: 'HD011', status: 'fail', says: /keepalived\.service is disabled/ },
    },
    {
      name: 'a service that is stopped',
      plant: { backup: 'systemctl stop nginx' },
      undo: { backup: 'systemctl start nginx' },
      finds: { id: 'HD012', status: 'fail', says: /nginx\.service is inactive/ },
    },
    {
      name: 'a keyword of a tutorial that keepalived does not know',
      plant: { backup: `${KEEP}; sed -i '/router_id/a log_level 7' ${CONF}` },
      undo: { backup: `cp -p /root/kept.conf ${CONF}` },
      finds: { id: 'HD013', status: 'fail', says: /log_level/ },
    },
    {
      name: 'a configuration that is executable',
      plant: { backup: `chmod +x ${CONF}` },
      undo: { backup: `chmod a-x ${CONF}` },
      finds: { id: 'HD013', status: 'fail', says: /executable/ },
    },
    {
      name: "the package's example in place of a configuration",
      plant: {
        proxy: `${KEEP}; printf 'global_defs {\\n  router_id LVS_DEVEL\\n  vrrp_strict\\n}\\nvrrp_instance VI_1 {\\n  interface eth0\\n  virtual_router_id 51\\n  virtual_ipaddress {\\n    192.168.200.16\\n  }\\n}\\n' >${CONF}`,
      },
      undo: { proxy: `cp -p /root/kept.conf ${CONF}` },
      finds: { id: 'HD014', status: 'fail', says: /LVS_DEVEL/ },
    },
    {
      name: 'a file that was changed and not loaded',
      plant: { backup: `${KEEP}; sed -i 's/priority .*/priority 77/' ${CONF}` },
      undo: { backup: `cp -p /root/kept.conf ${CONF}` },
      finds: { id: 'HD016', status: 'warn', says: /priority \d+, not 77/ },
    },
    {
      name: 'members on different segments',
      plant: {
        backup: `ip link add planted0 type veth peer name planted1; ip link set planted1 up; ip link set planted0 up; ip addr add 198.51.100.9/24 dev planted0; ${edit('s/interface eth0/interface planted0/; s/dev eth0/dev planted0/')}`,
      },
      undo: { backup: `${BACK}; ip link del planted0` },
      finds: { id: 'HD021', status: 'fail', says: /198\.51\.100\.0\/24/ },
    },
    {
      name: 'a firewall that drops what comes in',
      plant: { backup: 'iptables -I INPUT 1 -p 112 -j DROP; sleep 5' },
      undo: { backup: 'iptables -D INPUT -p 112 -j DROP' },
      finds: { id: 'HD022', status: 'fail', says: /-A INPUT -p (vrrp|112) -j DROP/ },
    },
    {
      name: 'an ACCEPT that stands after a REJECT',
      plant: {
        backup: `iptables-save >/root/kept.rules; iptables -F INPUT
for p in tcp udp icmp igmp; do iptables -A INPUT -p $p -j ACCEPT; done
iptables -A INPUT -j REJECT; iptables -A INPUT -d 224.0.0.18 -p 112 -j ACCEPT; sleep 5`,
      },
      undo: { backup: 'iptables-restore </root/kept.rules' },
      finds: { id: 'HD022', status: 'fail', says: /-A INPUT -j REJECT/ },
    },
    {
      name: 'adverts that do not leave the holder',
      plant: { holder: 'iptables -I OUTPUT 1 -p 112 -j DROP; sleep 5' },
      undo: { holder: 'iptables -D OUTPUT -p 112 -j DROP' },
      finds: { id: 'HD023', status: 'fail', says: /no advert left/ },
    },
    {
      name: 'two masters',
      plant: { holder: 'iptables -I OUTPUT 1 -p 112 -j DROP; sleep 5' },
      undo: { holder: 'iptables -D OUTPUT -p 112 -j DROP' },
      finds: { id: 'HD051', status: 'fail', says: /MASTER on \S+ and \S+/ },
    },
    {
      name: 'a stranger with the same VRID',
      plant: {
        stranger: `cat >/root/router.pl <<'E'\n${ROUTER}\nE\nsystemd-run -q --unit=planted perl /root/router.pl ${vrid} 0 0; sleep 1`,
      },
      undo: { stranger: 'systemctl stop planted; rm /root/router.pl; sleep 2' },
      finds: {
        id: 'HD024',
        status: 'fail',
        says: new RegExp(`VRID ${vrid} is used by ${stranger.replaceAll('.', '\\.')}`),
      },
    },
    {
      name: 'a stranger with the VIP',
      plant: { stranger: `ip addr add ${vip}/32 dev eth0` },
      undo: { stranger: `ip addr del ${vip}/32 dev eth0` },
      finds: { id: 'HD025', status: 'fail', says: /is answered by [0-9a-f:]{17} too/ },
    },
    {
      name: 'a clock that is wrong',
      plant: {
        backup: `printf '#!/bin/sh\\n[ "$1" = +%%s.%%N ] || exec /usr/bin/date "$@"\\necho $(($(/usr/bin/date +%%s) + 9)).5\\n' >/usr/local/bin/date; chmod +x /usr/local/bin/date`,
      },
      undo: { backup: 'rm /usr/local/bin/date' },
      finds: { id: 'HD031', status: 'warn', says: /(8|9)\.\d s ahead of/ },
    },
    {
      name: 'systemd-networkd that manages the interface',
      plant: {
        backup: `mkdir -p /run/systemd/network; printf '[Match]\\nName=planted1\\n[Network]\\nLinkLocalAddressing=no\\n' >/run/systemd/network/10-planted.network
systemctl start systemd-networkd; sleep 2
printf 'ADMIN_STATE=configured\\nNETWORK_FILE=/run/systemd/network/10-planted.network\\n' >/run/systemd/netif/links/$(cat /sys/class/net/eth0/ifindex)`,
      },
      undo: {
        backup:
          'systemctl stop systemd-networkd.socket systemd-networkd; rm -rf /run/systemd/network/10-planted.network /run/systemd/netif/links/*',
      },
      finds: { id: 'HD032', status: 'warn', says: /systemd-networkd manages eth0/ },
    },
    {
      name: 'upgrades that nobody asks for',
      plant: {
        backup: `printf '#!/bin/sh\\n' >/usr/local/bin/unattended-upgrade; chmod +x /usr/local/bin/unattended-upgrade; echo 'APT::Periodic::Unattended-Upgrade "1";' >/etc/apt/apt.conf.d/99planted`,
      },
      undo: { backup: 'rm /usr/local/bin/unattended-upgrade /etc/apt/apt.conf.d/99planted' },
      finds: { id: 'HD033', status: 'warn', says: /unattended-upgrades upgrades keepalived/ },
    },
    {
      name: 'needrestart that restarts by itself',
      plant: {
        backup: `printf '#!/bin/sh\\n' >/usr/local/bin/needrestart; chmod +x /usr/local/bin/needrestart; mkdir -p /etc/needrestart/conf.d; echo "\\$nrconf{restart} = 'a';" >/etc/needrestart/conf.d/planted.conf`,
      },
      undo: { backup: 'rm -r /usr/local/bin/needrestart /etc/needrestart' },
      finds: { id: 'HD034', status: 'warn', says: /needrestart restarts keepalived/ },
    },
    {
      name: 'a denial of SELinux',
      plant: {
        backup: `printf '#!/bin/sh\\necho Enforcing\\n' >/usr/local/bin/getenforce; chmod +x /usr/local/bin/getenforce; mkdir -p /var/log/audit
echo "type=AVC msg=audit($(date +%s).123:9): avc:  denied  { name_connect } for  pid=7 comm=\\"curl\\" dest=8080 scontext=system_u:system_r:keepalived_t:s0 tcontext=system_u:object_r:http_cache_port_t:s0 tclass=tcp_socket permissive=0" >/var/log/audit/audit.log`,
      },
      undo: { backup: 'rm -r /usr/local/bin/getenforce /var/log/audit' },
      finds: { id: 'HD040', status: 'fail', says: /denied \{ name_connect \}/ },
    },
    {
      name: 'a check that everybody may write to, which keepalived drops',
      plant: { backup: `chmod o+w ${CHECK}; ${RELOAD}` },
      undo: { backup: `chmod o-w ${CHECK}; systemctl reload keepalived` },
      finds: { id: 'HD041', status: 'fail', says: /can be changed by everybody/ },
    },
    {
      name: 'a directory of the scripts that is not root’s',
      plant: { backup: `chown nobody /usr/libexec/keepalived; ${RELOAD}` },
      undo: { backup: `chown root /usr/libexec/keepalived; systemctl reload keepalived` },
      finds: { id: 'HD041', status: 'fail', says: /does not belong to root/ },
    },
    {
      name: 'a health location that is not there',
      plant: { backup: edit('s|http://127.0.0.1:488/haprov-health|http://127.0.0.1/health|') },
      undo: { backup: BACK },
      finds: { id: 'HD042', status: 'fail', says: /http:\/\/127\.0\.0\.1\/health answers 404/ },
    },
    {
      name: 'socat that is missing',
      plant: { proxy: 'mv /usr/bin/socat /usr/bin/socat.away; sleep 5' },
      undo: { proxy: 'mv /usr/bin/socat.away /usr/bin/socat; sleep 9' },
      finds: { id: 'HD042', status: 'fail', says: /socat is not installed/ },
    },
    {
      name: 'a stats socket that is not there',
      plant: {
        proxy:
          "cp -p /etc/haproxy/haproxy.cfg /root/kept.cfg; sed -i '/stats socket/d' /etc/haproxy/haproxy.cfg; systemctl restart haproxy; rm -f /var/lib/haproxy/stats; sleep 5",
      },
      undo: { proxy: 'cp -p /root/kept.cfg /etc/haproxy/haproxy.cfg; systemctl restart haproxy; sleep 9' },
      finds: { id: 'HD042', status: 'fail', says: /no socket at .*\/var\/lib\/haproxy\/stats/ },
    },
    {
      name: 'a VIP that does not move when its service dies',
      plant: { holder: edit('s/weight 0/weight -20/'), backup: edit('s/weight 0/weight -20/') },
      undo: { holder: BACK, backup: BACK },
      finds: { id: 'HD050', status: 'fail', says: /keeps the VIP/ },
    },
    {
      name: 'a VIP that nobody holds',
      plant: { holder: 'systemctl stop keepalived', backup: 'systemctl stop keepalived' },
      undo: { holder: 'systemctl start keepalived', backup: 'systemctl start keepalived' },
      finds: { id: 'HD052', status: 'fail', says: /nobody holds VI_1/ },
    },
    {
      name: 'a VIP that was left behind',
      plant: { backup: `ip addr add ${vip}/24 dev eth0` },
      undo: { backup: `ip addr del ${vip}/24 dev eth0` },
      finds: { id: 'HD053', status: 'fail', says: /while VI_1 is BACKUP/ },
    },
    {
      name: 'VRIDs that differ',
      plant: { backup: edit(`s/virtual_router_id .*/virtual_router_id ${vrid + 100}/`) },
      undo: { backup: BACK },
      finds: { id: 'HD060', status: 'fail', says: /different VRID/ },
    },
    {
      name: 'passwords that differ',
      plant: { backup: edit('s/auth_pass .*/auth_pass plantedX/') },
      undo: { backup: BACK },
      finds: { id: 'HD061', status: 'fail', says: /different password/ },
    },
    {
      name: 'lists of VIPs that differ',
      plant: { backup: edit(`s/${vip.replaceAll('.', '[.]')}/${other}/`) },
      undo: { backup: BACK },
      finds: { id: 'HD062', status: 'fail', says: /different VIPs/ },
    },
    {
      name: 'priorities that are equal',
      plant: { holder: edit('s/priority .*/priority 120/'), backup: edit('s/priority .*/priority 120/') },
      undo: { holder: BACK, backup: BACK },
      finds: { id: 'HD065', status: 'fail', says: /equal priorities/ },
    },
  ];
}
