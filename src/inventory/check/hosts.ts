import { SERVICE_CHOICE } from '../../checks/services.ts';
import { ipFamily, normalAddress } from '../../keepalived/names.ts';
import { valueFor } from '../build/per-host.ts';
import type { Host } from '../model.ts';
import type { Finding } from '../problem.ts';
import type { ClusterView, InstanceView } from './view.ts';

/** Clusters without hosts or partners, and machines that stand in the inventory twice. */
export function checkHosts(clusters: readonly ClusterView[]): Finding[] {
  return [...clusters.flatMap(checkCluster), ...checkTwice(clusters)];
}

function checkCluster({ path, cluster, written }: ClusterView): Finding[] {
  const count = cluster.hosts.length;
  const findings: Finding[] = [];
  const hosts = { path: [...path, 'hosts'], at: 'key' } as const;
  if (count === 0)
    findings.push({
      ...hosts,
      severity: 'error',
      rule: 'no-hosts',
      message: `cluster ${cluster.name} has no hosts; name at least two`,
    });
  if (count === 1) {
    const message = `cluster ${cluster.name} has one host: when it fails nobody takes the VIP; add a second`;
    findings.push({ ...hosts, severity: 'warning', rule: 'one-host', message });
  }
  if (cluster.vrrp_instances.length === 0) {
    const message = `cluster ${cluster.name} has no vrrp_instances, so there is no VIP; write one: { VI_1: … }`;
    findings.push({ path: [...path, 'vrrp_instances'], at: 'key', severity: 'error', rule: 'no-instances', message });
  }
  if (written.service === undefined) {
    const message = `no service is named, so nothing is installed or watched but keepalived; write service: ${SERVICE_CHOICE}, or { unit: NAME } for another`;
    findings.push({
      path,
      at: 'key',
      severity: 'warning',
      rule: 'no-service',
      message,
      involves: [[...path, 'service']],
    });
  }
  if (cluster.firewall === 'none' && cluster.open.length > 0) {
    const message = 'with backend: none haprov opens nothing; name a backend, or take open out';
    findings.push({ path: [...path, 'firewall', 'open'], at: 'key', severity: 'error', rule: 'firewall', message });
  }
  return findings;
}

function checkTwice(clusters: readonly ClusterView[]): Finding[] {
  const seen = new Map<string, Host>();
  return clusters.flatMap(({ path, cluster }) =>
    cluster.hosts.flatMap((host): Finding[] => {
      const { port, proxy_jump } = host.ssh;
      const machine = JSON.stringify([
        normalAddress(host.address),
        port,
        proxy_jump.map((hop) => [normalAddress(hop.host), hop.port]),
      ]);
      const first = seen.get(machine);
      if (first === undefined) {
        seen.set(machine, host);
        return [];
      }
      const message =
        first.cluster === cluster.name
          ? `${host.name} is the same machine as ${first.name} (${host.address}, port ${port}); a host alone cannot fail over to itself`
          : `${host.name} is the same machine as ${first.name} of cluster ${first.cluster} (${host.address}, port ${port}), and a host has one keepalived.conf; put both clusters' vrrp_instances into one cluster`;
      return [
        {
          path: [...path, 'hosts', host.name],
          severity: 'error',
          rule: 'host-twice',
          message,
          involves: [
            ['clusters', first.cluster, 'hosts', first.name],
            [...path, 'hosts', host.name],
          ],
        },
      ];
    }),
  );
}

/** Unicast needs a peer, and an IP address of the VIPs' family for every host. */
export function checkUnicast({ path, written, instance, cluster }: InstanceView): Finding[] {
  if (instance.unicast === undefined) return [];
  const place = { path: [...path, 'unicast'], severity: 'error' } as const;
  const involves = [
    ['clusters', cluster.name, 'hosts'],
    [...path, 'virtual_ipaddress'],
    [...path, 'unicast'],
  ];
  if (cluster.hosts.length < 2) {
    const message =
      'unicast has no peer: the cluster has one host, and without a peer keepalived goes back to multicast; add a host';
    return [{ ...place, rule: 'unicast-no-peer', message, involves }];
  }
  const family = instance.virtual_ipaddress[0]?.family ?? 4;
  const sources = new Map<string, string>();
  return cluster.hosts.flatMap(({ name, address }): Finding[] => {
    const own = typeof written.unicast === 'object' ? valueFor(written.unicast, name) : undefined;
    const source = own ?? address;
    const at = own === undefined ? place : { ...place, path: [...path, 'unicast', name] };
    const rival = sources.get(normalAddress(source));
    sources.set(normalAddress(source), name);
    if (ipFamily(source) !== family) {
      const what = ipFamily(source) === undefined ? 'a name' : `IPv${ipFamily(source)}`;
      const message = `unicast needs an IPv${family} address of ${name}, and ${source} is ${what}; write unicast: { ${name}: IPv${family}-ADDRESS, … }`;
      return [{ ...at, rule: 'unicast-address', message, involves }];
    }
    if (rival === undefined) return [];
    return [
      {
        ...at,
        rule: 'unicast-address',
        message: `${name} and ${rival} have the same unicast address ${source}`,
        involves,
      },
    ];
  });
}
