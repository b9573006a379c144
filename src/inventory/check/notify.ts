import type { Finding } from '../problem.ts';
import type { ClusterView } from './view.ts';

/** Words of global_defs that `email` writes. */
const MAIL =
  /^(?:notification_email|notification_email_from|smtp_server|smtp_connect_timeout|smtp_alert|smtp_alert_vrrp)\b/;

/** Who is told of a change: webhooks that say too much or too little, mail that is set twice, scripts that are named twice. */
export function checkNotify({ path, written, instances }: ClusterView): Finding[] {
  const place = [...path, 'notify'];
  const { webhooks = {}, email } = written.notify ?? {};
  const findings = Object.entries(webhooks).flatMap(([name, { format, body, key }]): Finding[] => {
    const own = { path: [...place, 'webhooks', name], at: 'key', severity: 'error', rule: 'notify' } as const;
    if (format !== undefined && body !== undefined)
      return [{ ...own, message: `webhook ${name} has format and body; a message has one form: take one of them out` }];
    if (format === 'pagerduty' && key === undefined)
      return [
        {
          ...own,
          message: `webhook ${name} has no key, and PagerDuty takes no event without its routing key; write key: { env: NAME }`,
        },
      ];
    return [];
  });
  const twice = written.keepalived?.global_defs?.findIndex((line) => MAIL.test(line)) ?? -1;
  if (email !== undefined && twice >= 0) {
    const message = 'email in notify writes the words of mail in global_defs; take this line out, or email';
    findings.push({ path: [...path, 'keepalived', 'global_defs', twice], severity: 'error', rule: 'notify', message });
  }
  return [
    ...findings,
    ...instances.flatMap((view): Finding[] => {
      const words: Readonly<Record<string, unknown>> = { ...view.written };
      return Object.keys(view.written.notify ?? {}).flatMap((state): Finding[] => {
        if (words[`notify_${state}`] === undefined) return [];
        const message = `notify_${state} and notify: { ${state}: … } mean the same; take one of them out`;
        return [{ path: [...view.path, `notify_${state}`], at: 'key', severity: 'error', rule: 'notify', message }];
      });
    }),
  ];
}
