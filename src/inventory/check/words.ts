import { KEYWORD, memberOf } from '../../vrrp/virtual-router.ts';
import { valueFor } from '../build/per-host.ts';
import { nearest } from '../known-words.ts';
import type { Finding } from '../problem.ts';
import type { InstanceView } from './view.ts';

/** What tutorials write into an instance: `state` and `preempt`. */
export function checkWords(view: InstanceView): Finding[] {
  return [...checkState(view), ...checkPreempt(view)];
}

function checkState({ path, written, instance, cluster }: InstanceView): Finding[] {
  if (written.state === undefined) return [];
  const findings: Finding[] = [];
  const states = typeof written.state === 'string' ? [written.state] : Object.values(written.state);
  const strange = states.find((state) => state !== 'MASTER' && state !== 'BACKUP');
  if (strange !== undefined) {
    const near = nearest(strange, ['master', 'backup'])?.toUpperCase();
    const hint = near === undefined ? '' : ` (${near} is the word; keepalived minds the case and falls back to BACKUP)`;
    findings.push({
      path: [...path, 'state'],
      severity: 'error',
      rule: 'state-unknown',
      involves: [[...path, 'state']],
      message: `state must be MASTER or BACKUP${hint}; haprov needs neither: take the line out`,
    });
  }
  const clashing = cluster.hosts.filter(
    ({ name }) => valueFor(written.state, name) === 'MASTER' && !memberOf(instance, name).preempts,
  );
  for (const { name } of clashing) {
    findings.push({
      path: typeof written.state === 'string' ? [...path, 'state'] : [...path, 'state', name],
      severity: 'error',
      rule: 'nopreempt-master',
      message: `${name} has state MASTER and nopreempt: keepalived drops nopreempt there, and the VIP moves back to ${name} after all; take state out`,
      involves: [[...path, KEYWORD.noPreemption]],
    });
  }
  if (findings.length > 0) return findings;
  return [
    {
      path: [...path, 'state'],
      at: 'key',
      severity: 'warning',
      rule: 'state-ignored',
      message:
        'state does nothing here: the priorities decide who holds the VIP (in keepalived MASTER only skips a wait, at priority 255); haprov writes BACKUP for every host: take the line out',
    },
  ];
}

function checkPreempt({ path, written, instance, cluster }: InstanceView): Finding[] {
  if (written.preempt === undefined) return [];
  const values = typeof written.preempt === 'boolean' ? [written.preempt] : Object.values(written.preempt);
  const place = { path: [...path, 'preempt'], at: 'key' } as const;
  if (values.includes(false)) {
    return [
      {
        ...place,
        severity: 'error',
        rule: 'preempt-false',
        message: 'keepalived knows no preempt: false; write nopreempt: true',
      },
    ];
  }
  const both = cluster.hosts.find(
    ({ name }) => valueFor(written.preempt, name) === true && !memberOf(instance, name).preempts,
  );
  if (both !== undefined) {
    const message = `${both.name} has both preempt and nopreempt: nopreempt wins; take preempt out`;
    return [
      { ...place, severity: 'error', rule: 'preempt-nopreempt', message, involves: [[...path, KEYWORD.noPreemption]] },
    ];
  }
  const message =
    'preempt does nothing: it is the default, the host with the higher priority takes the VIP back; take the line out';
  return [{ ...place, severity: 'warning', rule: 'preempt-default', message }];
}
