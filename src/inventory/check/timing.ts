import { KEYWORD, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { Finding } from '../problem.ts';
import type { InstanceView } from './view.ts';

/** Times that do not fit one another. */
export function checkTiming(view: InstanceView): Finding[] {
  return [...checkTimeouts(view), ...checkAdverts(view), ...checkDelay(view)];
}

function checkTimeouts({ path, written, instance }: InstanceView): Finding[] {
  return instance.track_script.flatMap(({ name, interval, timeout }): Finding[] => {
    if (timeout < interval) return [];
    const own = [...path, 'track_script', name];
    const given = written.track_script?.[name]?.timeout !== undefined;
    const advice =
      interval === 1
        ? 'write interval: 2 and timeout: 1'
        : `write ${interval === 2 ? 'timeout: 1' : `a timeout from 1 to ${interval - 1}`}, or a longer interval`;
    return [
      {
        path: [...own, given ? 'timeout' : 'interval'],
        severity: 'error',
        rule: 'check-timeout',
        message: `${name} may run for ${timeout} s but starts every ${interval} s: its runs would overlap; ${advice}`,
        involves: [own],
      },
    ];
  });
}

function checkAdverts({ path, instance }: InstanceView): Finding[] {
  const { intervalSeconds, version } = virtualRouterOf(instance).adverts;
  const place = {
    path: [...path, KEYWORD.interval],
    severity: 'error',
    rule: 'advert-int',
    involves: [[...path, 'version']],
  } as const;
  if (version === 3) {
    const hundredths = intervalSeconds * 100;
    if (Math.abs(hundredths - Math.round(hundredths)) > 1e-6)
      return [
        {
          ...place,
          message: `VRRP version 3 counts hundredths of a second, and keepalived would round ${intervalSeconds}; write at most two decimals`,
        },
      ];
    return intervalSeconds <= 40.95
      ? []
      : [
          {
            ...place,
            message: `VRRP version 3 sends at least every 40.95 s; ${KEYWORD.interval} is ${intervalSeconds}`,
          },
        ];
  }
  if (Number.isInteger(intervalSeconds)) return [];
  return [
    {
      ...place,
      message: `VRRP version 2 knows whole seconds only, keepalived would round ${intervalSeconds}; write version: 3 beside it`,
    },
  ];
}

function checkDelay({ path, instance, cluster }: InstanceView): Finding[] {
  const { members, checks } = virtualRouterOf(
    instance,
    cluster.hosts.map(({ name }) => name),
  );
  const delay = members[0]?.preemptDelaySeconds ?? 0;
  if (delay === 0) return [];
  const place = { path: [...path, KEYWORD.preemptDelay], rule: 'preempt-delay' } as const;
  const idle = members.filter(({ preempts }) => !preempts).map(({ host }) => host);
  const weighted = checks
    .filter(({ weight, weights = {} }) => [weight, ...Object.values(weights)].some((one) => one !== 0))
    .map(({ name }) => name);
  return [
    ...(idle.length > 0
      ? [
          {
            ...place,
            severity: 'error',
            message: `${KEYWORD.preemptDelay} goes with no ${KEYWORD.noPreemption}, which ${idle.join(' and ')} has: keepalived rejects the two together; take one of them out`,
            involves: [[...path, KEYWORD.noPreemption]],
          } as const,
        ]
      : []),
    ...(weighted.length > 0
      ? [
          {
            ...place,
            severity: 'warning',
            message: `${KEYWORD.preemptDelay} also delays the failover when ${weighted.join(' or ')} fails, by ${delay} s; with weight: 0 it does not`,
            involves: [[...path, 'track_script']],
          } as const,
        ]
      : []),
  ];
}
