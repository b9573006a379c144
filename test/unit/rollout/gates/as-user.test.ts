import { expect, it } from 'vitest';
import { verifyChecks } from '../../../../src/rollout/gates/checks.ts';
import { good, withCluster, withInstance } from '../../inventory/support.ts';

/** The script that the gate runs for a check of this user. */
async function scriptOf(user: string): Promise<string> {
  const text = withCluster('service: none', withInstance(`track_script: { dns: { tcp: 53, ${user} } }`));
  const [cluster] = good(text).clusters;
  const [host] = cluster?.hosts ?? [];
  if (cluster === undefined || host === undefined) throw new Error('no host');
  const scripts: string[] = [];
  const run = async (script: string) => {
    scripts.push(script);
    return { code: 0, signal: null, stdout: '', stderr: '' };
  };
  await verifyChecks(cluster, { host, run } as unknown as Parameters<typeof verifyChecks>[1]);
  return scripts.join('\n');
}

const CHECK = '/usr/libexec/keepalived/haprov-check-tcp';

it.each([
  ['rise: 2', `timeout 2 ${CHECK} 127.0.0.1 53`],
  ['user: nobody', `timeout 2 runuser -u nobody -- ${CHECK} `],
  ['user: nobody nogroup', `timeout 2 setpriv '--reuid=nobody' '--regid=nogroup' --clear-groups -- ${CHECK} `],
])('a gate runs a check with %s as keepalived would', async (user, line) => {
  expect(await scriptOf(user)).toContain(line);
});
