import { z } from 'zod';
import { NOTIFY_STATES, WEBHOOK_FORMATS } from '../../checks/notify.ts';
import { localPath, map, named, oneOf, whole } from '../../keepalived/fields.ts';
import { isAddress } from '../../keepalived/names.ts';
import { secret } from './secret.ts';

const script = (what: string) => localPath.optional().describe(what);

const MAIL = 'must be a mail address such as ops@example.com';
const mail = z
  .string({ error: MAIL })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,251}$/, MAIL);
const SERVER = 'must be the name or the IP address of a mail server';

/** Scripts, and how long each may run. */
const scripts = {
  script: script(
    'Your own script for every change, run with keepalived’s four arguments: INSTANCE NAME STATE PRIORITY',
  ),
  timeout: whole(1, 86_400).optional().describe('Seconds that a script may run. Default 30'),
  ...Object.fromEntries(
    NOTIFY_STATES.map((state) => [state, script(`Your own script for the change to ${state.toUpperCase()}`)]),
  ),
} as { readonly [K in 'script' | (typeof NOTIFY_STATES)[number]]: z.ZodOptional<typeof localPath> } & {
  readonly timeout: z.ZodOptional<ReturnType<typeof whole>>;
};

const webhook = map(
  {
    url: secret('The URL that is posted to'),
    format: oneOf(WEBHOOK_FORMATS).optional().describe('The form of the message'),
    body: localPath
      .optional()
      .describe('A JSON file of your own in place of format, with {{ host }}, {{ instance }}, {{ state }} and others'),
    key: secret('A secret for {{ key }} in the message, such as PagerDuty’s routing key').optional(),
  },
  'a map such as { url: { env: TEAMS_URL }, format: teams }',
);

const email = map(
  {
    to: z
      .array(mail, { error: 'must be a list of mail addresses' })
      .min(1, 'must name an address')
      .max(50, 'must be at most 50 addresses'),
    from: mail.optional().describe('Default keepalived@HOST'),
    server: z
      .string({ error: SERVER })
      .refine(isAddress, SERVER)
      .describe('The mail server, without TLS or a password: keepalived has neither'),
    port: whole(1, 65_535).optional().describe('Default 25'),
    timeout: whole(1, 3600).optional().describe('Seconds to connect. Default 30'),
  },
  'a map such as { to: [ops@example.com], server: 127.0.0.1 }',
);

export const notify = map(
  {
    slack_webhook: secret('Slack webhook that is told when a host changes state').optional(),
    webhooks: named(webhook, 'a map of webhooks such as { teams: { url: { env: TEAMS_URL }, format: teams } }')
      .optional()
      .describe('Webhooks that get JSON, by name'),
    email: email.optional().describe('A mail for every change, by keepalived’s own mailer'),
    ...scripts,
  },
  'a map such as { slack_webhook: { env: SLACK_WEBHOOK_URL } }',
);

/** Of one instance: a key here counts in place of the cluster’s. */
export const instanceNotify = map(scripts, 'a map such as { master: ./promote.sh, timeout: 120 }');
