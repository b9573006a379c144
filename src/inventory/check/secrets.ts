import type { Finding, Path } from '../problem.ts';
import type { WrittenInventory, WrittenSecret } from '../schema/inventory.ts';
import type { ClusterView } from './view.ts';

/** Passwords and webhooks that stand in the file in clear text. auth_pass is no secret on the wire and is left alone. */
export function checkSecrets(written: WrittenInventory, clusters: readonly ClusterView[]): Finding[] {
  const levels = [
    { path: [] as Path, ...written },
    ...clusters.flatMap(({ path, written: cluster }) => [
      { path, ...cluster },
      ...Object.entries(cluster.hosts).flatMap(([name, host]) => (typeof host === 'string' ? [] : [{ path: [...path, 'hosts', name], ...host }])),
    ]),
  ];
  return [
    ...levels.flatMap(({ path, ssh, become }) => [
      ...judge(ssh?.password, [...path, 'ssh', 'password'], 'SSH_PASSWORD'),
      ...judge(ssh?.identity_passphrase, [...path, 'ssh', 'identity_passphrase'], 'SSH_PASSPHRASE'),
      ...judge(typeof become === 'object' ? become.password : undefined, [...path, 'become', 'password'], 'SUDO_PASSWORD'),
    ]),
    ...clusters.flatMap(({ path, written: cluster }) => judge(cluster.notify?.slack_webhook, [...path, 'notify', 'slack_webhook'], 'SLACK_WEBHOOK_URL')),
  ];
}

function judge(secret: WrittenSecret | undefined, path: Path, variable: string): Finding[] {
  if (typeof secret !== 'string') return [];
  const message = `this secret stands in clear text in the inventory; write { env: ${variable} }, { file: PATH } or { command: [...] }`;
  return [{ path, severity: 'warning', rule: 'secret-literal', message }];
}
