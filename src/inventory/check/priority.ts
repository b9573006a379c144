import { type FailoverFinding, proveDegradedFailover, proveFailover } from '../../vrrp/failover.ts';
import { KEYWORD, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { Finding, Path } from '../problem.ts';
import { groupBy } from './group.ts';
import type { InstanceView } from './view.ts';

/** Priorities that are equal, and checks that can fail without the VIP moving. */
export function checkPriorities(view: InstanceView): Finding[] {
  return [...checkEqual(view), ...checkFailover(view)];
}

function checkEqual({ path, written, instance, cluster }: InstanceView): Finding[] {
  const byPriority = groupBy(cluster.hosts, (host) => instance.priority[host.name]);
  return [...byPriority].flatMap(([priority, hosts]): Finding[] => {
    if (hosts.length < 2) return [];
    // Nobody takes from a living holder, and a failure does not compare priorities.
    const safe =
      cluster.hosts.every(({ name }) => instance.nopreempt[name] === true) &&
      instance.track_script.every(({ weight }) => weight === 0) &&
      virtualRouterOf(instance).members.every(({ watches = [] }) => watches.every(({ weight }) => weight === 0));
    const names = hosts.map((host) => host.name);
    const last = names.at(-1) ?? '';
    const map = typeof written.priority === 'object';
    const advice = map ? 'give each its own' : `write priority: { ${suggest(cluster.hosts.map((host) => host.name))} }`;
    return [
      {
        path: map ? [...path, 'priority', last] : written.priority === undefined ? path : [...path, 'priority'],
        ...(written.priority === undefined ? { at: 'key' as const } : {}),
        severity: safe ? 'warning' : 'error',
        rule: 'priority-equal',
        message: safe
          ? `${names.join(' and ')} have the same priority ${priority}: with nopreempt the first that is up keeps the VIP, and of two that start together the higher address; right where nobody minds which`
          : `${names.join(' and ')} have the same priority ${priority}, so their addresses decide who holds the VIP; ${advice}`,
        involves: [
          ['clusters', cluster.name, 'hosts'],
          [...path, 'priority'],
        ],
      },
    ];
  });
}

function suggest(hosts: readonly string[]): string {
  const step = Math.max(1, Math.min(50, Math.floor(149 / Math.max(1, hosts.length - 1))));
  return hosts.map((host, index) => `${host}: ${Math.max(1, 150 - index * step)}`).join(', ');
}

function checkFailover(view: InstanceView): Finding[] {
  const { path, instance, cluster } = view;
  const hosts = cluster.hosts.map(({ name }) => name);
  const { members, checks } = virtualRouterOf(instance, hosts);
  const weights = checks.map(({ name }) => [...path, 'track_script', name, 'weight']);
  const involves = [[...path, 'priority'], [...path, KEYWORD.noPreemption], ...weights];
  const place = (finding: FailoverFinding): Path => placeOf(finding, view);
  const broken = proveFailover(members, checks).map((finding): Finding => {
    const { rule, message } = explain(finding, view);
    return { path: place(finding), severity: 'error', rule, message, involves };
  });
  const degraded = proveDegradedFailover(members, checks).map((finding): Finding => {
    const { rule, message } = explain(finding, view);
    const when = `while ${finding.down.join(' and ')} ${finding.down.length === 1 ? 'is' : 'are'} down, `;
    return {
      path: place(finding),
      severity: 'warning',
      rule,
      message: when + message,
      involves,
    };
  });
  return [...broken, ...degraded];
}

function weightPath(finding: FailoverFinding, { path, written }: InstanceView): Path {
  const [keyword = '', name] = (finding.failing[0] ?? '').split(' ');
  if (name !== undefined) return [...path, keyword, name, 'weight'];
  const perHost = typeof written.track_script?.[keyword]?.weight === 'object';
  return [...path, 'track_script', keyword, 'weight', ...(perHost ? [whose(finding)] : [])];
}

/** Whose weight decides: a negative one lowers the holder, a positive one lifts the host that is to take over. */
function whose({ kind, host, rival }: FailoverFinding): string {
  return kind === 'weight-positive' ? rival.host : host;
}

function placeOf(finding: FailoverFinding, view: InstanceView): Path {
  if (finding.rival.preempts) return weightPath(finding, view);
  const perHost = typeof view.written[KEYWORD.noPreemption] === 'object';
  return [...view.path, KEYWORD.noPreemption, ...(perHost ? [finding.rival.host] : [])];
}

function explain(finding: FailoverFinding, view: InstanceView): { rule: string; message: string } {
  const { host, failing, weight, base, effective, rival, needed } = finding;
  const check = failing.join(' and ');
  const standing = `${rival.host} stands at ${rival.priority}`;
  if (!finding.rival.preempts) {
    const sum = weight < 0 && base + weight === effective ? `${base}${weight}=${effective}` : String(effective);
    return {
      rule: finding.kind,
      message:
        `the VIP stays where ${check} fails: ${host} falls to ${sum}, ${standing}, but ${KEYWORD.noPreemption} makes ${rival.host} ignore a living ` +
        `holder however low its priority; write weight: 0 for ${check}, with which ${host} gives the VIP up, or take ${KEYWORD.noPreemption} out`,
    };
  }
  const sum =
    finding.kind === 'weight-too-small' && base + weight === effective
      ? `${base}${weight}=${effective}`
      : String(effective);
  const perHost = typeof view.written.track_script?.[failing[0] ?? '']?.weight === 'object';
  const bound =
    needed === undefined ? 'be 0' : `be ${'below' in needed ? `below ${needed.below}` : `above ${needed.above}`}, or 0`;
  return {
    rule: finding.kind,
    message: `${host} fails to ${sum}, ${standing}: the VIP stays on ${host}; the weight${perHost ? ` of ${whose(finding)}` : ''} must ${bound}`,
  };
}
