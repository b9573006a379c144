import type { Become, Host, Instance, Inventory, SshSettings } from './model.ts';
import type { Notify } from './notify.ts';
import { Secret } from './secret.ts';

/** What a secret is for: a part of the connection, a webhook, or a keyword of keepalived.conf. */
export type SecretUse =
  | 'password'
  | 'identity_passphrase'
  | 'become'
  | 'slack_webhook'
  | 'webhook'
  | 'webhook_key'
  | { readonly keyword: string };

type Replace = (secret: Secret, use: SecretUse) => Secret;

/** The inventory with every secret replaced; the given one stays as it is. */
export function mapSecrets(inventory: Inventory, replace: Replace): Inventory {
  return {
    ...inventory,
    clusters: inventory.clusters.map((cluster) => {
      return {
        ...cluster,
        hosts: cluster.hosts.map(
          (host): Host => ({ ...host, ssh: mapSsh(host.ssh, replace), become: mapBecome(host.become, replace) }),
        ),
        vrrp_instances: cluster.vrrp_instances.map((instance): Instance => {
          const secrets = Object.entries(instance).flatMap(([keyword, value]) =>
            value instanceof Secret ? [[keyword, replace(value, { keyword })] as const] : [],
          );
          return { ...instance, ...Object.fromEntries(secrets) };
        }),
        notify: mapNotify(cluster.notify, replace),
      };
    }),
  };
}

function mapNotify(notify: Notify, replace: Replace): Notify {
  const { slack_webhook, webhooks } = notify;
  const all = webhooks?.map((one) => ({
    ...one,
    url: replace(one.url, 'webhook'),
    ...(one.key === undefined ? {} : { key: replace(one.key, 'webhook_key') }),
  }));
  return {
    ...notify,
    ...(slack_webhook === undefined ? {} : { slack_webhook: replace(slack_webhook, 'slack_webhook') }),
    ...(all === undefined ? {} : { webhooks: all }),
  };
}

function mapSsh(ssh: SshSettings, replace: Replace): SshSettings {
  const { password, identity_passphrase } = ssh;
  return {
    ...ssh,
    ...(password === undefined ? {} : { password: replace(password, 'password') }),
    ...(identity_passphrase === undefined
      ? {}
      : { identity_passphrase: replace(identity_passphrase, 'identity_passphrase') }),
  };
}

function mapBecome(become: Become, replace: Replace): Become {
  return typeof become === 'boolean' ? become : { password: replace(become.password, 'become') };
}

/** Every secret of an inventory with its use; a shared one comes once for each use. */
export function listSecretUses(inventory: Inventory): { readonly secret: Secret; readonly use: SecretUse }[] {
  const found: { secret: Secret; use: SecretUse }[] = [];
  mapSecrets(inventory, (secret, use) => {
    found.push({ secret, use });
    return secret;
  });
  return found;
}
