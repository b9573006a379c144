import { NOTIFY_STATES, NOTIFY_TIMEOUT } from '../checks/notify.ts';
import type { Cluster } from '../inventory/model.ts';
import type { Notify, NotifyScripts, Webhook } from '../inventory/notify.ts';
import { Secret } from '../inventory/secret.ts';
import { HOST_PATHS, WEBHOOKS } from '../vrrp/paths.ts';
import type { Variables } from './liquid.ts';
import { renderWebhookConfig } from './webhook-config.ts';

/** What a playbook sees of who is told of a change, in real or with secrets masked. */
export function notifyVariables({ notify, vrrp_instances }: Cluster, secrets: 'revealed' | 'masked'): Variables {
  const names = vrrp_instances.map(({ name }) => name);
  const { slack_webhook: slack, script, webhooks = [] } = notify;
  const config = (url: Secret, key: string): string => configOf(url, key, secrets);
  return {
    slack_webhook: slack === undefined ? null : secrets === 'masked' ? Secret.MASK : slack.reveal(),
    slack_config: slack === undefined ? null : config(slack, 'slack_webhook'),
    script: script ?? null,
    scripts: scriptFiles(notify),
    config: isPlain(notify) ? null : renderNotifyConfig(notify, names),
    webhooks: webhooks.map(describeWebhook),
    webhook_configs: Object.fromEntries(webhooks.map(({ name, url }) => [name, config(url, `url of webhook ${name}`)])),
    webhook_keys: Object.fromEntries(
      webhooks.flatMap(({ name, key }) =>
        key === undefined ? [] : [[name, `${secrets === 'masked' ? Secret.MASK : key.reveal()}\n`]],
      ),
    ),
  };
}

/** haprov-notify knows by itself what to do with one script for everything. */
function isPlain({ timeout, states, webhooks, instances }: Notify): boolean {
  return [timeout, states, webhooks, instances].every((value) => value === undefined);
}

/** haprov-notify.conf: for each instance and state what runs, the state's own script first; and which webhooks are told. */
export function renderNotifyConfig(notify: Notify, instances: readonly string[]): string {
  const lines = instances.flatMap((name) => {
    const own = notify.instances?.[name] ?? {};
    const seconds = own.timeout ?? notify.timeout ?? NOTIFY_TIMEOUT;
    return NOTIFY_STATES.flatMap((state) => {
      const special =
        own.states?.[state] === undefined
          ? notify.states?.[state] === undefined
            ? []
            : [destOf(undefined, state)]
          : [destOf(name, state)];
      const general =
        own.script === undefined
          ? notify.script === undefined
            ? []
            : [HOST_PATHS.notifyUser]
          : [destOf(name, 'script')];
      return [...special, ...general].map((path) => `run ${name} ${state.toUpperCase()} ${seconds} ${path}`);
    });
  });
  const posts = (notify.webhooks ?? []).map(({ name }) => `post ${name}`);
  return `${['# Written by haprov: what haprov-notify runs, and whom it tells.', ...lines, ...posts].join('\n')}\n`;
}

/** Scripts that are uploaded beside the one for everything. */
function scriptFiles(notify: Notify): readonly { readonly src: string; readonly dest: string }[] {
  const of = (scripts: NotifyScripts, name: string | undefined) =>
    NOTIFY_STATES.flatMap((state) => {
      const src = scripts.states?.[state];
      return src === undefined ? [] : [{ src, dest: destOf(name, state) }];
    });
  const own = Object.entries(notify.instances ?? {}).flatMap(([name, scripts]) => [
    ...of(scripts, name),
    ...(scripts.script === undefined ? [] : [{ src: scripts.script, dest: destOf(name, 'script') }]),
  ]);
  return [...of(notify, undefined), ...own];
}

function destOf(instance: string | undefined, key: string): string {
  return [HOST_PATHS.notifyUser, ...(instance === undefined ? [] : [instance]), key].join('.');
}

function describeWebhook({ name, body, key }: Webhook): Variables {
  const base = `${WEBHOOKS}${name}`;
  return {
    name,
    body: 'format' in body ? `webhook_${body.format}.json` : body.file,
    has_key: key !== undefined,
    paths: { config: `${base}.curl`, body: `${base}.json`, key: `${base}.key` },
  };
}

/** The curl configuration that keeps a URL off command lines. */
function configOf(url: Secret, field: string, secrets: 'revealed' | 'masked'): string {
  const stand = 'https://webhook';
  return secrets === 'masked'
    ? renderWebhookConfig(stand, field).replace(stand, Secret.MASK)
    : renderWebhookConfig(url.reveal(), field);
}
