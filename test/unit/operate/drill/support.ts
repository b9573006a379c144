import { serviceRow } from '../../../../src/checks/services.ts';
import type { Check, Cluster, Host, Instance } from '../../../../src/inventory/model.ts';
import type { Situation } from '../../../../src/operate/drill/situation.ts';

const host = (name: string): Host => ({
  id: name,
  name,
  cluster: 'web',
  address: '10.0.0.1',
  ssh: {
    user: 'deploy',
    port: 22,
    known_hosts_file: '/dev/null',
    host_key_checking: 'strict',
    proxy_jump: [],
    connect_timeout: 10,
  },
  become: true,
});

export const CHECK: Check = {
  name: 'check_nginx',
  interval: 2,
  timeout: 1,
  weight: 0,
  fall: 2,
  rise: 2,
  probe: { kind: 'nginx', url: 'http://127.0.0.1/health' },
};

/** A cluster of these hosts by priority, whose VIP the first one holds unless told otherwise. */
export function situation(
  priority: Readonly<Record<string, number>>,
  instance: Partial<Instance> = {},
  more: { readonly holder?: string; readonly service?: Cluster['service'] } = {},
): Situation {
  const names = Object.keys(priority);
  const own: Instance = {
    name: 'VI_1',
    virtual_router_id: 51,
    interface: Object.fromEntries(names.map((name) => [name, 'eth0'])),
    priority,
    virtual_ipaddress: [{ address: '10.0.0.100', prefix: 24, family: 4 }],
    advert_int: 1,
    nopreempt: Object.fromEntries(names.map((name) => [name, false])),
    track_script: [CHECK],
    ...instance,
  };
  const cluster: Cluster = {
    name: 'web',
    service: more.service ?? 'nginx',
    services: [serviceRow(more.service ?? 'nginx') ?? []].flat(),
    hosts: names.map(host),
    vrrp_instances: [own],
    notify: {},
    firewall: 'auto',
    open: [],
    keepalived: { log_detail: false, global_defs: [] },
  };
  return { cluster, instance: own, holder: more.holder ?? names[0] ?? '' };
}
