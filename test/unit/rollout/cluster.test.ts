import { describe, expect, it } from 'vitest';
import { servedBefore } from '../../../src/rollout/cluster.ts';
import type { Baseline } from '../../../src/rollout/gates/baseline.ts';
import { vipAddresses } from '../../../src/vrrp/virtual-router.ts';
import { clusterWith } from '../tasks/support.ts';

const baseline = (vip: string, ...holders: string[]): Baseline => ({
  vips: [{ vip, holders, answer: undefined }],
  listeners: new Map(),
});

describe('what a cluster has to serve before peers have their new configuration', () => {
  const base = clusterWith();
  const [one] = base.vrrp_instances;
  const [vip] = one?.virtual_ipaddress ?? [];
  if (one === undefined || vip === undefined) throw new Error('a cluster has a VIP');
  const added = { ...vip, address: '192.168.1.101' };
  const other = { ...one, name: 'VI_2', virtual_ipaddress: [{ ...vip, address: '192.168.1.102' }] };
  const cluster = { ...base, vrrp_instances: [{ ...one, virtual_ipaddress: [vip, added] }, other] };

  it('is what somebody held at first: neither a VIP nor an instance that is still to come', () => {
    const { vrrp_instances } = servedBefore(cluster, baseline(vip.address, 'lb1'));
    expect(vrrp_instances.map(({ name, virtual_ipaddress }) => [name, virtual_ipaddress])).toEqual([['VI_1', [vip]]]);
  });

  it('leaves out addresses in no advert that are still to come', () => {
    const excluded = { ...one, virtual_ipaddress_excluded: [{ ...vip, address: '192.168.1.120' }] };
    const { vrrp_instances } = servedBefore({ ...base, vrrp_instances: [excluded] }, baseline(vip.address, 'lb1'));
    expect(vipAddresses(vrrp_instances)).toEqual([vip.address]);
  });

  it('is all of it where nobody held anything', () => {
    expect(servedBefore(cluster, baseline(vip.address))).toBe(cluster);
  });
});
