import { describe, expect, it } from 'vitest';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { notifyVariables, renderNotifyConfig } from '../../../src/playbook/notify-variables.ts';
import { keepalivedConfigOf } from '../../../src/tasks/keepalived-config.ts';
import { good, lines, withCluster, withInstance } from './support.ts';

const USER = '/usr/libexec/keepalived/haprov-notify-user';

/** haprov-notify.conf of the good inventory's cluster with these keys of notify. */
function config(notify: string, instance = 'advert_int: 1'): string[] {
  const [cluster] = good(withCluster(`notify: ${notify}`, withInstance(instance))).clusters;
  if (cluster === undefined) throw new Error('no cluster');
  return renderNotifyConfig(cluster.notify, ['VI_1']).split('\n').slice(1, -1);
}

describe('notify', () => {
  it('has scripts for one state before the one for all, with a limit of their own', () => {
    expect(config('{ script: ./all.sh, master: ./promote.sh, timeout: 120 }')).toEqual([
      `run VI_1 MASTER 120 ${USER}.master`,
      `run VI_1 MASTER 120 ${USER}`,
      ...['BACKUP', 'FAULT', 'STOP', 'DELETED'].map((state) => `run VI_1 ${state} 120 ${USER}`),
    ]);
  });

  it('of an instance counts in place of the cluster’s, key by key, in keepalived’s own words too', () => {
    expect(config('{ master: ./a.sh, fault: ./f.sh }', 'notify_master: ./b.sh\nnotify: { timeout: 7 }')).toEqual([
      `run VI_1 MASTER 7 ${USER}.VI_1.master`,
      `run VI_1 FAULT 7 ${USER}.fault`,
    ]);
  });

  it.each([
    [
      '{ webhooks: { p: { url: { env: T }, format: pagerduty } } }',
      'webhook p has no key, and PagerDuty takes no event without its routing key; write key: { env: NAME } [notify]',
    ],
    [
      '{ webhooks: { p: { url: { env: T }, format: teams, body: ./b.json } } }',
      'webhook p has format and body; a message has one form: take one of them out [notify]',
    ],
    [
      '{ webhooks: { p: { url: { env: T }, format: temas } } }',
      "format must be one of slack, teams, mattermost, pagerduty, alertmanager, not 'temas'; did you mean 'teams'? [type]",
    ],
    [
      '{ webhooks: { p: { url: "http://x y" } } }',
      'url must be an http or https URL without spaces, quotes and user, as https://hooks.slack.com/services/… [webhook]',
    ],
    ['{ mastr: ./a.sh }', "unknown key 'mastr'; did you mean 'master'? [unknown-key]"],
    [
      '{ email: { to: [ops], server: 127.0.0.1 } }',
      "to must be a mail address such as ops@example.com, not 'ops' [format]",
    ],
  ])('%s is answered in words', (notify, message) => {
    const said = lines(withCluster(`notify: ${notify}`)).map((line) => line.replace(/^\S+ \w+: /, ''));
    expect(said).toContain(message);
  });

  it('keeps URLs and keys of webhooks in one file, which is masked where it is shown', () => {
    const url = 'https://events.example.com/hunter2';
    const text = `notify: { webhooks: { p: { url: "${url}", format: pagerduty, key: s3cret99 }, t: { url: "${url}" } } }`;
    const [cluster] = good(withCluster(text)).clusters;
    if (cluster === undefined) throw new Error('no cluster');
    expect(notifyVariables(cluster, 'revealed')).toMatchObject({
      webhook_config: expect.stringContaining(`\nurl p ${url}\nkey p s3cret99\nurl t ${url}\n`),
      webhooks: [
        { name: 'p', body: 'webhook_pagerduty.json', dest: '/etc/keepalived/haprov-message-p.json' },
        { name: 't', body: 'webhook_slack.json' },
      ],
      config: null,
    });
    expect(JSON.stringify(notifyVariables(cluster, 'masked'))).not.toMatch(/hunter2|s3cret99/);
  });

  it('never repeats a webhook that cannot be one', () => {
    expect(lines(withCluster('notify: { webhooks: { p: { url: "http://x hunter2" } } }')).join()).not.toContain(
      'hunter2',
    );
  });

  it('makes keepalived send mail', () => {
    const [cluster] = good(
      withCluster('notify: { email: { to: [ops@example.com, b@example.com], server: 192.168.20.25 } }'),
    ).clusters;
    const host = cluster?.hosts[0];
    if (cluster === undefined || host === undefined) throw new Error('no host');
    expect(renderKeepalivedConf(keepalivedConfigOf(cluster, host))).toContain(`    notification_email {
        ops@example.com
        b@example.com
    }
    notification_email_from keepalived@lb1
    smtp_server 192.168.20.25 25
    smtp_connect_timeout 30
    smtp_alert_vrrp
}
`);
  });
});

it('ports that no firewall would open are an error', () => {
  expect(lines(withCluster('firewall: { backend: none, open: [80/tcp] }'))[0]).toContain(
    'with backend: none haprov opens nothing; name a backend, or take open out [firewall]',
  );
});
