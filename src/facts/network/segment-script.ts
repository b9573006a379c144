/**
 * What a probe has in place of an advert, in the first eight bytes: version 2, but a type that is none and VRID 0, which
 * nobody has. RFC 3768 and RFC 9568, 7.1: whoever gets it has to discard it. keepalived passes over unknown VRIDs.
 */
export const PROBE = Buffer.from('\u002f\u0000haprov', 'latin1').toString('hex');

/**
 * Listens on one interface and prints what it hears, in lines that segment.ts reads: `vrrp HEX` is the first bytes of
 * an IP packet of protocol 112 (its header and 8 bytes of VRRP: never the password behind them), `arp VIP MAC` an
 * answer to "who has this VIP". Outgoing packets are seen as they leave, after this host's own firewall; incoming ones
 * before it. A filter in the kernel keeps all other traffic away. Every second it sends a probe on the way that adverts
 * of this host would take: `probe SOURCE` says that it does, `raw` that it would hear those that pass this host's own
 * firewall, and `pass SOURCE` is one that did. Arguments: INTERFACE SECONDS [VIP | probe=SOURCE,DESTINATION]…
 */
export const PERL = `use strict;
my ($if, $secs, @rest) = @ARGV;
my @vips = grep { !/^probe=/ } @rest;
sub word { open(my $f, '<', "/sys/class/net/$if/$_[0]") or return ''; my $v = <$f>; chomp $v; $v }
my $index = word('ifindex') or exit 3;
my $mac = pack('H12', join('', split(/:/, word('address'))));
my $ip4 = 0x0800; my $ip6 = 0x86dd; my $arp = 0x0806;
my $code = join '', map { pack('SCCL', @$_) } [0x28,0,0,0xfffff000],[0x15,0,2,$ip4],[0x30,0,0,9],[0x15,4,5,112],
  [0x15,0,2,$ip6],[0x30,0,0,6],[0x15,1,2,112],[0x15,0,1,$arp],[6,0,0,0x40000],[6,0,0,0];
socket(my $in, 17, 2, 0) or exit 4;
setsockopt($in, 1, 26, pack('Sx![J]P', 10, $code)) or exit 4;
bind($in, pack('SnlSCCa8', 17, 3, $index, 0, 0, 0, '')) or exit 4;
my $out;
if (@vips && length($mac) == 6) { socket($out, 17, 2, 0) or exit 4; }
my $to = pack('SnlSCCa8', 17, $arp, $index, 1, 0, 6, "\\xff" x 6);
my ($began, $asked, $sent, $heard, %seen) = (time, 0, 0, 0);
$| = 1;
sub ip { pack('C4', split(/\\./, $_[0])) }
my $probe = pack('H*', '${PROBE}');
my @ways;
for (map { /^probe=(.*),(.*)/ ? [$1, $2] : () } @rest) {
  socket(my $s, 2, 3, 112) or next;
  setsockopt($s, 0, 32, pack('x8i', $index)); setsockopt($s, 0, 34, pack('i', 0));
  setsockopt($s, 0, $_, pack('i', 255)) for 2, 33;
  bind($s, pack('Sna4x8', 2, 0, ip($_->[0]))) or next;
  push @ways, [$s, pack('Sna4x8', 2, 0, ip($_->[1]))];
  print "probe $_->[0]\\n";
}
my $raw;
if (@ways && socket($raw, 2, 3, 112) && setsockopt($raw, 1, 25, "$if\\0")) { print "raw\\n" } else { undef $raw }
while (time - $began <= $secs) {
  if ($out && $asked < 3 && time - $began >= $asked) {
    $asked++;
    send($out, pack('nnCCna6a4a6a4', 1, $ip4, 6, 4, 1, $mac, "\\0" x 4, "\\0" x 6, pack('C4', split(/\\./, $_))), 0, $to) for @vips;
  }
  if (@ways && time - $began >= $sent) { $sent++; send($_->[0], $probe, 0, $_->[1]) for @ways; }
  my $ready = ''; vec($ready, fileno($in), 1) = 1; vec($ready, fileno($raw), 1) = 1 if $raw;
  next unless select($ready, undef, undef, 0.1) > 0;
  if ($raw && vec($ready, fileno($raw), 1)) {
    recv($raw, my $got, 2048, 0);
    print 'pass ' . join('.', unpack('x12C4', $got)) . "\\n" if substr($got, (ord($got) & 15) * 4, 8) eq $probe && $heard++ < 500;
  }
  next unless vec($ready, fileno($in), 1);
  my $from = recv($in, my $data, 2048, 0); next unless defined $from;
  my (undef, $type) = unpack('Sn', $from);
  if ($type == $arp && length($data) >= 28) {
    my (undef, undef, undef, undef, undef, $who, $ip) = unpack('nnCCna6a4', $data);
    my $vip = join '.', unpack('C4', $ip);
    next unless grep { $_ eq $vip } @vips;
    my $line = "arp $vip " . join(':', unpack('(H2)6', $who));
    print "$line\\n" unless $seen{$line}++;
  } elsif ($type == $ip4 || $type == $ip6) {
    my $size = $type == $ip6 ? 40 : (ord($data) & 15) * 4;
    print 'vrrp ' . unpack('H*', substr($data, 0, $size + 8)) . "\\n" if $heard++ < 500;
  }
}
print "end\\n";`;

