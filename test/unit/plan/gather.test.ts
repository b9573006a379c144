import { describe, expect, it } from 'vitest';
import { HaprovError } from '../../../src/errors.ts';
import type { Host, Inventory } from '../../../src/inventory/model.ts';
import { gatherPlan } from '../../../src/plan/gather.ts';
import type { HostTasks } from '../../../src/plan/plan-host.ts';
import type { Planned } from '../../../src/tasks/task.ts';
import { ConnectError, LostConnectionError, RunTimeoutError } from '../../../src/transport/errors.ts';
import type { Session, Transport } from '../../../src/transport/session.ts';
import { shellSession } from '../facts/support.ts';
import { clusterWith } from '../tasks/support.ts';

const base = clusterWith();
const NONE: Planned = { changes: [], notes: [] };

function fleet(count: number): { inventory: Inventory; hosts: HostTasks[] } {
  const [first] = base.hosts;
  if (first === undefined) throw new Error('a cluster has hosts');
  const all = Array.from({ length: count }, (_, index): Host => ({ ...first, id: `h${index}`, name: `h${index}` }));
  const cluster = { ...base, hosts: all };
  const inventory = { file: 'inventory.yaml', directory: '/', forks: 3, clusters: [cluster] };
  return {
    inventory,
    hosts: all.map((host) => ({
      cluster,
      host,
      tasks: [{ name: 't', notify: [], plan: async () => NONE }],
      handlers: [],
    })),
  };
}

/** A transport whose sessions answer that the host has no addresses. */
function transport(
  connect: (host: Host) => Promise<void> = async () => undefined,
  run?: (host: Host) => Error | undefined,
): Transport {
  const answer = (host: Host): Session => ({
    ...shellSession(['dash']),
    host,
    run: async (script) => {
      const error = run?.(host);
      if (error !== undefined) throw error;
      const mark = /echo (haprov-[0-9a-f]+) 0/.exec(script)?.[1] ?? '';
      // Addresses, owed handlers, guards and maintenance: none of them.
      return {
        code: 0,
        stdout: `\n${mark} 0\n\n${mark} 0 0\n\n${mark} 1\n\n${mark} 1 0\n\n${mark} 2\n\n${mark} 2 0\n\n${mark} 3\n\n${mark} 3 0\n`,
        stderr: '',
      };
    },
  });
  return { connect: async (host) => connect(host).then(() => answer(host)), close: () => undefined };
}

const statuses = (hosts: readonly { readonly host: string; readonly status: string }[]): string[] =>
  hosts.map(({ host, status }) => `${host} ${status}`);

describe('the plan of a fleet', () => {
  it('has every host in the order of the inventory, whoever answers first', async () => {
    const { inventory, hosts } = fleet(5);
    let last = (): void => undefined;
    const others = new Promise<void>((resolve) => {
      last = resolve;
    });
    const slowFirst = transport(async (host) => {
      if (host.id === 'h4') last();
      if (host.id === 'h0') await others;
    });
    const { plan, sessions } = await gatherPlan({ transport: slowFirst, inventory, hosts });
    expect(statuses(plan.hosts)).toEqual(['h0 planned', 'h1 planned', 'h2 planned', 'h3 planned', 'h4 planned']);
    expect(sessions.size).toBe(5);
  });

  it('tells a host that cannot be reached from one that cannot be planned, and goes on', async () => {
    const { inventory, hosts } = fleet(6);
    const facts = { host: 'x' };
    const bad = transport(
      async ({ id }) => {
        if (id === 'h0')
          throw new ConnectError({ kind: 'refused', message: 'connection refused', retryable: true }, id, 'target');
      },
      ({ id }) => {
        if (id === 'h1') return new LostConnectionError('the connection was lost', 'target', true, facts);
        if (id === 'h2') return new RunTimeoutError(1, 'it took too long', facts);
        return id === 'h3' ? new HaprovError('sudo refused') : undefined;
      },
    );
    const failing = hosts.map((one) =>
      one.host.id === 'h4'
        ? { ...one, tasks: [{ name: 't', notify: [], plan: () => Promise.reject(new Error('a fault')) }] }
        : one,
    );
    const { plan, sessions } = await gatherPlan({ transport: bad, inventory, hosts: failing });
    expect(statuses(plan.hosts)).toEqual([
      'h0 unreachable',
      'h1 unreachable',
      'h2 unreachable',
      'h3 failed',
      'h4 failed',
      'h5 planned',
    ]);
    expect([...sessions.keys()]).toEqual(['h5']);
    expect(plan.hosts[3]).toMatchObject({ error: { host: 'h3', message: 'sudo refused' } });
  });

  it('never talks to more hosts at a time than forks', async () => {
    const { inventory, hosts } = fleet(12);
    let now = 0;
    let most = 0;
    const counting = transport(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    });
    await gatherPlan({ transport: counting, inventory, hosts });
    expect(most).toBe(3);
  });

  it('asks nobody once it was interrupted', async () => {
    const { inventory, hosts } = fleet(2);
    const abort = new AbortController();
    abort.abort();
    const none = transport(() => Promise.reject(new Error('nobody expected a connection')));
    const { plan } = await gatherPlan({ transport: none, inventory, hosts, signal: abort.signal });
    expect(plan.hosts.map((host) => host.status !== 'planned' && host.error.message)).toEqual(
      Array(2).fill('interrupted before it was asked'),
    );
  });
});
