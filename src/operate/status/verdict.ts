import { describeMaintenance, type MaintenanceFact } from '../../facts/state/maintenance.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { ClusterStatus, HostStatus, InstanceStatus, SeenHost, Verdict } from './model.ts';

type Finding = { readonly verdict: Exclude<Verdict, 'ok'>; readonly reason: string };
type Hosts = Readonly<Record<string, HostStatus>>;

const WORST: readonly Verdict[] = ['split-brain', 'no-master', 'unknown', 'degraded', 'ok'];

/**
 * The verdict on a cluster from what its hosts say, all asked at one moment. split-brain: a VIP on several hosts.
 * no-master: every host was asked and none has it. unknown: a host that could not be asked may have it, or has it too.
 * degraded: the VIP is served, and the next failure may not be survived. Pure; whoever calls confirms a split brain.
 */
export function judgeCluster(cluster: Cluster, hosts: Hosts): ClusterStatus {
  const instances = Object.fromEntries(
    cluster.vrrp_instances.map((instance) => [instance.name, holdersOf(instance, hosts)]),
  );
  const findings = [
    ...cluster.vrrp_instances.flatMap((instance) => judgeInstance(instance, hosts)),
    ...unseen(cluster, hosts),
    ...Object.entries(hosts).flatMap(([id, host]) => (host.reachable ? judgeHost(cluster, id, host) : [])),
  ];
  const sorted = [...findings].sort((a, b) => WORST.indexOf(a.verdict) - WORST.indexOf(b.verdict));
  return {
    cluster: cluster.name,
    verdict: sorted[0]?.verdict ?? 'ok',
    reasons: [...new Set(sorted.map(({ reason }) => reason))],
    instances,
    hosts,
  };
}

function holdersOf(instance: Instance, hosts: Hosts): InstanceStatus {
  const vips = vipAddresses([instance]);
  const holders = seenOf(hosts).filter(([, host]) => vips.some((vip) => host.holds.includes(vip)));
  return { vips, holders: holders.map(([id]) => id) };
}

function judgeInstance(instance: Instance, hosts: Hosts): Finding[] {
  const seen = seenOf(hosts);
  // Members that --limit left out are as unknown as those that could not be reached.
  const blind = seen.length < Object.keys(instance.priority).length;
  return vipAddresses([instance]).flatMap((vip): Finding[] => {
    const holders = seen.filter(([, host]) => host.holds.includes(vip)).map(([id]) => id);
    const name = `${instance.name} ${vip}`;
    if (holders.length > 1) {
      return [
        { verdict: 'split-brain', reason: `${name} is on ${holders.join(' and ')}: they do not hear each other` },
      ];
    }
    if (holders.length === 1) return [];
    return blind
      ? [{ verdict: 'unknown', reason: `${name} is on none of the hosts that could be asked` }]
      : [{ verdict: 'no-master', reason: `${name} is on no host` }];
  });
}

function unseen(cluster: Cluster, hosts: Hosts): Finding[] {
  const leftOut = new Set(
    cluster.vrrp_instances
      .flatMap(({ priority }) => Object.keys(priority))
      .filter((name) => !cluster.hosts.some((host) => host.name === name)),
  );
  const silent = Object.entries(hosts).flatMap(([id, host]) =>
    host.reachable ? [] : [`${id}: ${host.error.message}`],
  );
  return [...silent, ...[...leftOut].map((name) => `${name} was left out by --limit`)].map((reason) => ({
    verdict: 'unknown',
    reason,
  }));
}

/** The reason for which a cluster is degraded while somebody keeps one of its hosts standby. */
export function maintenanceReason(id: string, fact: MaintenanceFact): string {
  return `${id}: ${describeMaintenance(fact)}`;
}

function judgeHost(cluster: Cluster, id: string, host: SeenHost): Finding[] {
  const bad = (reason: string): Finding => ({ verdict: 'degraded', reason: `${id}: ${reason}` });
  const findings: Finding[] = host.cannotSee.map((what) => ({ verdict: 'unknown', reason: `${id}: ${what}` }));
  // What does not run there is somebody's intention; what it holds all the same is judged with the instances.
  if (host.maintenance !== null) {
    const runs = host.keepalived === 'active' ? ', and its keepalived runs all the same' : '';
    findings.push({ verdict: 'degraded', reason: `${maintenanceReason(id, host.maintenance)}${runs}` });
  } else findings.push(...judgeDaemons(cluster, host).map(bad));
  const { armed, putBack } = host.guard;
  if (armed !== null) findings.push(bad(`an apply of ${armed.who} is not confirmed yet (${armed.run})`));
  if (putBack?.ok === false)
    findings.push(bad(`not all of ${putBack.run} of ${putBack.who} came back: ${putBack.reason}`));
  return findings;
}

function judgeDaemons({ service, vrrp_instances }: Cluster, host: SeenHost): string[] {
  const findings: string[] = [];
  if (host.keepalived !== 'active') findings.push(`keepalived is ${host.keepalived}`);
  if (host.service !== null && host.service !== 'active') findings.push(`${service} is ${host.service}`);
  if (host.instances !== null) {
    for (const instance of vrrp_instances) {
      const { name } = instance;
      const own = host.instances[name];
      const held = vipAddresses([instance]).some((vip) => host.holds.includes(vip));
      if (own === undefined) findings.push(`keepalived does not know ${name}`);
      else if (own.state === 'FAULT') findings.push(`${name} is in FAULT${failing(host)}`);
      else if (own.state === 'MASTER' && !held) findings.push(`${name} is MASTER without its VIP`);
      else if (own.state !== 'MASTER' && held) findings.push(`${name} is ${own.state} and has its VIP all the same`);
      else if (own.state === 'INIT' || own.state === 'STOP') findings.push(`${name} is ${own.state}`);
    }
  }
  return findings;
}

function failing({ checks }: SeenHost): string {
  const names = checks.filter(({ status }) => status === 'bad').map(({ name }) => name);
  return names.length === 0 ? '' : `, since ${names.join(' and ')} fails`;
}

function seenOf(hosts: Hosts): [string, SeenHost][] {
  return Object.entries(hosts).flatMap(([id, host]): [string, SeenHost][] => (host.reachable ? [[id, host]] : []));
}