/** The same for hosts of the RHEL family, which have Python for their package tool and may not have Perl. */
export const PYTHON = `import ctypes, select, socket, struct, sys, time
name, secs, rest = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
vips = [v for v in rest if not v.startswith('probe=')]
code = b''.join(struct.pack('HBBI', *c) for c in [(0x28,0,0,0xfffff000),(0x15,0,2,0x0800),(0x30,0,0,9),(0x15,4,5,112),
  (0x15,0,2,0x86dd),(0x30,0,0,6),(0x15,1,2,112),(0x15,0,1,0x0806),(6,0,0,0x40000),(6,0,0,0)])
kept = ctypes.create_string_buffer(code)
s = socket.socket(17, socket.SOCK_DGRAM, 0)
s.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HL', 10, ctypes.addressof(kept)))
s.bind((name, 3))
mac = s.getsockname()[4]
began, asked, sent, heard, seen = time.time(), 0, 0, 0, set()
def say(line):
  sys.stdout.write(line + '\\n'); sys.stdout.flush()
probe, ways, raw = bytes(bytearray.fromhex('${PROBE}')), [], None
for source, to in [v[6:].split(',') for v in rest if v.startswith('probe=')]:
  try:
    w = socket.socket(2, 3, 112)
    w.setsockopt(0, 32, struct.pack('8xi', socket.if_nametoindex(name))); w.setsockopt(0, 34, 0)
    for ttl in (2, 33): w.setsockopt(0, ttl, 255)
    w.bind((source, 0))
  except OSError: continue
  ways.append((w, to)); say('probe ' + source)
if ways:
  raw = socket.socket(2, 3, 112); raw.setsockopt(1, 25, name.encode() + b'\\0'); say('raw')
while True:
  left = began + secs - time.time()
  if left <= 0: break
  if len(mac) == 6 and asked < 3 and time.time() - began > 0.2 + asked:
    asked += 1
    for v in vips:
      s.sendto(struct.pack('!HHBBH6s4s6s4s', 1, 0x0800, 6, 4, 1, mac, b'\\0' * 4, b'\\0' * 6, socket.inet_aton(v)), (name, 0x0806, 0, 1, b'\\xff' * 6))
  if time.time() - began >= sent:
    sent += 1
    for w, to in ways:
      try: w.sendto(probe, (to, 0))
      except OSError: pass
  ready = select.select([s] + ([raw] if raw else []), [], [], min(left, 0.2))[0]
  if raw in ready:
    got = bytearray(raw.recv(2048))
    size = (got[0] & 15) * 4
    if bytes(got[size:size + 8]) == probe: say('pass ' + socket.inet_ntoa(bytes(got[12:16])))
  if s not in ready: continue
  data, origin = s.recvfrom(2048)
  kind = origin[1]
  if kind == 0x0806 and len(data) >= 28:
    vip = socket.inet_ntoa(data[14:18])
    line = 'arp %s %s' % (vip, ':'.join('%02x' % b for b in bytearray(data[8:14])))
    if vip in vips and line not in seen: seen.add(line); say(line)
  elif kind in (0x0800, 0x86dd):
    size = 40 if kind == 0x86dd else (bytearray(data)[0] & 15) * 4
    heard += 1
    if heard <= 500: say('vrrp ' + ''.join('%02x' % b for b in bytearray(data[:size + 8])))
say('end')`;
