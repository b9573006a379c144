import { PLAIN_URL } from '../../checks/plain-url.ts';
import type { Finding, Path } from '../problem.ts';
import type { WrittenInventory, WrittenSecret } from '../schema/inventory.ts';
import type { ClusterView } from './view.ts';

/** Passwords and webhooks that stand in the file in clear text. The password of VRRP is no secret on the wire and is left alone. */
export function checkSecrets(written: WrittenInventory, clusters: readonly ClusterView[]): Finding[] {
  const levels = [
    { path: [] as Path, ...written },
    ...clusters.flatMap(({ path, written: cluster }) => [
      { path, ...cluster },
      ...Object.entries(cluster.hosts).flatMap(([name, host]) =>
        typeof host === 'string' ? [] : [{ path: [...path, 'hosts', name], ...host }],
      ),
    ]),
  ];
  return [
    ...levels.flatMap(({ path, ssh, become }) => [
      ...judge(ssh?.password, [...path, 'ssh', 'password'], 'SSH_PASSWORD'),
      ...judge(ssh?.identity_passphrase, [...path, 'ssh', 'identity_passphrase'], 'SSH_PASSPHRASE'),
      ...judge(
        typeof become === 'object' ? become.password : undefined,
        [...path, 'become', 'password'],
        'SUDO_PASSWORD',
      ),
    ]),
    ...clusters.flatMap(({ path, written: cluster }) => {
      const webhook = cluster.notify?.slack_webhook;
      const place = [...path, 'notify', 'slack_webhook'];
      const others = Object.entries(cluster.notify?.webhooks ?? {}).flatMap(([name, { url, key }]) => {
        const own = [...path, 'notify', 'webhooks', name];
        return [
          ...judge(url, [...own, 'url'], 'WEBHOOK_URL'),
          ...checkWebhook(url, [...own, 'url'], 'url'),
          ...judge(key, [...own, 'key'], 'WEBHOOK_KEY'),
        ];
      });
      return [
        ...judge(webhook, place, 'SLACK_WEBHOOK_URL'),
        ...checkWebhook(webhook, place, 'slack_webhook'),
        ...others,
      ];
    }),
  ];
}

/** What is wrong with a webhook's URL, without ever saying it. Also used once env, file and command are resolved. */
export function judgeWebhook(value: string, name: string): string | undefined {
  if (PLAIN_URL.test(value) && URL.canParse(value)) return undefined;
  return `${name} must be an http or https URL without spaces, quotes and user, as https://hooks.slack.com/services/…`;
}

function checkWebhook(webhook: WrittenSecret | undefined, path: Path, name: string): Finding[] {
  const message = typeof webhook === 'string' ? judgeWebhook(webhook, name) : undefined;
  return message === undefined ? [] : [{ path, severity: 'error', rule: 'webhook', message }];
}

function judge(secret: WrittenSecret | undefined, path: Path, variable: string): Finding[] {
  if (typeof secret !== 'string') return [];
  const message = `this secret stands in clear text in the inventory; write { env: ${variable} }, { file: PATH } or { command: [...] }`;
  return [{ path, severity: 'warning', rule: 'secret-literal', message }];
}
