import type { Instance } from '../../../inventory/model.ts';
import { KEYWORD, virtualRouterOf } from '../../../vrrp/virtual-router.ts';
import { type Case, type Check, check } from '../check.ts';
import { fail, ok, skip, type Verdict } from '../finding.ts';
import { advertsFrom, countOf, type Heard, hearing, NO_TOOL, type Part, partOf } from './segment.ts';

/** Each ordered pair of members by itself: whether adverts leave the one, and arrive at and are heeded by the other. */
export function judgeAdverts({ cluster, members }: Case<Heard>): readonly Verdict[] {
  return cluster.vrrp_instances.flatMap((instance) => {
    const parts = members.map((member) => partOf(member, instance));
    const [only, ...others] = parts;
    if (only !== undefined && others.length === 0) return judgeSender(instance, only);
    return parts.flatMap((from) => parts.flatMap((to) => (from === to ? [] : judgeWay(instance, from, to))));
  });
}

/** A MASTER whose partners gave no answer: whether its adverts leave it, at least. */
function judgeSender(instance: Instance, from: Part): readonly Verdict[] {
  const sends = from.state.before === 'MASTER' && from.state.after === 'MASTER';
  if (!sends || from.segment === null) return [];
  const sent = advertsFrom(from, from.source, from.vrid);
  return sent > 0 ? [] : [silentMaster(instance.name, from)];
}

function silentMaster(way: string, { host, facts }: Part): Verdict {
  return fail(host.id, `${way}: ${host.name} is MASTER, and no advert left it in ${facts.seconds} s`, {
    why: 'its own firewall drops them, or its interface is down: the others take the VIP too',
    mends: true,
    fix: `let protocol 112 out on ${host.name}: see HD022`,
  });
}

function judgeWay(instance: Instance, from: Part, to: Part): Verdict {
  const [sender, receiver] = [from.host.name, to.host.name];
  const sends = from.state.before === 'MASTER' && from.state.after === 'MASTER';
  const heeded = to.state.after === 'BACKUP' && to.master !== null && to.master === from.source;
  const sent = from.segment === null ? undefined : advertsFrom(from, from.source, from.vrid);
  const arrived = to.segment === null ? undefined : advertsFrom(to, from.source, from.vrid);
  const way = `${instance.name}, ${sender} to ${receiver}`;
  const during = `in ${to.facts.seconds} s`;
  if (heeded && (arrived === undefined || arrived > 0)) {
    const proof = arrived === undefined ? `its master is ${from.source}` : `${arrived} adverts arrived ${during}`;
    return ok(to.host.id, `${way}: ${proof}, and keepalived accepts them`);
  }
  if (!sends) return judgeProbes(way, from, to);
  if (sent === 0 && (arrived ?? 0) === 0) return silentMaster(way, from);
  if (arrived === 0) {
    return fail(
      to.host.id,
      `${way}: ${sent === undefined ? 'adverts were sent' : `${sent} adverts left ${sender}`}, none arrived at ${receiver} ${during}`,
      {
        why: 'the network between them drops VRRP: another segment, IGMP snooping, a security group',
        fix: `let protocol 112 through between them, or set unicast: true for ${instance.name}`,
      },
    );
  }
  if (arrived === undefined) return skip(to.host.id, `${way}: ${NO_TOOL}`);
  // Of two masters the one with the higher priority is right not to give way.
  if (to.state.after === 'MASTER' && to.state.before === 'MASTER' && to.priority < from.priority) {
    return fail(to.host.id, `${way}: ${arrived} adverts arrived ${during}, and keepalived did not accept them`, {
      why: `the firewall of ${receiver} drops them, or password, VIPs or version differ`,
      mends: true,
      fix: 'see HD022 and HD060 to HD064',
    });
  }
  return ok(to.host.id, `${way}: ${arrived} adverts arrived ${during}`);
}

/** Probes of a second's distance that came the other way, from which on it is certain that both listened at once. */
const AT_ONCE = 2;

/** The way of a member that sends no adverts now, and will when it takes over: by probes in their place. */
function judgeProbes(way: string, from: Part, to: Part): Verdict {
  const [sender, receiver] = [from.host.name, to.host.name];
  const state = from.state.after === 'none' ? 'keepalived runs no such instance there' : `it is ${from.state.after}`;
  const silent = `${way}: ${sender} sends no adverts, as ${state}`;
  const rules = skip(to.host.id, `${silent}; for its rules see HD022`);
  if (from.segment === null || to.segment === null || !from.segment.probing.includes(from.source)) return rules;
  const arrived = countOf(to.segment.probes, from.source);
  const passed = to.segment.passed === null ? arrived : countOf(to.segment.passed, from.source);
  const why = `once ${sender} is master, ${receiver} does not hear it and takes the VIP too`;
  if (passed > 0) return ok(to.host.id, `${silent}; ${passed} probes in their place arrived`);
  if (arrived > 0) {
    return fail(
      to.host.id,
      `${silent}; ${arrived} probes in their place arrived, and the firewall of ${receiver} drops them`,
      {
        why,
        mends: true,
        fix: `let protocol 112 from ${sender} in on ${receiver}: see HD022`,
      },
    );
  }
  if (countOf(from.segment.probes, from.source) === 0) {
    return fail(from.host.id, `${silent}; no probe in their place left it`, {
      why,
      mends: true,
      fix: `let protocol 112 out on ${sender}: see HD022`,
    });
  }
  if (countOf(from.segment.probes, to.source) < AT_ONCE) return rules;
  return fail(to.host.id, `${silent}; probes in their place left it, and none arrived at ${receiver}`, {
    why,
    fix: 'let protocol 112 through between them in both directions, or set unicast: true',
  });
}

