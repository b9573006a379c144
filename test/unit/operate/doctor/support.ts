import {
  type RunningInstance,
  type RunningVrrp,
  runningVrrpSubject,
} from '../../../../src/facts/keepalived/running-vrrp.ts';
import type { AddressFact } from '../../../../src/facts/network/address.ts';
import { linksSubject } from '../../../../src/facts/network/links.ts';
import { type AdvertFact, type SegmentFact, segmentSubject } from '../../../../src/facts/network/segment.ts';
import type { Cluster } from '../../../../src/inventory/model.ts';
import type { Case } from '../../../../src/operate/doctor/check.ts';
import type { Heard } from '../../../../src/operate/doctor/checks/segment.ts';
import { KEYS, kept } from '../../../fixtures/doctor/questions.ts';
import { readCluster } from '../../../support/read-inventory.ts';

const INVENTORY = `clusters:
  pair:
    service: nginx
    hosts: { d1: 10.88.87.11, d2: 10.88.87.12 }
    vrrp_instances:
      VI_1:
        virtual_router_id: 87
        interface: eth0
        priority: { d1: 200, d2: 150 }
        virtual_ipaddress: [10.88.87.100/24]
        nopreempt: true
        EXTRA
`;

/** The pair that the fixtures come from; `extra` is one more line of its instance. */
export function pair(extra = 'advert_int: 1'): Cluster {
  return readCluster(INVENTORY.replace('EXTRA', extra));
}

/** What the members of the pair answered; who is left out gave no answer. */
export function caseOf<F>(answers: Readonly<Record<string, F>>, cluster: Cluster = pair()): Case<F> {
  return {
    cluster,
    members: cluster.hosts.flatMap((host) => {
      const facts = answers[host.name];
      return facts === undefined ? [] : [{ host, facts }];
    }),
    unknown: cluster.hosts.map(({ name }) => name).filter((name) => answers[name] === undefined),
  };
}

/** What keepalived ran with on a host of the lab, with something else in its one instance. */
export function running(state: string, other: Partial<RunningInstance> = {}): RunningVrrp {
  const found = kept(runningVrrpSubject, `running-${state}`, KEYS.running)[0];
  if (found === undefined || found === null) throw new Error(`keepalived did not run: ${state}`);
  return { ...found, instances: found.instances.map((instance) => ({ ...instance, ...other })) };
}

export function segment(state: string): SegmentFact {
  const found = kept(segmentSubject, `segment-${state}`, KEYS.segment)[0];
  if (found === undefined || found === null) throw new Error(`nobody listened: ${state}`);
  return found;
}

export function advert(source: string, other: Partial<AdvertFact> = {}): AdvertFact {
  return { source, destination: '224.0.0.18', version: 2, vrid: 87, priority: 100, ...other };
}

export function addresses(...list: readonly string[]): readonly AddressFact[] {
  return list.map((address) => ({ interface: 'eth0', address, prefix: 24 }));
}

const OWN: Readonly<Record<string, string>> = { holder: '10.88.87.11', backup: '10.88.87.12' };

/** What a host of the healthy pair heard, with something else in it. */
export function heard(
  state: 'holder' | 'backup',
  other: Partial<Heard> & { readonly segment?: SegmentFact | null } = {},
): Heard {
  const { segment: own, ...rest } = other;
  const links = kept(linksSubject, `links-${state}`, KEYS.links)[0] ?? { links: [], duplicates: [] };
  return {
    segments: new Map([['eth0', own === undefined ? segment(state) : own]]),
    seconds: 5,
    addresses: addresses(OWN[state] ?? ''),
    links,
    before: running(state),
    after: running(state),
    ...rest,
  };
}
