import { describe, expect, it } from 'vitest';
import { findCluster, findHost, wordsOf } from '../../../src/commands/named.ts';
import { UsageError } from '../../../src/errors.ts';
import { inventoryOf } from '../plan/rollout-support.ts';

const INVENTORY = inventoryOf({ web: ['lb1', 'lb2'], mail: ['lb1', 'mx2'] });

describe('the words of a command on one cluster or host', () => {
  it('are a name, or an inventory and a name', () => {
    expect(wordsOf(['prod.yaml', 'web'], undefined, 'CLUSTER')).toEqual({ file: 'prod.yaml', name: 'web' });
    expect(wordsOf(['web'], 'prod.yaml', 'CLUSTER')).toEqual({ file: 'prod.yaml', name: 'web' });
  });

  it('need an inventory.yaml here where none is named', () => {
    expect(() => wordsOf(['lb1'], undefined, 'HOST')).toThrow('there is no inventory.yaml here');
    expect(() => wordsOf(['package.json'], undefined, 'HOST')).toThrow('no host is named');
  });

  it('are refused where there are too many, or two inventories', () => {
    expect(() => wordsOf(['a', 'b', 'c'], undefined, 'HOST')).toThrow(UsageError);
    expect(() => wordsOf(['a.yaml', 'b'], 'c.yaml', 'HOST')).toThrow('two inventories');
  });
});

describe('a name', () => {
  it('finds its cluster and its host, also as cluster/host', () => {
    expect(findCluster(INVENTORY, 'mail').name).toBe('mail');
    expect(findHost(INVENTORY, 'mx2').cluster).toBe('mail');
    expect(findHost(INVENTORY, 'mail/lb1').cluster).toBe('mail');
  });

  it('that several hosts have needs its cluster', () => {
    expect(() => findHost(INVENTORY, 'lb1')).toThrow('several hosts are called lb1');
  });

  it('that is wrong is answered with the nearest one', () => {
    const next = (run: () => unknown): string | undefined => {
      try {
        run();
      } catch (error) {
        if (error instanceof UsageError) return error.facts.next;
      }
      return undefined;
    };
    expect(next(() => findCluster(INVENTORY, 'wbe'))).toBe('Did you mean web?');
    expect(next(() => findHost(INVENTORY, 'mx3'))).toBe('Did you mean mx2?');
    expect(next(() => findCluster(INVENTORY, 'somethingelse'))).toBe('It has web, mail.');
  });
});
