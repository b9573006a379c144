import { NOTIFY_STATES } from '../../checks/notify.ts';
import type { Email, Notify, NotifyScripts, Webhook } from '../notify.ts';
import type { Path } from '../problem.ts';
import type { WrittenCluster, WrittenInstance } from '../schema/inventory.ts';
import { absolutePath, type BuildContext, buildSecret, type Where } from './context.ts';

type WrittenNotify = NonNullable<WrittenCluster['notify']>;
type WrittenScripts = NonNullable<WrittenInstance['notify']>;
type WrittenWebhook = NonNullable<WrittenNotify['webhooks']>[string];

/** Who is told of what, for a cluster and its instances. `path` is the cluster's. */
export function buildNotify(written: WrittenCluster, path: Path, context: BuildContext): Notify {
  const { slack_webhook, webhooks, email, ...scripts } = written.notify ?? {};
  const place = [...path, 'notify'];
  const own = Object.entries(written.vrrp_instances).flatMap(([name, instance]) => {
    const said = buildScripts(scriptsOf(instance), context);
    return Object.keys(said).length === 0 ? [] : [[name, said] as const];
  });
  const all = Object.entries(webhooks ?? {}).flatMap(([name, one]) =>
    buildWebhook(name, one, [...place, 'webhooks', name], context),
  );
  return {
    ...(slack_webhook === undefined
      ? {}
      : { slack_webhook: buildSecret(slack_webhook, [...place, 'slack_webhook'], context) }),
    ...buildScripts(scripts, context),
    ...(all.length === 0 ? {} : { webhooks: all }),
    ...(email === undefined ? {} : { email: buildEmail(email) }),
    ...(own.length === 0 ? {} : { instances: Object.fromEntries(own) }),
  };
}

/** An instance's `notify`, and keepalived's own words for the same: notify_master and the others. */
function scriptsOf(instance: WrittenInstance): WrittenScripts {
  const words: Readonly<Record<string, unknown>> = { ...instance };
  const states = NOTIFY_STATES.flatMap((state) => {
    const said = words[`notify_${state}`];
    return typeof said === 'string' ? [[state, said] as const] : [];
  });
  return { ...Object.fromEntries(states), ...instance.notify };
}

function buildScripts(written: WrittenScripts, where: Where): NotifyScripts {
  const { script, timeout } = written;
  const states = NOTIFY_STATES.flatMap((state) => {
    const path = written[state];
    return path === undefined ? [] : [[state, absolutePath(path, where)] as const];
  });
  return {
    ...(script === undefined ? {} : { script: absolutePath(script, where) }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(states.length === 0 ? {} : { states: Object.fromEntries(states) }),
  };
}

function buildWebhook(name: string, written: WrittenWebhook, path: Path, context: BuildContext): readonly Webhook[] {
  const { url, format, body, key } = written;
  return [
    {
      name,
      url: buildSecret(url, [...path, 'url'], context),
      body: body === undefined ? { format: format ?? 'slack' } : { file: absolutePath(body, context) },
      ...(key === undefined ? {} : { key: buildSecret(key, [...path, 'key'], context) }),
    },
  ];
}

function buildEmail({ to, from, server, port, timeout }: NonNullable<WrittenNotify['email']>): Email {
  return { to, ...(from === undefined ? {} : { from }), server, port: port ?? 25, timeout: timeout ?? 30 };
}
