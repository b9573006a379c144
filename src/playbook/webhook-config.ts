import { UnsafeValueError } from '../keepalived/guard.ts';

/**
 * The curl config file that haprov-notify reads a webhook's URL from. A quote or a newline in it could add options
 * to curl, so the URL has to be plain.
 *
 * @throws UnsafeValueError, which does not repeat the webhook
 */
export function renderWebhookConfig(webhook: string, field: string): string {
  return `# Written by haprov; the webhook is a secret.\nurl = "${plainUrl(webhook, field)}"\n`;
}

/** A URL without anything that a quoted text or a line of a configuration could end at. Throws UnsafeValueError. */
export function plainUrl(url: string, field: string): string {
  if (/^https?:\/\/[A-Za-z0-9_.:,/=?&%+~-]+$/.test(url)) return url;
  throw new UnsafeValueError(field, 'an http or https URL of plain characters');
}
