import ipaddr from 'ipaddr.js';
import { type RunningInstance, type RunningVrrp, runningVrrpSubject } from '../../../facts/keepalived/running-vrrp.ts';
import { type AddressFact, addressSubject } from '../../../facts/network/address.ts';
import { type LinksFact, linksSubject } from '../../../facts/network/links.ts';
import { type ProbeWay, type SegmentFact, segmentKey, segmentSubject } from '../../../facts/network/segment.ts';
import type { Cluster, Host, Instance } from '../../../inventory/model.ts';
import { virtualRouterOf } from '../../../vrrp/virtual-router.ts';
import { type Answer, type Member, running } from '../check.ts';

/** What a host heard on the segments of its instances, and how keepalived stood meanwhile. */
export interface Heard {
  /** By interface; null: nothing on the host could listen. */
  readonly segments: ReadonlyMap<string, SegmentFact | null>;
  readonly seconds: number;
  readonly addresses: readonly AddressFact[];
  readonly links: LinksFact;
  readonly before: RunningVrrp | null;
  readonly after: RunningVrrp | null;
}

export const NO_TOOL = 'neither perl, python3 nor tcpdump is installed here to listen with';

/** Checks that share it cost one listening: the questions are the same. */
export async function hearing(member: Member): Promise<Heard> {
  const { watch, look, cluster, host, seconds, salt } = member;
  const before = await ran(member);
  const keys = segmentsOf(cluster, host, before, seconds);
  const [segments, after, addresses, links] = await Promise.all([
    Promise.all(keys.map(async ({ name, key }) => [name, await watch(segmentSubject, key)] as const)),
    watch(runningVrrpSubject, salt),
    look(addressSubject, 'addresses'),
    look(linksSubject, 'links'),
  ]);
  return { segments: new Map(segments), seconds, addresses, links, before, after };
}

/** What ran in the first round, where that is known. The second one's checks begin with it, so that they ask in order. */
export async function ran(member: Member): Promise<RunningVrrp | null> {
  return running(member).catch(() => null);
}

/** One listening an interface, with the IPv4 VIPs of all instances on it, and the ways of their adverts. */
function segmentsOf(
  cluster: Cluster,
  host: Host,
  before: RunningVrrp | null,
  seconds: number,
): readonly { name: string; key: string }[] {
  const names = new Map<string, { readonly vips: string[]; readonly ways: Map<string, ProbeWay> }>();
  for (const instance of cluster.vrrp_instances) {
    const live = before?.instances.find((one) => one.name === instance.name);
    const name = live?.interface || instance.interface[host.name];
    if (name === undefined) continue;
    const vips = instance.virtual_ipaddress.flatMap(({ address, family }) => (family === 4 ? [address] : []));
    const { vips: all, ways } = names.get(name) ?? { vips: [], ways: new Map<string, ProbeWay>() };
    all.push(...vips);
    // With use_vmac the interface is another, on which keepalived does not listen.
    const probed = live?.interface === instance.interface[host.name] ? waysOf(live) : [];
    for (const way of probed) ways.set(`${way.source} ${way.destination}`, way);
    names.set(name, { vips: all, ways });
  }
  return [...names].map(([name, { vips, ways }]) => ({
    name,
    key: segmentKey(name, seconds, vips, [...ways.values()]),
  }));
}

function waysOf(live: RunningInstance | undefined): readonly ProbeWay[] {
  const { source = '', peers = null } = live ?? {};
  if (!ipaddr.IPv4.isValid(source)) return [];
  return (peers ?? ['224.0.0.18']).map((destination) => ({ source, destination }));
}

/** What a host has to do with one instance: its own part, and what it heard of that VRID. */
export interface Part {
  readonly host: Host;
  readonly facts: Heard;
  readonly segment: SegmentFact | null;
  readonly vrid: number;
  /** Where its adverts come from; empty where that is not known. */
  readonly source: string;
  readonly state: { readonly before: string; readonly after: string };
  /** What its checks' weights leave of its priority. */
  readonly priority: number;
  /** Whose adverts keepalived heeded at the end. */
  readonly master: string | null;
}

export function partOf({ host, facts }: Answer<Heard>, instance: Instance): Part {
  const find = (vrrp: RunningVrrp | null) => vrrp?.instances.find(({ name }) => name === instance.name);
  const now = find(facts.after) ?? find(facts.before);
  const name = instance.interface[host.name] ?? '';
  const source = now?.source ?? '';
  return {
    host,
    facts,
    segment: facts.segments.get(now?.interface ?? name) ?? facts.segments.get(name) ?? null,
    vrid: now?.vrid ?? virtualRouterOf(instance).vrid,
    source: ipaddr.isValid(source) ? ipaddr.parse(source).toString() : '',
    state: { before: find(facts.before)?.state ?? 'none', after: find(facts.after)?.state ?? 'none' },
    priority: now?.effectivePriority ?? 0,
    master: find(facts.after)?.master?.address ?? null,
  };
}

/** How often something is in a list. */
export function countOf(list: readonly string[], wanted: string): number {
  return list.filter((one) => one === wanted).length;
}

/** Adverts of a router that a host's wire carried, priority 0 ("I stop") left out. */
export function advertsFrom(part: Part, source: string, vrid: number): number {
  const adverts = part.segment?.adverts ?? [];
  return adverts.filter((one) => one.source === source && one.vrid === vrid && one.priority > 0).length;
}
