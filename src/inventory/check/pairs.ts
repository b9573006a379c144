import type { Finding } from '../problem.ts';
import { Secret } from '../secret.ts';
import type { InstanceView } from './view.ts';

interface Rule {
  /** The key that the finding is about. */
  readonly key: string;
  readonly with?: readonly string[];
  readonly wrong: (values: Values, view: InstanceView) => boolean;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

type Values = Readonly<Record<string, unknown>>;

const on = (value: unknown): boolean => value !== undefined && value !== false && !isAllFalse(value);
const isAllFalse = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((one) => one === false);
const isFour = ({ virtual_ipaddress: vips }: Values): boolean =>
  Array.isArray(vips) &&
  vips.some((one: unknown) => typeof one === 'object' && one !== null && Reflect.get(one, 'family') === 4);
const hasDev = ({ virtual_ipaddress: vips }: Values): boolean =>
  Array.isArray(vips) && vips.some((one: unknown) => typeof one === 'object' && one !== null && 'dev' in one);

/** Keywords that mean nothing, or that keepalived refuses, beside others. */
const RULES: readonly Rule[] = [
  {
    key: 'use_ipvlan',
    with: ['use_vmac'],
    wrong: (values) => on(values['use_vmac']) && on(values['use_ipvlan']),
    severity: 'error',
    message: 'use_ipvlan goes with no use_vmac; take one of them out',
  },
  {
    key: 'use_ipvlan',
    with: ['virtual_ipaddress'],
    wrong: (values) =>
      isFour(values) &&
      Object.values({ ...(values['use_ipvlan'] as object) }).some(
        (one) => on(one) && !/ [0-9.]+(\/|$| )/.test(String(one)),
      ),
    severity: 'error',
    message: 'use_ipvlan needs an IPv4 address of its own on each host: use_ipvlan: { HOST: ipv0 192.0.2.21/24, … }',
  },
  {
    key: 'vmac_xmit_base',
    with: ['use_vmac', 'use_ipvlan'],
    wrong: (values) => on(values['vmac_xmit_base']) && !on(values['use_vmac']) && !on(values['use_ipvlan']),
    severity: 'error',
    message: 'vmac_xmit_base means nothing without use_vmac; take it out, or write use_vmac: true',
  },
  {
    key: 'use_vmac_addr',
    with: ['use_vmac', 'virtual_ipaddress'],
    wrong: (values) =>
      on(values['use_vmac_addr']) && !hasDev(values) && values['virtual_ipaddress_excluded'] === undefined,
    severity: 'warning',
    message: 'use_vmac_addr is about VIPs on other interfaces, and none has a dev; take it out',
  },
  {
    key: 'use_vmac',
    with: ['unicast', 'vmac_xmit_base'],
    wrong: (values) => on(values['use_vmac']) && values['unicast'] !== undefined && !on(values['vmac_xmit_base']),
    severity: 'error',
    message: 'use_vmac with unicast needs vmac_xmit_base: true; write it beside',
  },
  {
    key: 'unicast_ttl',
    with: ['unicast'],
    wrong: (values) => on(values['unicast_ttl']) && values['unicast'] === undefined,
    severity: 'error',
    message: 'unicast_ttl goes with unicast only; write unicast: true beside it, or take it out',
  },
  {
    key: 'check_unicast_src',
    with: ['unicast'],
    wrong: (values) => on(values['check_unicast_src']) && values['unicast'] === undefined,
    severity: 'error',
    message: 'check_unicast_src goes with unicast only; write unicast: true beside it, or take it out',
  },
  {
    key: 'old_unicast_checksum',
    with: ['unicast'],
    wrong: (values) => on(values['old_unicast_checksum']) && values['unicast'] === undefined,
    severity: 'error',
    message: 'old_unicast_checksum goes with unicast only; take it out',
  },
  {
    key: 'mcast_dst_ip',
    with: ['unicast'],
    wrong: (values) => on(values['mcast_dst_ip']) && values['unicast'] !== undefined,
    severity: 'error',
    message: 'mcast_dst_ip goes with multicast only, and unicast is said; take one of them out',
  },
  {
    key: 'mcast_src_ip',
    with: ['unicast'],
    wrong: (values) => on(values['mcast_src_ip']) && values['unicast'] !== undefined,
    severity: 'error',
    message: 'mcast_src_ip goes with multicast only; with unicast write unicast: { HOST: ADDRESS }',
  },
  {
    key: 'vrf',
    with: ['unicast'],
    wrong: (values) => on(values['vrf']),
    severity: 'error',
    message: 'vrf goes with unicast and without an interface, which haprov’s instances have; take it out',
  },
  {
    key: 'timer_expired_backup',
    with: ['nopreempt'],
    wrong: (values) => on(values['timer_expired_backup']) && !on(values['nopreempt']),
    severity: 'error',
    message: 'timer_expired_backup needs nopreempt: true on every host; write it beside, or take it out',
  },
  {
    key: 'down_timer_adverts',
    with: [],
    wrong: (values) => values['down_timer_adverts'] === 1,
    severity: 'warning',
    message: 'down_timer_adverts 1 makes one lost packet a failover; 3 is the standard’s',
  },
  {
    key: 'v3_checksum_as_v2',
    with: ['version'],
    wrong: (values) => on(values['v3_checksum_as_v2']) && (values['version'] ?? 2) !== 3,
    severity: 'error',
    message: 'v3_checksum_as_v2 is about VRRP version 3; write version: 3 beside it, or take it out',
  },
  {
    key: 'garp_extra_if',
    with: ['use_vmac'],
    wrong: (values) => on(values['garp_extra_if']) && !on(values['use_vmac']),
    severity: 'warning',
    message: 'garp_extra_if means nothing without use_vmac; take it out',
  },
  {
    key: 'skip_check_adv_addr',
    wrong: (values) => values['skip_check_adv_addr'] === false,
    severity: 'error',
    message:
      'keepalived 2.2 and later read skip_check_adv_addr false as true; take it out, and write keepalived: { global_defs: [vrrp_skip_check_adv_addr false] }',
  },
];

/** Keys that go together, or do not. */
export function checkPairs(view: InstanceView): Finding[] {
  const values: Values = { ...view.instance };
  return RULES.flatMap(({ key, with: others = [], wrong, severity, message }): Finding[] => {
    const value = values[key];
    if (value === undefined || value instanceof Secret || !wrong(values, view)) return [];
    const involves = [key, ...others].map((one) => [...view.path, one]);
    return [{ path: [...view.path, key], at: 'key', severity, rule: 'keyword-pair', message, involves }];
  });
}
