import { type Facts, randomAddress, wantedFacts } from './addresses.ts';
import { addressIn, LINKS, type Setting, spread } from './context.ts';
import { randomCheck, randomProcess } from './random-blocks.ts';
import { pairsOf, randomRoute, randomRule } from './routes.ts';

/** One keyword of an instance: a random value, and what of it keepalived's dump has to say. */
export interface RandomKeyword {
  /** undefined: the inventory does not name it. */
  value(setting: Setting): unknown;
  /** What the dump says, and what it has to. `written`: what `value` gave, of the first host. */
  readonly shows?: Shows;
  /** Why the dump says nothing of it. */
  readonly silent?: string;
}

/** A line of the dump by its title, or a list; undefined: it must not be there. */
export type Expected = readonly [title: string, is: string | readonly unknown[] | undefined];

type Shows = (written: unknown, setting: Setting) => readonly Expected[];

const say = (title: string, text: (written: unknown) => string | undefined): Shows => {
  return (written) => [[title, text(written)]];
};
const number = (min: number, max: number, title: string, standard: string | undefined, unit = ''): RandomKeyword => ({
  value: ({ random }) => (random.chance(0.3) ? random.whole(min, max) : undefined),
  shows: say(title, (written) => (written === undefined ? standard : `${written}${unit}`)),
});
const flag = (shows: Shows | undefined, of = 0.3): RandomKeyword => ({
  value: ({ random }) => (random.chance(of) ? random.chance(0.8) : undefined),
  ...(shows === undefined ? {} : { shows }),
});
const yes = (title: string, [on, off]: readonly [string | undefined, string | undefined], standard = off) =>
  say(title, (written) => (written === undefined ? standard : written === true ? on : off));
const list = (keyword: 'routes' | 'rules', title: string): RandomKeyword => ({
  value: (setting) => {
    const { random } = setting;
    if (!random.chance(0.25)) return undefined;
    const make = keyword === 'routes' ? randomRoute : randomRule;
    return Array.from({ length: random.whole(1, 4) }, (_, index) => make(setting, index));
  },
  shows: (written) => [[title, Array.isArray(written) ? written.map(String).map(pairsOf).sort() : undefined]],
});

function many(setting: Setting, first: number, count: number, family = setting.family): readonly string[] {
  return Array.from({ length: count }, (_, index) => randomAddress(setting, first + index, family));
}

function shown(written: unknown, setting: Setting): readonly Facts[] | undefined {
  return Array.isArray(written) ? written.map((text) => wantedFacts(String(text), setting)) : undefined;
}

