import { BACK, CONF, edit, FAILS, type Ground, holds, KEEP, type Plant, script, TWO_MASTERS } from './plant.ts';

/** Adverts as a router of somebody else's sends them: version 2, low priority, no password. */
const ROUTER = `use Socket; my ($vrid) = @ARGV;
socket(my $s, AF_INET, SOCK_RAW, 112) or die; setsockopt($s, 0, 33, pack("I", 255)); setsockopt($s, 0, 10, pack("C", 255));
my $p = pack("CCCCCCna4a8", 0x21, $vrid, 10, 1, 0, 1, 0, inet_aton("192.0.2.77"), "");
my $sum = 0; $sum += $_ for unpack("n*", $p); $sum = ($sum >> 16) + ($sum & 0xffff); substr($p, 6, 2) = pack("n", ~$sum & 0xffff);
for (1 .. 60) { send($s, $p, 0, sockaddr_in(0, inet_aton("224.0.0.18"))); sleep 1 }`;

/** Plants for a pair with haproxy, a Debian host and one of the RPM family; those that matter most come first. */
export function haproxyPlants({ vip, other, vrid, stranger }: Ground): readonly Plant[] {
  return [
    {
      name: 'socat that is missing',
      plant: { backup: script(`mv /usr/bin/socat /usr/bin/socat.away; ${FAILS}`) },
      undo: { backup: 'mv /usr/bin/socat.away /usr/bin/socat' },
      finds: { id: 'HD042', status: 'fail', says: /socat is not installed/ },
    },
    {
      name: 'a stranger with the same VRID',
      plant: {
        stranger: `cat >/root/router.pl <<'E'\n${ROUTER}\nE\nsystemd-run -q --unit=planted perl /root/router.pl ${vrid}`,
      },
      undo: { stranger: 'systemctl stop planted; rm /root/router.pl' },
      finds: {
        id: 'HD024',
        status: 'fail',
        says: new RegExp(`VRID ${vrid} is used by ${stranger.replaceAll('.', '\\.')}`),
      },
    },
    {
      name: 'a unit that is not enabled',
      plant: { backup: 'systemctl disable -q keepalived' },
      undo: { backup: 'systemctl enable -q keepalived' },
      finds: { id: 'HD011', status: 'fail', says: /keepalived\.service is disabled/ },
    },
    {
      name: 'a stats socket that is not there',
      plant: {
        backup: script(
          `cp -p /etc/haproxy/haproxy.cfg /root/kept.cfg; sed -i '/stats socket/d' /etc/haproxy/haproxy.cfg; systemctl restart haproxy; rm -f /var/lib/haproxy/stats; ${FAILS}`,
        ),
      },
      undo: { backup: 'cp -p /root/kept.cfg /etc/haproxy/haproxy.cfg; systemctl restart haproxy' },
      finds: { id: 'HD042', status: 'fail', says: /no socket at .*\/var\/lib\/haproxy\/stats/ },
    },
    {
      name: 'passwords that differ',
      plant: { backup: edit('s/auth_pass .*/auth_pass plantedX/') },
      undo: { backup: BACK },
      finds: { id: 'HD061', status: 'fail', says: /different password/ },
      along: TWO_MASTERS,
    },
    {
      name: 'a VIP that nobody holds',
      plant: { holder: 'systemctl stop keepalived', backup: 'systemctl stop keepalived' },
      undo: { holder: 'systemctl start keepalived', backup: 'systemctl start keepalived' },
      finds: { id: 'HD052', status: 'fail', says: /no host holds VI_1/ },
      along: ['HD010'],
    },
    {
      name: 'a stranger with the VIP',
      plant: { stranger: `ip addr add ${vip}/32 dev eth0` },
      undo: { stranger: `ip addr del ${vip}/32 dev eth0` },
      finds: { id: 'HD025', status: 'fail', says: /is answered by [0-9a-f:]{17} too/ },
    },
    {
      name: 'lists of VIPs that differ',
      plant: { backup: edit(`s/${vip.replaceAll('.', '[.]')}/${other}/`) },
      undo: { backup: BACK },
      finds: { id: 'HD062', status: 'fail', says: /different VIPs/ },
      along: TWO_MASTERS,
    },
    {
      name: 'VRIDs that differ',
      plant: { backup: edit(`s/virtual_router_id .*/virtual_router_id ${vrid + 100}/`) },
      undo: { backup: BACK },
      finds: { id: 'HD060', status: 'fail', says: /different VRID/ },
      along: TWO_MASTERS,
    },
    {
      name: 'priorities that are equal',
      plant: { holder: edit('s/priority .*/priority 120/'), backup: edit('s/priority .*/priority 120/') },
      undo: { holder: BACK, backup: BACK },
      finds: { id: 'HD065', status: 'fail', says: /equal priorities/ },
    },
    {
      name: "the package's example in place of a configuration",
      plant: {
        backup: `${KEEP}; printf 'global_defs {\\n  router_id LVS_DEVEL\\n  vrrp_strict\\n}\\nvrrp_instance VI_1 {\\n  interface eth0\\n  virtual_router_id 51\\n  virtual_ipaddress {\\n    192.168.200.16\\n  }\\n}\\n' >${CONF}`,
      },
      undo: { backup: `cp -p /root/kept.conf ${CONF}` },
      finds: { id: 'HD014', status: 'fail', says: /LVS_DEVEL/ },
      along: ['HD013', 'HD016'],
    },
    {
      name: 'a file that was changed and not loaded',
      plant: { backup: `${KEEP}; sed -i 's/priority .*/priority 77/' ${CONF}` },
      undo: { backup: `cp -p /root/kept.conf ${CONF}` },
      finds: { id: 'HD016', status: 'warn', says: /priority \d+, not 77/ },
    },
    {
      name: 'a VIP that was left behind',
      plant: { backup: `ip addr add ${vip}/24 dev eth0` },
      undo: { backup: `ip addr del ${vip}/24 dev eth0` },
      finds: { id: 'HD053', status: 'fail', says: /while VI_1 is BACKUP/ },
    },
    {
      name: 'adverts that are sent at different intervals',
      plant: { backup: edit('s/advert_int .*/advert_int 2/') },
      undo: { backup: BACK },
      finds: { id: 'HD063', status: 'fail', says: /different adverts on .* every 2 s/ },
      along: TWO_MASTERS,
    },
    {
      name: 'a service that is stopped',
      plant: { backup: 'systemctl stop haproxy' },
      undo: { backup: 'systemctl start haproxy' },
      finds: { id: 'HD012', status: 'fail', says: /haproxy\.service is inactive/ },
      along: ['HD042'],
    },
    {
      name: 'a zone of firewalld that lets no VRRP in',
      plant: { backup: script(`firewall-cmd -q --remove-protocol=vrrp; await "${holds(vip)}"`) },
      undo: { backup: 'firewall-cmd -q --add-protocol=vrrp' },
      finds: { id: 'HD022', status: 'fail', says: /firewalld: zone public has no protocol vrrp/ },
      along: TWO_MASTERS,
    },
  ];
}
