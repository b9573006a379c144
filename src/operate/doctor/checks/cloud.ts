import { type DmiFact, dmiSubject } from '../../../facts/system/dmi.ts';
import type { Cluster } from '../../../inventory/model.ts';
import { type Answer, type Check, hostCheck } from '../check.ts';
import { fail, ok, type Verdict, warn } from '../finding.ts';

/** A cloud in which a VIP does not move as on a wire. */
export interface Cloud {
  readonly name: string;
  /** VRRP does not pass at all, not even from host to host. */
  readonly noVrrp?: true;
  /** Multicast does not pass; unicast does. */
  readonly noMulticast?: true;
  /** What it does to a VIP. */
  readonly why: string;
  /** What to use there. */
  readonly use: string;
}

/** Signs as in cloud-init's tools/ds-identify; what to use as the providers' own documents say. */
const CLOUDS: readonly (Cloud & { readonly is: (dmi: DmiFact) => boolean })[] = [
  {
    name: 'AWS',
    is: ({ product_uuid, product_serial, hypervisor_uuid, sys_vendor }) =>
      sys_vendor === 'Amazon EC2' ||
      hypervisor_uuid.toLowerCase().startsWith('ec2') ||
      (product_uuid.toLowerCase().startsWith('ec2') && product_serial.toLowerCase().startsWith('ec2')),
    noMulticast: true,
    why: 'a VPC carries no multicast and learns addresses by its API alone: the VIP moves, and traffic does not follow',
    use: 'unicast: true, and a notify script that moves the secondary private or Elastic IP by the EC2 API; or a Network Load Balancer',
  },
  {
    name: 'Google Cloud',
    is: ({ product_name }) => product_name === 'Google Compute Engine',
    noMulticast: true,
    why: 'the network ignores ARP: an address that moves by gratuitous ARP is not reached',
    use: 'an internal passthrough Network Load Balancer whose health check asks the active host',
  },
  {
    name: 'Azure',
    is: ({ chassis_asset_tag }) => chassis_asset_tag === '7783-7084-3265-9085-8269-3286-77',
    noVrrp: true,
    noMulticast: true,
    why: 'virtual networks carry TCP, UDP, ICMP and IPsec only: neither multicast nor protocol 112',
    use: 'an internal Azure Load Balancer with a health probe and a floating IP',
  },
  {
    name: 'Hetzner Cloud',
    is: ({ sys_vendor }) => sys_vendor === 'Hetzner',
    noMulticast: true,
    why: 'its networks are routed: ARP and multicast do not reach the peer',
    use: 'unicast: true, and a notify script that assigns the Floating IP or alias IP by the Hetzner API',
  },
  {
    name: 'DigitalOcean',
    is: ({ sys_vendor }) => sys_vendor === 'DigitalOcean',
    noMulticast: true,
    why: 'a VPC carries no multicast, and addresses are bound to droplets by its API',
    use: 'unicast: true, and a notify script that assigns the Reserved IP by the DigitalOcean API',
  },
  {
    name: 'Oracle Cloud',
    is: ({ chassis_asset_tag }) => chassis_asset_tag === 'OracleCloud.com',
    noMulticast: true,
    why: 'a VCN carries no multicast, and addresses are bound to VNICs by its API',
    use: 'unicast: true, and a notify script that moves the secondary private IP by the OCI API',
  },
  {
    name: 'OpenStack',
    is: ({ product_name, chassis_asset_tag }) =>
      /^OpenStack (?:Nova|Compute)$/.test(product_name) || chassis_asset_tag === 'OpenStack Nova',
    why: 'port security drops packets from addresses that are not the port’s own, the VIP among them',
    use: 'add the VIP to allowed_address_pairs of each port, and a security group rule for protocol 112',
  },
];

/** Which cloud the firmware speaks of; undefined: none that is known. */
export function cloudOf(dmi: DmiFact | null): Cloud | undefined {
  return dmi === null ? undefined : CLOUDS.find(({ is }) => is(dmi));
}

export function judgeCloud({ host, facts }: Answer<DmiFact | null>, { vrrp_instances }: Cluster): readonly Verdict[] {
  const cloud = cloudOf(facts);
  if (cloud === undefined) {
    return [
      ok(
        host.id,
        facts === null
          ? 'the firmware names no cloud'
          : `${facts.sys_vendor || 'unknown vendor'}: no cloud that is known`,
      ),
    ];
  }
  const trouble = { why: cloud.why, fix: cloud.use } as const;
  if (cloud.noVrrp === true) return [fail(host.id, `${cloud.name}: VRRP does not work there`, trouble)];
  const multicast = vrrp_instances.filter(({ unicast }) => unicast === undefined).map(({ name }) => name);
  if (cloud.noMulticast === true && multicast.length > 0) {
    return [fail(host.id, `${cloud.name} carries no multicast, which ${multicast.join(', ')} uses`, trouble)];
  }
  return [warn(host.id, `${cloud.name}: a VIP does not move by itself there`, trouble)];
}

export const CLOUD_CHECK: Check = hostCheck({
  id: 'HD030',
  name: 'cloud',
  ask: ({ look }) => look(dmiSubject, 'dmi'),
  judge: judgeCloud,
});
