import { SERVICE_FILES } from '../checks/host-files.ts';
import type { OsFact } from '../facts/system/os.ts';
import type { Cluster, Host } from '../inventory/model.ts';
import { FRAGMENTS } from '../keepalived/fragments.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import { vipAddresses } from '../vrrp/virtual-router.ts';
import { keepalivedFiles } from './keepalived-files.ts';
import type { Variables } from './liquid.ts';
import { notifyVariables } from './notify-variables.ts';
import { serviceVariables } from './service-variables.ts';

/** Where haprov's files go on a host. */
const PATHS = {
  ...HOST_PATHS,
  fragments: FRAGMENTS,
  ...Object.fromEntries(SERVICE_FILES.map(({ variable, path }) => [variable, path])),
};

/**
 * What templates of a playbook see of one host, in real or with secrets masked. `os` is there only where it was asked.
 */
export function variablesOf(cluster: Cluster, host: Host, secrets: 'revealed' | 'masked', os?: OsFact): Variables {
  return {
    host: { name: host.name, id: host.id, address: host.address },
    cluster: { name: cluster.name, hosts: cluster.hosts.map((one) => ({ name: one.name, address: one.address })) },
    ...serviceVariables(cluster),
    ipv6: cluster.vrrp_instances.some((one) => one.virtual_ipaddress.some((vip) => vip.family === 6)),
    vips: vipAddresses(cluster.vrrp_instances),
    notify: notifyVariables(cluster, secrets),
    keepalived: { log_detail: cluster.keepalived.log_detail, ...keepalivedFiles(cluster) },
    paths: PATHS,
    ...(os === undefined ? {} : { os: { ...os } }),
  };
}
