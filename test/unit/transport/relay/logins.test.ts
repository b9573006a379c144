import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { prepareLogin } from '../../../../src/transport/relay/logins.ts';
import { createAuthPlanner } from '../../../../src/transport/ssh2/auth.ts';
import { testHome, testHost } from '../../../support/ssh-host.ts';
import { testKey } from '../../../support/ssh-keys.ts';
import { loginRequest } from './login.ts';

const key = testKey();
const blob = key.parsed.getPublicSSH();

async function login() {
  const home = testHome(testKey());
  onTestFinished(() => home.remove());
  const file = join(home.directory, 'own');
  writeFileSync(file, key.private, { mode: 0o600 });
  const { ssh } = testHost(22, home, { identity_file: file });
  const planner = createAuthPlanner({ homeDirectory: home.directory, agentSocket: undefined });
  return { file, login: await prepareLogin(planner, ssh, 'deploy') };
}

it('tells a relay the public half of a key file, and nothing of the private one', async () => {
  const { file, login: prepared } = await login();
  expect(prepared.wire).toEqual({ keys: [{ label: file, keys: [key.line] }], notes: [] });
  expect(JSON.stringify(prepared.wire)).not.toContain('PRIVATE');
});

it('signs the login of its user by its key', async () => {
  const { login: prepared } = await login();
  const data = loginRequest('deploy', key.parsed.type, blob);
  const signature = await prepared.sign({ keys: 0, key: 0, hash: null, data });
  expect(key.parsed.verify(data, signature)).toBe(true);
});

it('signs nothing else', async () => {
  const { login: prepared } = await login();
  const ask = (data: Buffer, index = 0) => prepared.sign({ keys: 0, key: index, hash: null, data });
  const type = key.parsed.type;
  await expect(ask(loginRequest('root', type, blob))).rejects.toThrow('somebody else');
  await expect(ask(loginRequest('deploy', type, testKey().parsed.getPublicSSH()))).rejects.toThrow('somebody else');
  await expect(ask(Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904'))).rejects.toThrow('no login');
  await expect(ask(loginRequest('deploy', type, blob), 7)).rejects.toThrow('no login');
});

it('brings the reason along why a key file cannot be used', async () => {
  const home = testHome(testKey());
  onTestFinished(() => home.remove());
  const planner = createAuthPlanner({ homeDirectory: home.directory, agentSocket: undefined });
  const { ssh } = testHost(22, home, { identity_file: join(home.directory, 'nowhere') });
  const { wire } = await prepareLogin(planner, ssh, 'deploy');
  expect(wire).toMatchObject({ fault: { type: 'hop', kind: 'auth', message: expect.stringContaining('nowhere') } });
});