/** Adverts with our VRID of a router that is none of ours. */
export function judgeForeign({ cluster, members, unknown }: Case<Heard>): readonly Verdict[] {
  return cluster.vrrp_instances.flatMap((instance) => {
    const parts = members.map((member) => partOf(member, instance));
    const own = new Set([
      ...members.flatMap(({ facts }) => facts.addresses.map(({ address }) => address)),
      ...parts.map(({ source }) => source),
      ...Object.values(instance.unicast ?? {}).map(({ src_ip }) => src_ip),
      ...cluster.hosts.map(({ address }) => address),
    ]);
    return parts.map((part): Verdict => {
      if (part.segment === null) return skip(part.host.id, `${instance.name}: ${NO_TOOL}`);
      // VRIDs of IPv4 and of IPv6 are apart.
      const strangers = part.segment.adverts.filter(({ source }) => !own.has(source) && sameFamily(source, instance));
      const clash = strangers.filter(({ vrid }) => vrid === part.vrid);
      const [first] = clash;
      if (first !== undefined) {
        const count = clash.filter(({ source }) => source === first.source).length;
        const evidence = `VRID ${first.vrid} is used by ${first.source} too: ${count} adverts, priority ${first.priority}`;
        if (unknown.length > 0)
          return skip(part.host.id, `${evidence}; it may be ${unknown.join(' or ')}, which gave no answer`);
        return fail(part.host.id, evidence, {
          why: `two groups of routers take each other for one: ${instance.name} loses its VIP, or they lose theirs`,
          fix: `give ${instance.name} a ${KEYWORD.vrid} that is free here, and apply`,
        });
      }
      const others = [...new Set(strangers.map(({ vrid }) => vrid))].sort((a, b) => a - b);
      const said = others.length === 0 ? 'no other router' : `others use VRID ${others.join(', ')}`;
      return ok(part.host.id, `${instance.name} has VRID ${part.vrid} for itself; ${said} in ${part.facts.seconds} s`);
    });
  });
}

function sameFamily(source: string, instance: Instance): boolean {
  return (source.includes(':') ? 6 : 4) === virtualRouterOf(instance).family;
}

/** Who answers for a VIP: a member, as its MAC addresses say, or a stranger. */
export function judgeClaims({ cluster, members, unknown }: Case<Heard>): readonly Verdict[] {
  const macs = new Set(members.flatMap(({ facts }) => facts.links.links.map(({ mac }) => mac)));
  return cluster.vrrp_instances.flatMap((instance) => {
    // use_vmac: RFC 9568, 7.3.
    const virtual = new RegExp(`^00:00:5e:00:0[12]:${virtualRouterOf(instance).vrid.toString(16).padStart(2, '0')}$`);
    return instance.virtual_ipaddress.map(({ address, family }): Verdict => {
      const failed = members.find(({ facts }) => facts.links.duplicates.includes(address));
      const trouble = {
        why: 'clients reach the stranger, or now the one and now the other',
        fix: `find who has it, by that address in the switch or with ip neigh, and give it another; or choose another VIP than ${address}`,
      } as const;
      if (failed !== undefined)
        return fail(failed.host.id, `another host has ${address}: duplicate address detection failed`, trouble);
      if (family === 6) return skip(undefined, `${address}: who else has an IPv6 address is not asked`);
      const answers = members.flatMap(({ host, facts }) => {
        const all = [...facts.segments.values()].flatMap((segment) => segment?.answers?.get(address) ?? null);
        return all.map((mac) => ({ host: host.name, mac }));
      });
      const asked = members.some(({ facts }) => [...facts.segments.values()].some((one) => one?.answers != null));
      if (!asked) return skip(undefined, `${address}: nothing on these hosts can ask by ARP who has it`);
      const stranger = answers.find(({ mac }) => mac !== null && !macs.has(mac) && !virtual.test(mac));
      if (stranger === undefined) return ok(undefined, `${address} is answered by no other host`);
      const evidence = `${address} is answered by ${stranger.mac} too, as ${stranger.host} heard: none of these hosts`;
      return unknown.length > 0
        ? skip(undefined, `${evidence}, or ${unknown.join(' or ')}, which gave no answer`)
        : fail(undefined, evidence, trouble);
    });
  });
}

export const SEGMENT_CHECKS: readonly Check[] = [
  check({ id: 'HD023', name: 'adverts', phase: 'watch', ask: hearing, judge: judgeAdverts }),
  check({ id: 'HD024', name: 'vrid', phase: 'watch', ask: hearing, judge: judgeForeign }),
  check({ id: 'HD025', name: 'claims', phase: 'watch', ask: hearing, judge: judgeClaims }),
];
