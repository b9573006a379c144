import { describe, expect, it } from 'vitest';
import { renderKeepalivedConf } from '../../../../src/keepalived/render.ts';
import { clusterAfter } from '../../../../src/plan/rollback/target-cluster.ts';
import { keepalivedConfigOf } from '../../../../src/tasks/keepalived-config.ts';
import { clusterWith } from '../../tasks/support.ts';

const cluster = clusterWith('preempt_delay: 5');
const textsOf = (of: typeof cluster) =>
  new Map(of.hosts.map((host) => [host.id, renderKeepalivedConf(keepalivedConfigOf(of, host))]));
const [instance] = cluster.vrrp_instances;
if (instance === undefined) throw new Error('one instance');
const [vip] = instance.virtual_ipaddress;
if (vip === undefined) throw new Error('one VIP');

describe('a cluster as its keepalived.conf will have it', () => {
  it('is the one that the files were written from', () => {
    const { version: _, ...after } = clusterAfter(cluster, textsOf(cluster)).vrrp_instances[0] ?? instance;
    const { auth_pass: __, ...before } = instance;
    expect(after).toEqual({ ...before, virtual_ipaddress: [expect.objectContaining(vip)] });
  });

  it("has the VIPs, the priorities and the checks of the files, and not the inventory's", () => {
    const older = {
      ...cluster,
      vrrp_instances: [
        {
          ...instance,
          priority: { lb1: 90, lb2: 80 },
          virtual_ipaddress: [{ ...vip, address: '192.168.1.7' }],
          track_script: [],
        },
        { ...instance, name: 'VI_2', virtual_router_id: 52 },
      ],
    };
    const [first, second] = clusterAfter(cluster, textsOf(older)).vrrp_instances;
    expect(first?.virtual_ipaddress.map(({ address }) => address)).toEqual(['192.168.1.7']);
    expect([first?.priority, first?.track_script]).toEqual([{ lb1: 90, lb2: 80 }, []]);
    expect([second?.name, second?.virtual_router_id, second?.track_script.map(({ name }) => name)]).toEqual([
      'VI_2',
      52,
      instance.track_script.map(({ name }) => name),
    ]);
  });

  it('keeps members that --limit leaves out, so that nobody takes it for whole', () => {
    const limited = { ...cluster, hosts: cluster.hosts.slice(0, 1) };
    expect(Object.keys(clusterAfter(limited, textsOf(limited)).vrrp_instances[0]?.priority ?? {})).toEqual([
      'lb1',
      'lb2',
    ]);
  });

  it.each([
    ['there is none', null],
    ['it includes other files', 'include /etc/keepalived/conf.d/*\n'],
    ['its braces do not close', 'vrrp_instance VI_1 {\n'],
  ])("is the inventory's where %s", (_, text) => {
    expect(clusterAfter(cluster, new Map(cluster.hosts.map(({ id }) => [id, text])))).toBe(cluster);
  });

  it("has no check that is not haprov's", () => {
    const text = `vrrp_script own { script "/usr/bin/killall -0 nginx" }
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 10.0.0.1 }
  track_script { own }
}
`;
    const after = clusterAfter(cluster, new Map([['lb1', text]])).vrrp_instances[0];
    expect([after?.track_script, after?.priority, after?.advert_int]).toEqual([[], { lb1: 100, lb2: 100 }, 1]);
  });
});
