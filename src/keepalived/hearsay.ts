/** What people copy about a keyword from tutorials, and what is true. Sources: docs/inventory.md, keepalived's own parser. */
export const HEARSAY: Readonly<Record<string, string>> = {
  nopreempt:
    'Tutorials add nopreempt with a negative weight. Then the VIP stays on a host whose service died: use weight 0, which takes the host out of the election.',
  weight:
    'Tutorials write weight -20 with priorities 150 and 100. Then the sick host still has 130 and keeps the VIP: the weight has to be larger than the distance, or 0.',
  priority:
    'Tutorials write priorities 101 and 100. The distance decides whether a weight can move the VIP, so leave room: 150, 100.',
  auth_pass:
    'Tutorials write nine characters and more. keepalived uses the first eight; the password travels in clear text and is no security.',
  virtual_router_id:
    'Tutorials all write 51. Two groups of routers on one network with the same number take each other for one.',
  advert_int:
    'Tutorials lower it for a faster failover. A failover takes about three adverts; below 0.3 s a busy host loses its VIP without need.',
  interval:
    'Tutorials write a timeout that is longer than the interval: then runs of the check pile up and results come late.',
  timeout:
    'Tutorials write a timeout that is longer than the interval: then runs of the check pile up and results come late.',
  unicast: 'Tutorials use multicast in clouds, which drop it. unicast: true names the peers out of the hosts.',
  virtual_ipaddress:
    'Tutorials leave out the prefix: keepalived then takes /32, and clients of the same network may not be answered.',
  state:
    'Tutorials write MASTER on one host. It only shortens the first seconds: the priority decides who holds the VIP.',
  preempt_delay: 'Tutorials set it together with nopreempt, which makes it do nothing.',
  garp_master_delay: 'Tutorials raise it. Clients then keep the old host in their ARP tables for so much longer.',
};
