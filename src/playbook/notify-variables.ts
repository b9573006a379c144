import { NOTIFY_STATES, NOTIFY_TIMEOUT } from '../checks/notify.ts';
import type { Cluster } from '../inventory/model.ts';
import type { Notify, NotifyScripts, Webhook } from '../inventory/notify.ts';
import { Secret } from '../inventory/secret.ts';
import { HOST_PATHS, MESSAGES } from '../vrrp/paths.ts';
import type { Variables } from './liquid.ts';
import { plainUrl, renderWebhookConfig } from './webhook-config.ts';

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
    webhooks: webhooks.map(({ name, body }) => ({
      name,
      body: 'format' in body ? `webhook_${body.format}.json` : body.file,
      dest: `${MESSAGES}${name}.json`,
    })),
    webhook_config: webhooks.length === 0 ? null : renderWebhooks(webhooks, secrets),
  };
}

/** haprov-notify knows by itself what to do with one script for everything. */
function isPlain({ timeout, states, instances }: Notify): boolean {
  return [timeout, states, instances].every((value) => value === undefined);
}

/** haprov-notify.conf: for each instance and state what runs, the state's own script first. */
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
  return `${['# Written by haprov: what haprov-notify runs.', ...lines].join('\n')}\n`;
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

/** haprov-webhooks: whom haprov-notify tells, and the secrets in their messages. Throws UnsafeValueError. */
function renderWebhooks(webhooks: readonly Webhook[], secrets: 'revealed' | 'masked'): string {
  const shown = (secret: Secret): string => (secrets === 'masked' ? Secret.MASK : secret.reveal());
  const lines = webhooks.flatMap(({ name, url, key }) => [
    `url ${name} ${secrets === 'masked' ? Secret.MASK : plainUrl(url.reveal(), `url of webhook ${name}`)}`,
    ...(key === undefined ? [] : [`key ${name} ${shown(key)}`]),
  ]);
  return `${['# Written by haprov; URLs and keys are secrets.', ...lines].join('\n')}\n`;
}

/** The curl configuration that keeps a URL off command lines. */
function configOf(url: Secret, field: string, secrets: 'revealed' | 'masked'): string {
  const stand = 'https://webhook';
  return secrets === 'masked'
    ? renderWebhookConfig(stand, field).replace(stand, Secret.MASK)
    : renderWebhookConfig(url.reveal(), field);
}
