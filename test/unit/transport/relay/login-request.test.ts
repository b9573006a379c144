import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readLoginRequest } from '../../../../src/transport/relay/login-request.ts';
import { loginRequest } from './login.ts';

it('reads what is signed to log in', () => {
  const data = loginRequest('deploy', 'ssh-ed25519', Buffer.from('key'));
  expect(readLoginRequest(data)).toEqual({ user: 'deploy', algorithm: 'ssh-ed25519', blob: Buffer.from('key') });
});

it('takes nothing else for it: a piece of one, more than one, another service, a file or a commit', () => {
  const whole = loginRequest('deploy', 'ssh-ed25519', Buffer.from('key'));
  for (let length = 0; length < whole.length; length++)
    expect(readLoginRequest(whole.subarray(0, length))).toBeUndefined();
  expect(readLoginRequest(Buffer.concat([whole, Buffer.from('x')]))).toBeUndefined();
  expect(readLoginRequest(loginRequest('deploy', 'a', Buffer.from('b'), { service: 'ssh-userauth' }))).toBeUndefined();
  expect(readLoginRequest(loginRequest('deploy', 'a', Buffer.from('b'), { method: 'hostbased' }))).toBeUndefined();
  expect(readLoginRequest(Buffer.from('SSHSIG\0\0\0\x03git\0\0\0\0'))).toBeUndefined();
  const noise = fc.property(fc.uint8Array(), (bytes) => readLoginRequest(Buffer.from(bytes)) === undefined);
  fc.assert(noise);
});
