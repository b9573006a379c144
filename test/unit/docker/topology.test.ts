import { describe, expect, it } from 'vitest';
import { benchTopology } from '../../../docker/bench.ts';
import { checkTopology } from '../../../docker/check-topology.ts';
import { demoTopology } from '../../../docker/demo.ts';
import { parseTopology } from '../../../docker/load-topology.ts';
import { jumpSource, type LabHost, type Topology } from '../../../docker/topology.ts';

function withHost(name: string, host: LabHost): Topology {
  const demo = demoTopology();
  return { ...demo, hosts: { ...demo.hosts, [name]: host } };
}

describe('the demo topology', () => {
  it('can be built', () => {
    expect(checkTopology(demoTopology())).toEqual([]);
  });

  it('shares no address with another of another subnet', () => {
    const addresses = (topology: Topology) =>
      Object.values(topology.hosts).flatMap((host) => Object.values(host.addresses));
    const other = new Set(addresses(demoTopology({ name: 'two', subnet: 8 })));
    expect(addresses(demoTopology()).filter((address) => other.has(address))).toEqual([]);
  });

  it('lets the inner hosts be reached from the address that the jump host has on their network', () => {
    const demo = demoTopology();
    expect(demo.hosts['in1'] && jumpSource(demo, demo.hosts['in1'])).toBe('10.88.1.5');
    expect(demo.hosts['lb1'] && jumpSource(demo, demo.hosts['lb1'])).toBeUndefined();
  });

  it('survives its own JSON', () => {
    expect(parseTopology(JSON.stringify(demoTopology()), 'topology.json')).toEqual(demoTopology());
  });
});

describe('the bench topology', () => {
  it.each([1, 2, 40, 200])('of %i hosts can be built and has that many', (count) => {
    const topology = benchTopology(count);
    expect(checkTopology(topology)).toEqual([]);
    expect(Object.keys(topology.hosts)).toHaveLength(count);
    expect(Object.keys(topology.clusters)).toHaveLength(Math.floor(count / 2));
  });

  it('keeps both hosts and the virtual IP of a pair on one network', () => {
    const topology = benchTopology(200);
    for (const cluster of Object.values(topology.clusters)) {
      const all = cluster.hosts.flatMap((host) => Object.values(topology.hosts[host]?.addresses ?? {}));
      const networks = new Set([...all, ...cluster.vips].map((address) => address.split('.').slice(0, 3).join('.')));
      expect(networks.size).toBe(1);
    }
  });

  it('gives a virtual router id and a virtual IP only once on a network', () => {
    const clusters = Object.values(benchTopology(200).clusters);
    const vips = clusters.flatMap(({ vips }) => vips);
    const routers = clusters.map(({ vips, virtual_router_id }) => `${vips[0]?.split('.')[2]} ${virtual_router_id}`);
    expect(new Set(vips).size).toBe(100);
    expect(new Set(routers).size).toBe(100);
  });
});

describe('a topology that cannot be built', () => {
  it.each([
    ['an address of another network', { role: 'debian', addresses: { front: '10.88.7.9' } }, 'not a host address'],
    [
      'an address left for virtual IPs',
      { role: 'debian', addresses: { front: '10.88.0.100' } },
      'left for virtual IPs',
    ],
    ["another host's address", { role: 'debian', addresses: { front: '10.88.0.11' } }, "is lb1's already"],
    ['a network that is not there', { role: 'debian', addresses: { moon: '10.88.0.9' } }, 'unknown network moon'],
    ['no address', { role: 'debian', addresses: {} }, 'has no address'],
    [
      'a jump host on no network of its own',
      { role: 'debian', addresses: { inner: '10.88.1.20' }, behind: 'lb1' },
      'shares no network',
    ],
  ] as const)('is told for %s', (_, host, problem) => {
    expect(checkTopology(withHost('extra', host)).join()).toContain(problem);
  });

  it('is told for a name that Docker or a shell would read otherwise', () => {
    expect(checkTopology({ ...demoTopology(), name: 'a b' }).join()).toContain('"a b" is no name');
  });

  it('is told for a cluster of unknown hosts', () => {
    const demo = demoTopology();
    const clusters = { web: { service: 'nginx', hosts: ['lb9'], virtual_router_id: 1, vips: [] } } as const;
    expect(checkTopology({ ...demo, clusters }).join()).toContain('unknown host lb9');
  });

  it('is refused by name of the key when its file has one that is not known', () => {
    const text = JSON.stringify({ ...demoTopology(), colour: 'red' });
    expect(() => parseTopology(text, 'x.yaml')).toThrow(/colour/);
  });
});
