/** What each check of the doctor is called, and when it fails or warns, as docs/doctor.md has it. */
export const CHECK_TEXTS: Readonly<Record<string, { readonly name: string; readonly finds: string }>> = {
  HD001: { name: 'ssh', finds: 'the host cannot be reached, or its connection breaks off' },
  HD002: { name: 'root', finds: 'the login works, and sudo or the login shell refuses' },
  HD010: { name: 'keepalived', finds: 'keepalived is not installed, masked, failed or stopped' },
  HD011: { name: 'boot', finds: 'keepalived or the service is not enabled' },
  HD012: { name: 'service', finds: 'nginx or haproxy does not run' },
  HD013: {
    name: 'config',
    finds:
      '`keepalived --config-test` ends with anything but 0 and silence; keepalived.conf is missing, or executable, which keepalived passes over',
  },
  HD014: { name: 'sample', finds: "keepalived.conf is the package's example, or has `vrrp_strict`" },
  HD015: { name: 'drift', finds: 'warns: a plan would change the host' },
  HD016: {
    name: 'loaded',
    finds: 'warns: keepalived runs with another VRID, priority, VIP, interface or password than its file says',
  },
  HD017: { name: 'unfinished', finds: 'a run was taken back, or is not confirmed' },
  HD020: { name: 'interface', finds: "an instance's interface is missing or down" },
  HD021: { name: 'segment', finds: "members' interfaces share no network" },
  HD022: {
    name: 'firewall',
    finds:
      'a rule of iptables, ufw, nftables or firewalld drops protocol 112 in or out, whatever stands after it; warns where that cannot be judged, or is so until the next reload only',
  },
  HD023: {
    name: 'adverts',
    finds:
      'by packets, for each direction: none leave; they leave and do not arrive; they arrive and are not accepted, or dropped',
  },
  HD024: { name: 'vrid', finds: 'a router that is no member uses the same VRID' },
  HD025: {
    name: 'claims',
    finds:
      'a host that is no member answers for a VIP, by ARP probes (IPv4); duplicate address detection failed (IPv6)',
  },
  HD030: {
    name: 'cloud',
    finds:
      'the firmware names a cloud in which VRRP, multicast or a moving address does not work; tells what to use there',
  },
  HD031: { name: 'clock', finds: 'warns: 2 s and more apart from the other members' },
  HD032: {
    name: 'network-daemon',
    finds: 'warns: systemd-networkd without `KeepConfiguration=`, or NetworkManager, manages the interface',
  },
  HD033: { name: 'upgrades', finds: 'warns: unattended-upgrades or dnf-automatic would upgrade keepalived' },
  HD034: {
    name: 'needrestart',
    finds: 'warns: needrestart restarts services by itself, and is not told to spare keepalived',
  },
  HD040: {
    name: 'selinux',
    finds: 'keepalived or its scripts were denied something in the last hour; warns: a script has a confined type',
  },
  HD041: {
    name: 'scripts',
    finds:
      'a script is missing, not executable, without its interpreter, or can be changed by others than root anywhere up its path; keepalived dropped it when it was loaded',
  },
  HD042: {
    name: 'check',
    finds: 'a check fails: a command it needs is missing, the service is down, no stats socket, no health location',
  },
  HD043: {
    name: 'habits',
    finds: 'warns: a check restarts services, or may take longer than its interval; a webhook is readable by everybody',
  },
  HD050: {
    name: 'failover',
    finds:
      'the VIP would stay where its service died, proved on priorities, weights and `nopreempt` as they run; an instance runs without a check',
  },
  HD051: { name: 'one-master', finds: 'several hosts are MASTER in both looks' },
  HD052: { name: 'master', finds: 'no host is MASTER in both looks' },
  HD053: { name: 'vips', finds: 'a MASTER lacks its VIP, or a host that is not MASTER has it' },
  HD060: { name: 'same-vrid', finds: 'members run with different VRIDs' },
  HD061: { name: 'same-auth', finds: 'members run with different passwords, compared by a salted hash' },
  HD062: { name: 'same-vips', finds: 'members run with different VIPs' },
  HD063: { name: 'same-timing', finds: 'members run with different advert intervals or VRRP versions' },
  HD064: { name: 'peers', finds: 'some speak unicast and some multicast, or a peer is left out' },
  HD065: { name: 'priorities', finds: 'equal priorities, or a member runs without the instance' },
};
