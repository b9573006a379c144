import { describe, expect, it } from 'vitest';
import { UnsafeValueError } from '../../../src/keepalived/guard.ts';
import { renderSlackConfig } from '../../../src/playbook/slack-config.ts';

describe('renderSlackConfig', () => {
  it("writes the URL as curl's config files have it", () => {
    expect(renderSlackConfig('https://hooks.slack.com/services/T0/B0/x')).toBe(
      '# Written by haprov; the webhook is a secret.\nurl = "https://hooks.slack.com/services/T0/B0/x"\n',
    );
  });

  it.each(['', 'ftp://x/', 'https://x/"\noutput = "/etc/passwd', 'https://x/ y', 'https://x/\\', 'file:///etc/shadow'])(
    'refuses %j without repeating it',
    (webhook) => {
      expect(() => renderSlackConfig(webhook)).toThrow(UnsafeValueError);
      expect(() => renderSlackConfig(webhook)).toThrow('slack_webhook is not an http or https URL of plain characters');
    },
  );
});
