import type { WorkItem, WorkLook, WorkState } from '../live/work-list.ts';
import { causeOf } from '../terminal/error-view.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { counted, duration } from '../terminal/text.ts';
import { activityOf, seconds } from './event-lines.ts';
import { type Fleet, type HostState, isIdle } from './fleet.ts';

/** The clusters of a rollout and their hosts, as a list of work. Keys are `cluster NAME` and host ids. */
export function rolloutItems(fleet: Fleet, style: Style): WorkItem[] {
  return [...groupBy(fleet.hosts.values(), ({ cluster }) => cluster)].map(([cluster, hosts]) => ({
    key: clusterKey(cluster),
    title: style.line(cluster),
    items: hosts.map(({ host }) => ({ key: host, title: nameOf(host, cluster, style) })),
  }));
}

/** What is seen of every cluster and host now, by key. */
export function rolloutLooks(fleet: Fleet, now: number, style: Style): Map<string, WorkLook> {
  const looks = new Map<string, WorkLook>();
  for (const [cluster, hosts] of groupBy(fleet.hosts.values(), (host) => host.cluster)) {
    looks.set(clusterKey(cluster), clusterLook(cluster, hosts, style));
    for (const host of hosts) looks.set(host.host, hostLook(host, now, style));
  }
  return looks;
}

/** Rows that the list needs at most. */
export function rowsOf(fleet: Fleet): number {
  const clusters = new Set([...fleet.hosts.values()].map(({ cluster }) => cluster));
  return clusters.size + 2 * fleet.hosts.size;
}

const clusterKey = (cluster: string): string => `cluster ${cluster}`;

function clusterLook(cluster: string, hosts: readonly HostState[], style: Style): WorkLook {
  const states = hosts.map(stateOf);
  const title = style.bold(style.line(cluster));
  if (hosts.every(({ outcome }) => outcome !== undefined)) return { state: 'done', title };
  return { state: states.every((state) => state === 'waiting') ? 'waiting' : 'running', title };
}

function stateOf(host: HostState): WorkState {
  const { outcome, stage, gate, activity } = host;
  if (outcome?.status === 'failed' || outcome?.status === 'unreachable') return 'failed';
  if (outcome?.status === 'untouched') return 'skipped';
  if (outcome !== undefined || isIdle(host)) return 'done';
  return stage === undefined && gate === undefined && activity === undefined ? 'waiting' : 'running';
}

function hostLook(host: HostState, now: number, style: Style): WorkLook {
  const state = stateOf(host);
  const name = nameOf(host.host, host.cluster, style);
  if (state === 'waiting' && host.waiting === undefined) return { state, title: `${name}  ${waitingText(host)}` };
  if (state === 'waiting' || state === 'running') {
    const { stage, gate, planned = 0, done } = host;
    const what = gate === undefined ? (stage ?? 'waiting') : 'gates';
    const progress = stage === 'plan' || planned === 0 ? '' : ` ${done}/${planned}`;
    const title = `${name}  ${what}${progress}  ${style.dim(seconds(now - host.since))}`;
    return { state: 'running', title, step: activityOf(host, style) };
  }
  return { state, title: `${name}  ${endText(host, style)}` };
}

function waitingText({ planned }: HostState): string {
  return planned === undefined ? 'waiting' : `waiting for its turn, ${counted(planned, 'change')} planned`;
}

function endText(host: HostState, style: Style): string {
  const { outcome, gates, began, since } = host;
  if (outcome === undefined || outcome.status === 'ok') return 'no changes';
  if (outcome.status === 'changed') {
    const passed = gates === 0 ? '' : `, ${counted(gates, 'gate')} passed`;
    const time = began === undefined ? '' : `  ${style.dim(duration(since - began))}`;
    return `${counted(outcome.changes, 'change')}${passed}${time}`;
  }
  const cause = outcome.error === undefined ? '' : `: ${causeOf(outcome.error, style)}`;
  if (outcome.status === 'untouched') return style.yellow(`skipped${cause}`);
  return style.red(`${outcome.status}${cause}${outcome.putBack === true ? '; reverted' : ''}`);
}

/** A host's name within its cluster. */
function nameOf(host: string, cluster: string, style: Style): string {
  return style.line(host.startsWith(`${cluster}/`) ? host.slice(cluster.length + 1) : host);
}
