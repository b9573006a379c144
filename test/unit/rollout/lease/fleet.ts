import type { RunIdentity } from '../../../../src/rollout/lease/identity.ts';
import { type Lock, type LockOptions, lockHosts } from '../../../../src/rollout/lease/lock.ts';
import { GuardedHost, QUICK } from './support.ts';

/** Three hosts, lb1 to lb3, and the locks that a test took. */
export class Fleet {
  readonly hosts = ['lb1', 'lb2', 'lb3'].map((name) => new GuardedHost(name));
  readonly #locks: Lock[] = [];

  host(name: string): GuardedHost {
    const host = this.hosts[Number(name.slice(-1)) - 1];
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  /** A run that does not wait, and asks again quickly where it does. */
  options(who: RunIdentity, names: readonly string[], more: Partial<LockOptions> = {}): LockOptions {
    const sessions = new Map(names.map((name) => [name, this.host(name).session()]));
    const { signal } = new AbortController();
    const common = { waitMs: 0, force: false, onWaiting: () => undefined, signal, times: QUICK };
    return { sessions, expected: new Map(), identity: who, ...common, ...more };
  }

  async lock(...args: Parameters<Fleet['options']>): Promise<Lock> {
    const lock = await lockHosts(this.options(...args));
    this.#locks.push(lock);
    return lock;
  }

  /** Names of the runs that hold the hosts' leases. */
  holders(): Promise<(string | undefined)[]> {
    return Promise.all(this.hosts.map(async (host) => (await host.guard()).lease?.run));
  }

  async remove(): Promise<void> {
    await Promise.all(this.#locks.map((lock) => lock.release()));
    for (const host of this.hosts) host.remove();
  }
}
