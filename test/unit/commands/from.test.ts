import { describe, expect, it } from 'vitest';
import { reachedFrom, transportsFrom } from '../../../src/commands/from.ts';
import { UsageError } from '../../../src/errors.ts';
import type { Hop, Host, SshSettings } from '../../../src/inventory/model.ts';
import { testHome, testHost } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';

const home = testHome(testKey());
home.remove();
const hop = (host: string, port = 22): Hop => ({ user: 'ops', host, port });
const host = (ssh: Partial<SshSettings> = {}): Host => testHost(22, home, ssh);
const wayOf = (text: string, hops: readonly Hop[]): string[] =>
  reachedFrom(text)(host({ proxy_jump: hops })).ssh.proxy_jump.map((one) => `${one.user}@${one.host}:${one.port}`);

describe('the way to a host, from a jump host', () => {
  it('begins there', () => {
    expect(wayOf('me@bastion:2222', [])).toEqual(['me@bastion:2222']);
  });

  it('goes on by the hops that the inventory or --jump have', () => {
    expect(wayOf('me@bastion', [hop('inner'), hop('last')])).toEqual(['me@bastion:22', 'ops@inner:22', 'ops@last:22']);
  });

  it('leaves the first of them out where it is that very machine, whatever the user', () => {
    expect(wayOf('me@bastion', [hop('bastion'), hop('last')])).toEqual(['me@bastion:22', 'ops@last:22']);
    expect(wayOf('me@bastion', [hop('bastion', 2222)])).toEqual(['me@bastion:22', 'ops@bastion:2222']);
  });

  it.each(['', 'a,b', 'me@', 'bastion:0', 'b;rm'])('is refused as %j', (text) => {
    expect(() => wayOf(text, [])).toThrow(UsageError);
  });
});

it('refuses hosts that the ssh command alone reaches, says why, and offers --jump', () => {
  const one = host({ needs: ['it presents a user certificate (/k-cert.pub)'] });
  const cluster = {
    name: 'web',
    service: 'none',
    services: [],
    open: [],
    hosts: [one],
    vrrp_instances: [],
    notify: {},
    firewall: 'auto',
    keepalived: { log_detail: false, global_defs: [] },
  } as const;
  const inventory = { file: 'i.yaml', directory: '/', forks: 5, clusters: [cluster] };
  const make = () => transportsFrom('ops@bastion', inventory, { env: {} }, () => {});
  expect(make).toThrow(UsageError);
  expect(make).toThrow(
    '--from ops@bastion: lb1 is reached by the ssh command of this machine alone (it presents a user',
  );
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ facts: { next: expect.stringContaining('--jump ops@bastion') } });
  }
});