export const INSTANCE_KEYWORDS: Readonly<Record<string, RandomKeyword>> = {
  virtual_router_id: { value: ({ vrid }) => vrid, shows: say('Virtual Router ID', String) },
  interface: {
    value: (setting) => spread(setting, setting.link, 'eth1'),
    shows: (written, { vmac, vrid }) => [['Interface', vmac ? `vrrp.${vrid}, vmac on ${written}` : String(written)]],
  },
  priority: {
    value: ({ random }) => ({ h1: random.whole(100, 200), h2: random.whole(1, 99) }),
    shows: say('Priority', String),
  },
  virtual_ipaddress: {
    value: (setting) => many(setting, 1, setting.random.whole(1, 5)),
    shows: (written, setting) => [['Virtual IP', shown(written, setting)]],
  },
  virtual_ipaddress_excluded: {
    value: (setting) => {
      const { random } = setting;
      if (!random.chance(0.3)) return undefined;
      const other = random.chance(0.3) ? many(setting, 60, 2, setting.family === 4 ? 6 : 4) : [];
      return [...many(setting, 40, random.whole(1, 4)), ...other];
    },
    shows: (written, setting) => [['Virtual IP Excluded', shown(written, setting)]],
  },
  auth_pass: {
    value: ({ random, version }) =>
      version === 2 && random.chance(0.5) ? random.pick(['42', 'abcd1234', 'Zz9']) : undefined,
    shows: (written, { version }) => [
      ['Password', written === undefined ? undefined : String(written)],
      ['Authentication type', version === 3 ? undefined : written === undefined ? 'none' : 'SIMPLE_PASSWORD'],
    ],
  },
  advert_int: {
    value: ({ random, version }) =>
      random.chance(0.5) ? (version === 2 ? random.whole(1, 255) : random.whole(1, 4095) / 100) : undefined,
    shows: (written = 1, { version }) => [
      ['Advert interval', version === 2 ? `${written} sec` : `${Math.round(Number(written) * 1000)} milli-sec`],
    ],
  },
  nopreempt: {
    value: ({ nopreempt }) => (nopreempt ? true : undefined),
    shows: yes('Preempt', ['disabled', 'enabled']),
  },
  preempt_delay: {
    value: ({ random, nopreempt }) =>
      !nopreempt && random.chance(0.3) ? random.pick([1, 30, 999, 0.5, 12.25]) : undefined,
    shows: say('Preempt delay', (written) => (written === undefined ? undefined : `${written} secs`)),
  },
  version: {
    value: ({ version, family, random }) => (version === 3 && (family === 4 || random.chance(0.5)) ? 3 : undefined),
    shows: (_, { version }) => [['VRRP Version', String(version)]],
  },
  unicast: {
    value: (setting) => (setting.unicast ? { h1: addressIn(setting, 201), h2: addressIn(setting, 202) } : undefined),
    shows: (written, setting) => [
      ['Unicast Peer', written === undefined ? undefined : [addressIn(setting, 202)]],
      ...(written === undefined ? [] : [['Using src_ip', `${addressIn(setting, 201)} (from configuration)`] as const]),
    ],
  },
  track_script: {
    value: ({ random, name, grouped, nopreempt }) => {
      if (random.chance(0.2)) return {};
      const weight = random.chance(0.5) && !grouped && !nopreempt ? random.pick([-201, -230]) : 0;
      return Object.fromEntries(
        Array.from({ length: random.whole(1, 2) }, (_, index) => [
          `${name}_check${index}`,
          { ...randomCheck(random), ...(weight === 0 ? {} : { weight }) },
        ]),
      );
    },
    shows: (written) => {
      const all = Object.entries(written ?? {}).map(([name, { weight = 0 }]) => `${name} weight ${weight}`);
      return [['Tracked scripts', all.length === 0 ? undefined : all]];
    },
  },
  track_interface: {
    value: ({ random, link, grouped, nopreempt }) => {
      if (!random.chance(0.3)) return undefined;
      const others = random.some(
        LINKS.filter((one) => one !== link),
        random.whole(1, 2),
      );
      if (random.chance(0.4)) return others;
      const weigh = !grouped && !nopreempt && random.chance(0.5);
      return Object.fromEntries(others.map((one) => [one, weigh ? { weight: random.pick([-200, 199]) } : {}]));
    },
    shows: (written) => {
      const all = Array.isArray(written)
        ? written.map((one) => `${one} weight 0`)
        : Object.entries(written ?? {}).map(([one, { weight = 0 }]) => `${one} weight ${weight}`);
      return [['Tracked interfaces', all.length === 0 ? undefined : all.sort()]];
    },
  },
  track_process: {
    value: ({ random, name, grouped, nopreempt }) => {
      if (!random.chance(0.3)) return undefined;
      const weight = grouped || nopreempt ? 0 : random.pick([0, -200]);
      return { [`${name}_proc`]: { ...randomProcess(random), ...(weight === 0 ? {} : { weight }) } };
    },
    shows: (written) => {
      const all = Object.entries(written ?? {}).map(([one, { weight = 0 }]) => `${one}, weight ${weight}`);
      return [['Tracked processes', all.length === 0 ? undefined : all]];
    },
  },
  track_file: {
    value: ({ random, name, grouped }) => {
      if (!random.chance(0.3)) return undefined;
      const weight = grouped ? 0 : random.pick([0, 1, 2, -3]);
      const init = random.chance(0.5)
        ? { init_file: random.pick<boolean | string>([true, '0', '7 overwrite', 'overwrite', 'overwrite -7']) }
        : {};
      return { [`${name}_file`]: { file: `/run/keepalived/${name}`, weight, ...init } };
    },
    shows: (written) => {
      const all = Object.entries(written ?? {}).map(([one, { weight = 1 }]) => `${one}, weight ${weight}`);
      return [['Tracked files', all.length === 0 ? undefined : all]];
    },
  },
  track_bfd: { value: () => undefined, silent: 'a bfd_instance is a fragment’s, which a test of its own has' },
  use_vmac: {
    value: ({ vmac }) => (vmac ? true : undefined),
    shows: (written, { vrid }) => [['Use VMAC', written === true ? `vrrp.${vrid}` : undefined]],
  },
  use_ipvlan: { value: () => undefined, silent: 'the lab’s kernel has no ipvlan' },
  vmac_xmit_base: {
    value: ({ random, vmac, unicast }) => (vmac && (unicast || random.chance(0.5)) ? true : undefined),
    shows: (written, { vmac }) => [['xmit_base', vmac ? String(written === true) : undefined]],
  },
  use_vmac_addr: {
    value: ({ ownMacs }) => (ownMacs ? true : undefined),
    shows: yes('Use VMAC for VIPs on other interfaces', ['', undefined]),
  },
  dont_track_primary: flag(yes('VRRP interface tracking disabled', ['', undefined])),
  track_src_ip: { ...flag(undefined), silent: 'the dump has no line for it' },
  mcast_src_ip: {
    value: (setting) =>
      !setting.unicast && setting.random.chance(0.2)
        ? spread(setting, addressIn(setting, 201), addressIn(setting, 202))
        : undefined,
    shows: (written) => (written === undefined ? [] : [['Using src_ip', `${written} (from configuration)`]]),
  },
  mcast_dst_ip: {
    value: ({ random, unicast, family }) =>
      !unicast && random.chance(0.2) ? (family === 4 ? '224.0.0.77' : 'ff02::77') : undefined,
    shows: (written, { unicast, family }) => [
      ['Multicast address', unicast ? undefined : String(written ?? (family === 4 ? '224.0.0.18' : 'ff02::12'))],
    ],
  },
  unicast_ttl: {
    value: ({ random, unicast }) => (unicast && random.chance(0.4) ? random.whole(1, 255) : undefined),
    // The TTL that VRRP has by itself is in the dump where adverts of IPv4 are unicast.
    shows: (written, { unicast, family }) => [
      ['Unicast TTL', written !== undefined ? String(written) : unicast && family === 4 ? '255' : undefined],
    ],
  },
  check_unicast_src: {
    value: ({ random, unicast }) => (unicast && random.chance(0.4) ? true : undefined),
    shows: (written, { unicast }) => [['Check unicast src : yes', written === true && unicast ? '' : undefined]],
  },
  unicast_fault_no_peer: {
    value: ({ random, unicast }) => (unicast && random.chance(0.4) ? true : undefined),
    shows: yes('If unicast go to fault state if no peers', ['', undefined]),
  },
  old_unicast_checksum: {
    value: ({ random, unicast, version, family }) =>
      unicast && version === 3 && family === 4 && random.chance(0.4)
        ? random.pick<boolean | string>([true, 'never'])
        : undefined,
    shows: (written, { unicast }) => [
      [
        'Unicast checksum compatibility',
        !unicast ? undefined : written === undefined ? 'no' : written === true ? 'config' : 'never',
      ],
    ],
  },
  v3_checksum_as_v2: { value: () => undefined, silent: 'since 2.2.8' },
  down_timer_adverts: number(1, 100, 'Down timer adverts', '3'),
  timer_expired_backup: { value: () => undefined, silent: 'since 2.2.8' },
  skip_check_adv_addr: {
    value: ({ random }) => (random.chance(0.2) ? true : undefined),
    shows: () => [['Skip checking advert IP addresses', '']],
  },
  lower_prio_no_advert: flag(yes('Send advert after receive lower priority advert', ['false', 'true'])),
  higher_prio_send_advert: flag(yes('Send advert after receive higher priority advert', ['true', 'false'])),
  accept: { ...flag(say('Accept', () => 'enabled')) },
  garp_master_delay: number(0, 4294, 'Gratuitous ARP delay', '5'),
  garp_master_repeat: number(1, 9000, 'Gratuitous ARP repeat', '5'),
  garp_master_refresh: number(0, 9000, 'Gratuitous ARP refresh', '60'),
  garp_master_refresh_repeat: number(1, 9000, 'Gratuitous ARP refresh repeat', '1'),
  garp_lower_prio_delay: number(0, 4294, 'Gratuitous ARP lower priority delay', '5'),
  garp_lower_prio_repeat: number(0, 9000, 'Gratuitous ARP lower priority repeat', '5'),
  garp_extra_if: {
    value: ({ random, vmac }) => (vmac && random.chance(0.3) ? random.pick(['5', 'all 7']) : undefined),
    silent: 'keepalived forgets it where no VIP is on another interface',
  },
  kernel_rx_buf_size: number(1, 900_000, 'Kernel rx buffer size', undefined),
  vrf: { value: () => undefined, silent: 'the lab’s kernel has no VRF' },
  promote_secondaries: flag((written, { vmac }) => [
    ['Promote_secondaries', written === true && !vmac ? 'enabled' : 'disabled'],
  ]),
  virtual_routes: list('routes', 'Virtual Routes'),
  virtual_rules: list('rules', 'Virtual Rules'),
  smtp_alert: flag(yes('Using smtp notification', ['yes', 'no'])),
  notify_priority_changes: flag((written, { groupNotifies }) => [
    ['Notify priority changes', String(written === true || (written !== false && groupNotifies))],
  ]),
  extra: {
    value: ({ random }) => (random.chance(0.1) ? ['debug 1'] : undefined),
    silent: 'what haprov has no key for',
  },
};
