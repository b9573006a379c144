import type { NotifyState, WEBHOOK_FORMATS } from '../checks/notify.ts';
import type { Secret } from './secret.ts';

/** Scripts of the administrator's own, all absolute local paths, and what they may take. */
export interface NotifyScripts {
  /** For every change. */
  readonly script?: string;
  /** Seconds. */
  readonly timeout?: number;
  /** For one state alone; before `script`. */
  readonly states?: Readonly<Partial<Record<NotifyState, string>>>;
}

/** A URL that gets JSON. */
export interface Webhook {
  readonly name: string;
  readonly url: Secret;
  readonly body: { readonly format: (typeof WEBHOOK_FORMATS)[number] } | { readonly file: string };
  readonly key?: Secret;
}

/** Mails by keepalived's own mailer. */
export interface Email {
  readonly to: readonly string[];
  readonly from?: string;
  readonly server: string;
  readonly port: number;
  /** Seconds. */
  readonly timeout: number;
}

/** Who is told of a change of state in a cluster. */
export interface Notify extends NotifyScripts {
  readonly slack_webhook?: Secret;
  readonly webhooks?: readonly Webhook[];
  readonly email?: Email;
  /** What an instance says in place of the cluster, by its name. */
  readonly instances?: Readonly<Record<string, NotifyScripts>>;
}
