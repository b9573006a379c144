import type { RunningInstance, RunningVrrp } from '../../../facts/keepalived/running-vrrp.ts';
import type { Instance } from '../../../inventory/model.ts';
import { type Case, type Check, check, running } from '../check.ts';
import { fail, ok, type Verdict } from '../finding.ts';

interface Voice {
  readonly host: string;
  readonly instance: RunningInstance;
}

/** What has to be the same on all members, and what comes of it where it is not. */
interface Matter {
  readonly id: string;
  readonly name: string;
  /** "VRID". */
  readonly word: string;
  readonly value: (instance: RunningInstance) => string;
  readonly why: string;
}

export const MATTERS: readonly Matter[] = [
  {
    id: 'HD060',
    name: 'same-vrid',
    word: 'VRID',
    value: ({ vrid }) => String(vrid),
    why: 'each takes the other for a stranger: both hold the VIP',
  },
  {
    id: 'HD061',
    name: 'same-auth',
    word: 'password',
    value: ({ authentication, passwordMark, version }) =>
      version === 3 ? 'VRRPv3' : `${authentication} ${passwordMark ?? ''}`,
    why: 'each refuses the adverts of the other: both hold the VIP',
  },
  {
    id: 'HD062',
    name: 'same-vips',
    word: 'VIPs',
    value: ({ addresses }) => [...addresses].sort().join(' ') || 'none',
    why: 'adverts with other VIPs are refused: both hold them, or one is lost at a failover',
  },
  {
    id: 'HD063',
    name: 'same-timing',
    word: 'adverts',
    value: ({ version, intervalSeconds }) => `VRRPv${version} every ${intervalSeconds} s`,
    why: 'adverts with another interval or version are refused: both hold the VIP',
  },
];

function voicesOf({ members }: Case<RunningVrrp | null>, instance: Instance): readonly Voice[] {
  return members.flatMap(({ host, facts }) => {
    const found = facts?.instances.find(({ name }) => name === instance.name);
    return found === undefined ? [] : [{ host: host.name, instance: found }];
  });
}

/** What keepalived runs with, compared among the members; the files may say something else by now. */
export function judgeMatter(matter: Matter, asked: Case<RunningVrrp | null>): readonly Verdict[] {
  return asked.cluster.vrrp_instances.flatMap((instance): Verdict[] => {
    const voices = voicesOf(asked, instance);
    if (voices.length < 2) return [];
    const values = new Map(voices.map((voice) => [voice.host, matter.value(voice.instance)]));
    if (new Set(values.values()).size === 1)
      return [ok(undefined, `${instance.name}: the same ${matter.word} on ${[...values.keys()].join(' and ')}`)];
    // A password is known by its hash alone, which says nothing to anybody.
    const said = [...values].map(([host, value]) => (matter.id === 'HD061' ? host : `${host} ${value}`)).join(', ');
    return [
      fail(undefined, `${instance.name}: different ${matter.word} on ${said}`, {
        why: matter.why,
        mends: true,
        fix: 'the file is right and keepalived runs with another: systemctl reload keepalived on each',
      }),
    ];
  });
}

/** Unicast lists have to name each other; who is left out hears nothing. */
export function judgePeers(asked: Case<RunningVrrp | null>): readonly Verdict[] {
  return asked.cluster.vrrp_instances.flatMap((instance): Verdict[] => {
    const voices = voicesOf(asked, instance);
    if (voices.length < 2) return [];
    const modes = voices.map(({ host, instance: { peers } }) => `${host} ${peers === null ? 'multicast' : 'unicast'}`);
    const trouble = {
      why: 'adverts of the one do not reach the other: both hold the VIP',
      mends: true,
      fix: 'systemctl reload keepalived on each',
    } as const;
    if (new Set(voices.map(({ instance: { peers } }) => peers === null)).size > 1) {
      return [fail(undefined, `${instance.name}: ${modes.join(', ')}`, trouble)];
    }
    const left = voices.flatMap(({ host, instance: { peers } }) =>
      peers === null
        ? []
        : voices.flatMap((other) =>
            other.host === host || other.instance.source === '' || peers.includes(other.instance.source)
              ? []
              : [`${host} does not send to ${other.host} (${other.instance.source})`],
          ),
    );
    if (left.length > 0) return [fail(undefined, `${instance.name}: ${left.join(', ')}`, trouble)];
    return [
      ok(undefined, `${instance.name}: ${voices[0]?.instance.peers === null ? 'multicast' : 'unicast'} on all of them`),
    ];
  });
}

/** Every member has to run the instance, each with a priority of its own. */
export function judgePriorities(asked: Case<RunningVrrp | null>): readonly Verdict[] {
  return asked.cluster.vrrp_instances.flatMap((instance): Verdict[] => {
    const voices = voicesOf(asked, instance);
    const without = asked.members.filter(
      ({ host, facts }) => facts !== null && !voices.some((voice) => voice.host === host.name),
    );
    if (without.length > 0 && voices.length > 0) {
      return without.map(({ host }) =>
        fail(host.id, `keepalived runs without ${instance.name}`, {
          why: `${host.name} never takes its VIP over`,
          mends: true,
          fix: 'systemctl reload keepalived',
        }),
      );
    }
    if (voices.length < 2) return [];
    const said = voices.map(({ host, instance: { priority } }) => `${host} ${priority}`).join(', ');
    if (new Set(voices.map(({ instance: { priority } }) => priority)).size === voices.length) {
      return [ok(undefined, `${instance.name}: priorities ${said}`)];
    }
    return [
      fail(undefined, `${instance.name}: equal priorities, ${said}`, {
        why: 'which of them becomes master is left to the higher address',
        mends: true,
        fix: 'give each host a priority of its own',
      }),
    ];
  });
}

const ask = running;

export const AGREEMENT_CHECKS: readonly Check[] = [
  ...MATTERS.map((matter) =>
    check({ id: matter.id, name: matter.name, ask, judge: (asked) => judgeMatter(matter, asked) }),
  ),
  check({ id: 'HD064', name: 'peers', ask, judge: judgePeers }),
  check({ id: 'HD065', name: 'priorities', ask, judge: judgePriorities }),
];
