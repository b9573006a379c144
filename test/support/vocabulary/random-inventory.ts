import { LINKS, type Setting } from './context.ts';
import { GLOBAL_LINES } from './global-lines.ts';
import { INSTANCE_KEYWORDS } from './instance-keywords.ts';
import { type Random, randomOf } from './random.ts';
import { randomProcess } from './random-blocks.ts';

/** An inventory of one cluster, and what was decided before it was written. */
export interface RandomInventory {
  readonly seed: number;
  /** As YAML would be read. */
  readonly written: { readonly clusters: { readonly c: WrittenCluster } };
  readonly settings: readonly Setting[];
}

interface WrittenCluster {
  readonly vrrp_instances: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly vrrp_sync_groups?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly keepalived: Readonly<Record<string, unknown>>;
}

/** A cluster of two hosts with one to three instances, over the whole vocabulary. The same for the same seed. */
export function randomInventory(seed: number): RandomInventory {
  const random = randomOf(seed);
  const count = random.whole(1, 3);
  const grouped = count > 1 && random.chance(0.6);
  const groupNotifies = grouped && random.chance(0.3);
  const nopreempt = random.chance(0.3);
  const settings = Array.from({ length: count }, (_, index): Setting => {
    const family = random.chance(0.3) ? 6 : 4;
    const unicast = random.chance(0.4);
    const vmac = random.chance(0.25);
    return {
      random,
      name: `VI_${index}`,
      vrid: random.whole(1, 80) + 85 * index,
      family,
      version: family === 6 || random.chance(0.4) ? 3 : 2,
      link: random.pick([...LINKS]),
      grouped,
      groupNotifies,
      unicast,
      vmac,
      ownMacs: vmac && random.chance(0.2),
      nopreempt: grouped ? nopreempt : random.chance(0.3),
    };
  });
  const vrrp_instances = Object.fromEntries(settings.map((one) => [one.name, instanceOf(one)]));
  const groups = grouped ? { vrrp_sync_groups: { GROUP: groupOf(random, settings, groupNotifies) } } : {};
  const cluster = {
    service: 'none',
    hosts: { h1: '10.0.0.11', h2: '10.0.0.12' },
    firewall: 'none',
    ...groups,
    vrrp_instances,
    keepalived: { global_defs: globals(random), ...blocks(random) },
  };
  return { seed, written: { clusters: { c: cluster } }, settings };
}

function instanceOf(setting: Setting): Record<string, unknown> {
  const all = Object.entries(INSTANCE_KEYWORDS).map(([keyword, { value }]) => [keyword, value(setting)] as const);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

function groupOf(random: Random, settings: readonly Setting[], notifies: boolean): Record<string, unknown> {
  const used = settings.map(({ link }) => link);
  const free = LINKS.filter((link) => !used.includes(link));
  return {
    group: settings.map(({ name }) => name),
    ...(free.length > 0 && random.chance(0.3) ? { track_interface: random.some(free, 1) } : {}),
    ...(random.chance(0.3) ? { track_process: { group_proc: randomProcess(random) } } : {}),
    ...(random.chance(0.3) ? { track_file: { group_file: { file: '/run/keepalived/group', weight: 0 } } } : {}),
    ...(random.chance(0.3) ? { smtp_alert: true } : {}),
    ...(notifies ? { notify_priority_changes: true } : {}),
  };
}

function globals(random: Random): readonly string[] {
  const mail = [
    'notification_email { ops@example.com }',
    'notification_email_from ka@example.com',
    'smtp_server 127.0.0.1 9',
  ];
  return [...mail, ...random.some(Object.keys(GLOBAL_LINES), random.whole(0, 5))];
}

function blocks(random: Random): Record<string, unknown> {
  return {
    ...(random.chance(0.2)
      ? { static_ipaddress: ['10.254.0.1/24 dev eth1', '10.254.1.1/24 dev eth2 scope link'] }
      : {}),
    ...(random.chance(0.2) ? { static_routes: ['10.253.0.0/24 dev eth1', 'blackhole 10.252.0.0/16'] } : {}),
    ...(random.chance(0.2) ? { static_rules: ['from 10.251.0.0/24 table 201 priority 201'] } : {}),
    ...(random.chance(0.1) ? { interface_up_down_delays: ['eth1 1 2'] } : {}),
  };
}
