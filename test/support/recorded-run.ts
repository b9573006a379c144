import type { ApplyEvent, HostOutcome } from '../../src/rollout/events.ts';

/** An event and when it happened, in milliseconds from the start. */
export interface TimedEvent {
  readonly at: number;
  readonly event: ApplyEvent;
}

const PREPARE = [
  ['install', 'package keepalived'],
  ['install', 'package nginx'],
  ['create', '/etc/sysctl.d/60-haprov.conf'],
  ['create', '/etc/keepalived/keepalived.conf'],
] as const;
const ACTIVATE = [
  ['open', 'firewall vrrp'],
  ['start', 'service keepalived'],
] as const;

/**
 * A made-up apply over so many hosts in pairs, the same at every call: fifty at a time, one host that fails, some that
 * cannot be reached, one slow package manager. From 20 hosts on; with fewer all goes well.
 */
export function recordedRun(count: number): TimedEvent[] {
  const hosts = Array.from({ length: count }, (_, index) => hostAt(index, count));
  const outcomes = new Map<string, HostOutcome>();
  const timed: TimedEvent[] = [
    { at: 0, event: { event: 'version', format: 1, haprov: '0.1.0' } },
    { at: 0, event: { event: 'hosts', hosts: hosts.map(({ host, cluster }) => ({ host, cluster })) } },
    ...hosts.flatMap((each, index) => hostEvents(each.host, each.cluster, index, count, outcomes)),
  ];
  timed.sort((a, b) => a.at - b.at);
  const end = (timed.at(-1)?.at ?? 0) + 300;
  const vips = hosts
    .filter((_, index) => index % 2 === 0)
    .map(({ host, cluster }, index) => ({
      cluster,
      instance: 'VI_1',
      vip: `10.0.${index}.100`,
      unseen: [],
      holders: [host],
    }));
  timed.push({ at: end, event: { event: 'summary', hosts: Object.fromEntries(outcomes), vips, ms: end } });
  return timed;
}

function hostAt(index: number, count: number): { host: string; cluster: string } {
  if (count <= 2) return { host: `lb${index + 1}`, cluster: 'web' };
  const region = ['eu', 'us', 'ap', 'sa'][Math.floor((index / count) * 4)] ?? 'eu';
  const cluster = `${region}-${String(Math.floor(index / 2) + 1).padStart(2, '0')}`;
  return { host: `${cluster}/lb${(index % 2) + 1}`, cluster };
}

function hostEvents(
  host: string,
  cluster: string,
  index: number,
  count: number,
  outcomes: Map<string, HostOutcome>,
): TimedEvent[] {
  const events: TimedEvent[] = [];
  let at = Math.floor(index / 50) * 9000 + (index % 50) * 20;
  const say = (event: ApplyEvent) => events.push({ at, event });
  const end = (outcome: HostOutcome) => {
    outcomes.set(host, outcome);
    say({ event: 'host-end', host, ...outcome });
    return events;
  };
  say({ event: 'connect', host });
  if (count >= 20 && index % 67 === 5) {
    at += 10_000;
    const error = {
      host,
      action: 'connect',
      message: 'timeout after 10s behind bastion.example.com',
      next: 'check that the host is on',
    };
    return end({ status: 'unreachable', cluster, changes: 0, error });
  }
  at += 300 + (index % 7) * 40;
  say({ event: 'planned', host, changes: 6 });
  at += 100;
  say({ event: 'phase-start', host, phase: 'prepare' });
  for (const [action, target] of PREPARE) {
    const change = { host, task: target, action, target };
    const slow = count >= 20 && index === 33 && action === 'install';
    const ms = slow ? 26_000 : action === 'install' ? 2500 + (index % 11) * 130 : 120;
    say({ event: 'change-start', ...change });
    if (slow) say({ event: 'waiting', host, reason: 'apt lock, held by pid 812' });
    at += ms;
    const ok = !(count >= 20 && index === 17 && target.endsWith('keepalived.conf'));
    say({ event: 'change-end', ...change, ok, ms });
    if (ok) continue;
    const evidence = "(/etc/keepalived/keepalived.conf: Line 12) Unknown keyword 'log_level'";
    const next = 'take log_level out of keepalived.global_defs; the old file is still in place';
    const error = {
      host,
      action: 'keepalived --config-test',
      message: "line 12: unknown keyword 'log_level'",
      next,
      evidence,
    };
    return end({ status: 'failed', cluster, changes: 3, error });
  }
  if (count >= 20 && index === 16) {
    return end({
      status: 'untouched',
      cluster,
      changes: 0,
      error: { message: `its partner ${cluster}/lb2 is not safe` },
    });
  }
  at += 50;
  say({ event: 'move-start', cluster, hosts: [host], kind: 'one' });
  say({ event: 'armed', host, seconds: 60 });
  say({ event: 'phase-start', host, phase: 'activate' });
  for (const [action, target] of ACTIVATE) {
    const change = { host, task: target, action, target };
    say({ event: 'change-start', ...change });
    at += 900;
    say({ event: 'change-end', ...change, ok: true, ms: 900 });
  }
  say({ event: 'confirmed', host });
  say({ event: 'phase-start', host, phase: 'verify' });
  at += 600;
  return end({ status: 'changed', cluster, changes: 6 });
}
