import type { Finding } from '../problem.ts';
import type { ClusterView } from './view.ts';

const ALERTS = ['smtp_alert', 'smtp_alert_vrrp'];

/** Mails that nobody gets: keepalived sends none without an address, and says so in its log alone. */
export function checkMail({ path, cluster, written }: ClusterView): Finding[] {
  const lines = cluster.keepalived.global_defs.map((line) => line.split(' '));
  const has = (word: string): boolean => lines.some(([first]) => first === word);
  const email: unknown = Reflect.get(written.notify ?? {}, 'email');
  const said = lines.flatMap(([word = '', value], index): Finding['path'][] =>
    ALERTS.includes(word) && value !== 'false' ? [[...path, 'keepalived', 'global_defs', index]] : [],
  );
  const own = [
    ...cluster.vrrp_instances.map((one) => ({ one, place: [...path, 'vrrp_instances', one.name] })),
    ...(cluster.vrrp_sync_groups ?? []).map((one) => ({ one, place: [...path, 'vrrp_sync_groups', one.name] })),
  ].flatMap(({ one, place }) => (one.smtp_alert === true ? [[...place, 'smtp_alert']] : []));
  const alerts = [...said, ...own];
  if (alerts.length === 0 || email !== undefined) return [];
  const missing = [
    ...(has('notification_email') ? [] : ['notification_email { ops@example.com }']),
    ...(has('smtp_server') ? [] : ['smtp_server 192.0.2.25']),
  ];
  if (missing.length === 0) return [];
  const nobody = missing[0]?.startsWith('notification') === true ? 'nobody gets the mail' : 'no server takes the mail';
  const message = `${nobody}: write keepalived: { global_defs: ['${missing.join("', '")}'] }, or notify: { email: { to: [ops@example.com], server: 192.0.2.25 } }`;
  return alerts.map((one): Finding => ({ path: one, severity: 'error', rule: 'smtp-alert', message }));
}
