import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { limitInventory } from '../../../src/inventory/select.ts';
import { GOOD, good, withSecond } from './support.ts';

const INVENTORY = good(
  withSecond(
    '{ hosts: { lb1: 10.0.0.1, db: 10.0.0.2 }, vrrp_instances: { V: { virtual_router_id: 9, interface: eth0, priority: { lb1: 2, db: 1 }, virtual_ipaddress: [10.0.0.9/24], unicast: true } } }',
  ),
);
const ids = (...patterns: string[]): string[] =>
  limitInventory(INVENTORY, patterns).clusters.flatMap((cluster) => cluster.hosts.map((host) => host.id));

describe('--limit', () => {
  it('takes a cluster, a host, or a host of one cluster', () => {
    expect(ids('api')).toEqual(['api/lb1', 'db']);
    expect(ids('db')).toEqual(['db']);
    expect(ids('lb1')).toEqual(['web/lb1', 'api/lb1']);
    expect(ids('web/lb1')).toEqual(['web/lb1']);
    expect(ids('web/lb2')).toEqual(['lb2']);
    expect(ids('lb2,api')).toEqual(['lb2', 'api/lb1', 'db']);
    expect(ids()).toEqual(['web/lb1', 'lb2', 'api/lb1', 'db']);
  });

  it('takes * and ? for what is in one name, and leaves out what stands behind !', () => {
    expect(ids('lb*')).toEqual(['web/lb1', 'lb2', 'api/lb1']);
    expect(ids('a?i/*')).toEqual(['api/lb1', 'db']);
    expect(ids('!web')).toEqual(['api/lb1', 'db']);
    expect(ids('web,api,!*/lb1')).toEqual(['lb2', 'db']);
    expect(() => ids('web,!lb*')).toThrow('leaves no host');
    expect(() => ids('x*')).toThrow('--limit x* names no cluster and no host');
  });

  it('leaves the instances as they are, so that unicast peers stay', () => {
    const instance = limitInventory(INVENTORY, ['db']).clusters[0]?.vrrp_instances[0];
    expect(instance?.unicast?.['db']?.peers).toEqual(['10.0.0.1']);
  });

  it('refuses a pattern that names nothing, and says what is near', () => {
    const failure = (): unknown => {
      try {
        return limitInventory(INVENTORY, ['lb2', 'wbe']);
      } catch (error) {
        return error;
      }
    };
    expect(failure()).toBeInstanceOf(UsageError);
    expect(failure()).toMatchObject({
      message: '--limit wbe names no cluster and no host of inventory.yaml',
      facts: { next: 'Did you mean web?' },
    });
    expect(() => limitInventory(good(GOOD), [''])).toThrow(UsageError);
  });
});
