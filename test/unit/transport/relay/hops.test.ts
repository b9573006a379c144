import { expect, it } from 'vitest';
import { partWay } from '../../../../src/transport/relay/hops.ts';
import { testHome, testHost } from '../../../support/ssh-host.ts';
import { testKey } from '../../../support/ssh-keys.ts';

const home = testHome(testKey());
home.remove();
const hop = (host: string) => ({ user: 'ops', host, port: 22 });
const host = testHost(22, home, { proxy_jump: [hop('outer'), hop('bastion'), hop('inner')] });
const way = partWay(host, (one) => one.host === 'bastion');

it('parts a way where the relay stands', () => {
  expect(way.jump).toMatchObject({ address: 'bastion', ssh: { user: 'ops', proxy_jump: [hop('outer')] } });
  expect(way.beyond).toEqual([hop('inner')]);
});

it('calls each hop what it is called on the whole way', () => {
  expect(way.nameBefore('jump 1 of 1 ops@outer:22')).toBe('jump 1 of 3 ops@outer:22');
  expect(way.nameBefore('target')).toBe('jump 2 of 3 ops@bastion:22');
  expect(way.nameBeyond('jump 1 of 1 ops@inner:22')).toBe('jump 3 of 3 ops@inner:22');
  expect(way.nameBeyond('target')).toBe('target');
});
