/** What is done to a pair while its VIP is asked, and what has to hold; docs/outages.md lists them in this order. */
export const SCENARIOS = {
  nothing: { what: 'An apply with nothing to do', holds: 'no request fails' },
  priority: { what: 'A new priority on both members, which a reload takes', holds: 'no request fails' },
  check: { what: "A check's new interval on both members, which a reload takes", holds: 'no request fails' },
  vip: {
    what: 'A second VIP on a running pair',
    holds: 'no request to the first one fails; two holders for at most one master-down interval',
  },
  auth: { what: 'A new auth_pass', holds: 'no request fails; two holders for at most one master-down interval' },
  restart: {
    what: 'A change that needs a restart of keepalived on both members',
    holds: 'at most 1.5 s without an answer in all; never both members down',
  },
  'restart-mixed': {
    what: 'The same on a pair of a Debian and an RPM-family host',
    holds: 'at most 1.5 s without an answer in all; never both members down',
  },
  refused: { what: 'A configuration that keepalived refuses', holds: 'no request fails; nothing is activated' },
  'check-breaks': {
    what: 'A new version of a check script that fails on every host',
    holds: 'no request fails; it is put back on the first host, and the other one is left alone',
  },
  'check-breaks-holder': {
    what: 'A new version of a check script that fails on the holder of the VIP only',
    holds: 'it is put back there; the other member takes over, with the outage of one failover',
  },
  killed: {
    what: 'haprov killed with SIGKILL in the middle of an apply, and applied again',
    holds: 'no outage beyond one failover; never both members down; the next apply converges',
  },
  'cut-off': {
    what: 'A firewall change that cuts SSH off',
    holds: 'no request fails; it is put back',
  },
  'cut-off-killed': {
    what: 'The same, and haprov killed with SIGKILL at once',
    holds: 'no request fails; the host puts it back by itself',
  },
  'two-runs': {
    what: 'Two applies of different settings at once',
    holds: 'no request fails; the result is one of the two',
  },
  fleet: {
    what: 'A fleet whose keepalived is restarted, and does not start again on one host: as its cluster sees it',
    holds: 'no request fails; the other clusters finish',
  },
  interrupted: { what: 'An apply interrupted once', holds: 'no outage beyond one failover; exit 130, nothing armed' },
  'interrupted-twice': {
    what: 'An apply interrupted twice, which stops it at once',
    holds: 'no outage beyond one failover; the next apply converges',
  },
} as const satisfies Record<string, { readonly what: string; readonly holds: string }>;

export type ScenarioName = keyof typeof SCENARIOS;
