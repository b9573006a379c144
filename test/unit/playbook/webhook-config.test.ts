import { describe, expect, it } from 'vitest';
import { UnsafeValueError } from '../../../src/keepalived/guard.ts';
import { renderWebhookConfig } from '../../../src/playbook/webhook-config.ts';

describe('renderWebhookConfig', () => {
  it("writes the URL as curl's config files have it", () => {
    expect(renderWebhookConfig('https://hooks.slack.com/services/T0/B0/x', 'url')).toBe(
      '# Written by haprov; the webhook is a secret.\nurl = "https://hooks.slack.com/services/T0/B0/x"\n',
    );
  });

  it.each(['', 'ftp://x/', 'https://x/"\noutput = "/etc/passwd', 'https://x/ y', 'https://x/\\', 'file:///etc/shadow'])(
    'refuses %j without repeating it',
    (webhook) => {
      expect(() => renderWebhookConfig(webhook, 'slack_webhook')).toThrow(UnsafeValueError);
      expect(() => renderWebhookConfig(webhook, 'slack_webhook')).toThrow(
        'slack_webhook is not an http or https URL of plain characters',
      );
    },
  );
});
