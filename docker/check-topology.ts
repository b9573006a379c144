import type { Topology } from './topology.ts';
import { jumpSource } from './topology.ts';

const NAME = /^[a-z][a-z0-9-]*$/;
const SUBNET = /^(\d+\.\d+\.\d+)\.0\/24$/;

/** Everything that is wrong with a topology, one sentence each; empty when it can be built. */
export function checkTopology(topology: Topology): string[] {
  const problems: string[] = [];
  const names = [topology.name, ...Object.keys(topology.networks), ...Object.keys(topology.hosts)];
  for (const name of [...names, ...Object.keys(topology.users)]) {
    if (!NAME.test(name)) problems.push(`"${name}" is no name: lower-case letters, digits and dashes, a letter first`);
  }
  for (const [name, { subnet }] of Object.entries(topology.networks)) {
    if (!SUBNET.test(subnet)) problems.push(`network ${name}: "${subnet}" is no /24 subnet`);
  }
  const owners = new Map<string, string>();
  for (const [name, host] of Object.entries(topology.hosts)) {
    if (Object.keys(host.addresses).length === 0) problems.push(`host ${name} has no address`);
    for (const [network, address] of Object.entries(host.addresses)) {
      const prefix = SUBNET.exec(topology.networks[network]?.subnet ?? '')?.[1];
      const last = Number(address.split('.')[3]);
      if (topology.networks[network] === undefined) problems.push(`host ${name} is on an unknown network ${network}`);
      else if (prefix === undefined || !address.startsWith(`${prefix}.`) || !(last > 1 && last < 255)) {
        problems.push(`host ${name}: ${address} is not a host address of network ${network}`);
      } else if (last >= 100 && last < 200) {
        problems.push(`host ${name}: ${address} is among the addresses left for virtual IPs (.100 to .199)`);
      }
      const owner = owners.get(address);
      if (owner !== undefined) problems.push(`host ${name}: ${address} is ${owner}'s already`);
      owners.set(address, name);
    }
    if (host.behind !== undefined && jumpSource(topology, host) === undefined) {
      problems.push(`host ${name} is behind ${host.behind}, which shares no network with it`);
    }
  }
  for (const [name, cluster] of Object.entries(topology.clusters)) {
    for (const host of cluster.hosts) {
      if (topology.hosts[host] === undefined) problems.push(`cluster ${name} names an unknown host ${host}`);
    }
  }
  return problems;
}
