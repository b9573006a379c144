import {
  BACK,
  CONF,
  edit,
  FAILS,
  type Ground,
  holds,
  KEEP,
  LIBEXEC,
  type Plant,
  script,
  TWO_MASTERS,
} from './plant.ts';

/** Plants for a pair of Debian hosts with nginx; those that matter most come first. */
export function nginxPlants({ vip }: Ground): readonly Plant[] {
  return [
    {
      name: 'adverts that do not leave the holder, so that there are two masters',
      plant: {
        holder: 'iptables -I OUTPUT 1 -p 112 -j DROP',
        backup: script(`await "${holds(vip)}"`),
      },
      undo: { holder: 'iptables -D OUTPUT -p 112 -j DROP' },
      finds: { id: 'HD023', status: 'fail', says: /no advert left/ },
      along: ['HD022', ...TWO_MASTERS],
    },
    {
      name: 'a health location that is not there',
      plant: {
        backup: `${edit('s|http://127.0.0.1:488/haprov-health|http://127.0.0.1/health|')}; ${FAILS}`,
      },
      undo: { backup: BACK },
      finds: { id: 'HD042', status: 'fail', says: /http:\/\/127\.0\.0\.1\/health answers 404/ },
    },
    {
      name: 'a VIP that does not move when its service dies',
      plant: { holder: edit('s/weight 0/weight -20/'), backup: edit('s/weight 0/weight -20/') },
      undo: { holder: BACK, backup: BACK },
      finds: { id: 'HD050', status: 'fail', says: /keeps the VIP/ },
    },
    {
      name: 'an ACCEPT that stands after a REJECT',
      plant: {
        backup: script(`iptables-save >/root/kept.rules; iptables -F INPUT
for p in tcp udp icmp igmp; do iptables -A INPUT -p $p -j ACCEPT; done
iptables -A INPUT -j REJECT; iptables -A INPUT -d 224.0.0.18 -p 112 -j ACCEPT; await "${holds(vip)}"`),
      },
      undo: { backup: 'iptables-restore </root/kept.rules' },
      finds: { id: 'HD022', status: 'fail', says: /-A INPUT -j REJECT/ },
      along: TWO_MASTERS,
    },
    {
      name: 'a check that everybody may write to, which keepalived drops',
      plant: { backup: script(`chmod o+w ${LIBEXEC}/haprov-check-nginx; reload`) },
      undo: { backup: script(`chmod o-w ${LIBEXEC}/haprov-check-nginx; reload`) },
      finds: { id: 'HD041', status: 'fail', says: /can be changed by everybody/ },
      along: ['HD013', 'HD050'],
    },
    {
      name: 'a holder that would not hear its backup',
      plant: { holder: 'iptables -I INPUT 1 -p 112 -j DROP' },
      undo: { holder: 'iptables -D INPUT -p 112 -j DROP' },
      finds: { id: 'HD023', status: 'fail', says: /probes in their place arrived, and the firewall of \S+ drops them/ },
      along: ['HD022'],
    },
    {
      name: 'systemd-networkd that manages the interface',
      plant: {
        backup: script(`mkdir -p /run/systemd/network
printf '[Match]\\nName=eth0\\n[Network]\\nLinkLocalAddressing=no\\nIPv6AcceptRA=no\\nAddress=%s\\nGateway=%s\\n' \\
  "$(ip -o -4 addr show eth0 | awk '{ print $4; exit }')" "$(ip -4 route show default | awk '{ print $3; exit }')" >/run/systemd/network/10-planted.network
systemctl start systemd-networkd; await 'grep -q ADMIN_STATE=configured /run/systemd/netif/links/$(cat /sys/class/net/eth0/ifindex)'`),
      },
      undo: {
        backup:
          'systemctl stop systemd-networkd.socket systemd-networkd; rm -rf /run/systemd/network/10-planted.network /run/systemd/netif/links/*',
      },
      finds: { id: 'HD032', status: 'warn', says: /systemd-networkd manages eth0/ },
    },
    {
      name: 'members on different segments',
      plant: {
        backup: `ip link add planted0 type veth peer name planted1; ip link set planted1 up; ip link set planted0 up; ip addr add 198.51.100.9/24 dev planted0; ${edit('s/interface eth0/interface planted0/; s/dev eth0/dev planted0/')}`,
      },
      undo: { backup: `${BACK}; ip link del planted0` },
      finds: { id: 'HD021', status: 'fail', says: /198\.51\.100\.0\/24/ },
      along: TWO_MASTERS,
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
      name: 'a clock that is wrong',
      plant: {
        backup: `printf '#!/bin/sh\\n[ "$1" = +%%s.%%N ] || exec /usr/bin/date "$@"\\necho $(($(/usr/bin/date +%%s) + 9)).5\\n' >/usr/local/bin/date; chmod +x /usr/local/bin/date`,
      },
      undo: { backup: 'rm /usr/local/bin/date' },
      finds: { id: 'HD031', status: 'warn', says: /(8|9)\.\d s ahead of/ },
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
      name: 'a firewall that drops what comes in',
      plant: { backup: script(`iptables -I INPUT 1 -p 112 -j DROP; await "${holds(vip)}"`) },
      undo: { backup: 'iptables -D INPUT -p 112 -j DROP' },
      finds: { id: 'HD022', status: 'fail', says: /-A INPUT -p (vrrp|112) -j DROP/ },
      along: TWO_MASTERS,
    },
    {
      name: 'a directory of the scripts that is not root’s',
      plant: { backup: script(`chown nobody ${LIBEXEC}; reload`) },
      undo: { backup: script(`chown root ${LIBEXEC}; reload`) },
      finds: { id: 'HD041', status: 'fail', says: /does not belong to root/ },
      along: ['HD013', 'HD050'],
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
  ];
}
