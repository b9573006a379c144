import { expect, it, onTestFinished } from 'vitest';
import { askSshForKey } from '../../../src/transport/host-keys/scan-key-by-ssh.ts';
import { testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { startSshServer } from '../../support/ssh-server.ts';
import { freePort } from '../../support/tcp-front.ts';
import { sshIsThere } from './config/support.ts';

const key = testKey();

async function stage() {
  const home = testHome(key);
  const [jumpKey, targetKey] = [testKey(), testKey()];
  const jump = await startSshServer({ hostKeys: [jumpKey], authorizedKeys: [key] });
  const target = await startSshServer({ hostKeys: [targetKey], authorizedKeys: [key] });
  onTestFinished(async () => {
    await jump.close();
    await target.close();
    home.remove();
  });
  home.trust(trusted(jump.port, jumpKey));
  const proxy_jump = [{ user: 'ops', host: '127.0.0.1', port: jump.port }];
  const ask = (port: number) => {
    const host = { ...testHost(port, home, { config_file: 'none', proxy_jump }), name: '127.0.0.1' };
    return askSshForKey(host, { env: process.env, signal: new AbortController().signal });
  };
  return { home, jump, target, targetKey, ask };
}

it.runIf(sshIsThere)(
  'brings the key that ssh is shown behind a known jump host, and logs in to no target',
  async () => {
    const { jump, target, targetKey, ask } = await stage();
    expect(await ask(target.port)).toEqual(targetKey.parsed.getPublicSSH());
    expect([...new Set(jump.users)]).toEqual(['ops']);
    expect(target.authAttempts.filter((attempt) => attempt !== 'none')).toEqual([]);
  },
);

it.runIf(sshIsThere)('passes no jump host that is not known, and says why no key was shown', async () => {
  const { home, jump, target, ask } = await stage();
  await expect(ask(await freePort())).rejects.toThrow('was shown no host key');
  home.trust('# none');
  await expect(ask(target.port)).rejects.toThrow(/is not known/);
  expect([jump.accepted > 0, target.accepted]).toEqual([true, 0]);
});
