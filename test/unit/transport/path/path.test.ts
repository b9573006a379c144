import { describe, expect, it } from 'vitest';
import { type ConnectErrorKind, HopFaultError } from '../../../../src/transport/errors.ts';
import type { Link } from '../../../../src/transport/path/link.ts';
import { createPaths, type PathOptions } from '../../../../src/transport/path/path.ts';
import { testHome, testHost } from '../../../support/ssh-host.ts';
import { testKey } from '../../../support/ssh-keys.ts';

const home = testHome(testKey());
home.remove();

const refuse = (kind: ConnectErrorKind): never => {
  throw new HopFaultError({ kind, message: kind, retryable: true });
};
const link = (): Link => ({ down: undefined, onDown: () => {}, close: () => {} });
/** A clock on which a pause is over at once. */
function swiftClock() {
  let now = 0;
  return {
    now: () => now,
    pause: async (ms: number): Promise<void> => {
      now += ms;
    },
  };
}
const paths = (openLink: PathOptions<Link>['openLink']) =>
  createPaths<Link>({ openLink, keepaliveMs: 7000, pendingHandshakes: 8, clock: swiftClock() });

/** How often a host is tried that fails in this way so many times, and whether it was reached. */
async function tries(kind: ConnectErrorKind, failures: number): Promise<readonly [number, boolean]> {
  let count = 0;
  const reached = await paths(async () => (++count <= failures ? refuse(kind) : link()))
    .open(testHost(22, home, { connect_timeout: 60 }), undefined)
    .then(
      () => true,
      () => false,
    );
  return [count, reached];
}

describe('a connection', () => {
  it('that is dropped is tried six times, and one that is refused three times', async () => {
    const dropped = [tries('dropped', 5), tries('dropped', 6)];
    const refused = [tries('refused', 2), tries('refused', 3)];
    expect(await Promise.all([...dropped, ...refused])).toEqual([
      [6, true],
      [6, false],
      [3, true],
      [3, false],
    ]);
  });

  it.each(['auth', 'host-key', 'protocol', 'forward', 'dns', 'unreachable', 'timeout', 'lost'] as const)(
    'that ends with %s is not tried again',
    async (kind) => {
      expect(await tries(kind, 1)).toEqual([1, false]);
    },
  );

  it('is not tried again for longer than connecting may take', async () => {
    let count = 0;
    const host = testHost(22, home, { connect_timeout: 0.001 });
    const opening = paths(async () => {
      count++;
      return refuse('dropped');
    }).open(host, undefined);
    await expect(opening).rejects.toMatchObject({ kind: 'dropped' });
    expect(count).toBe(1);
  });
});

describe('hosts behind one jump host', () => {
  const hop = { user: 'ops', host: 'bastion', port: 22 };

  it('wait for one attempt after another at it, share what comes of it, and go on eight at a time', async () => {
    let [atBastion, pending, most] = [0, 0, 0];
    const opening = paths(async ({ via }) => {
      if (via === undefined) return ++atBastion < 3 ? refuse('dropped') : link();
      most = Math.max(most, ++pending);
      await new Promise((resolve) => setTimeout(resolve, 1));
      pending--;
      return link();
    });
    const hosts = Array.from({ length: 100 }, (_, n) => ({
      ...testHost(2000 + n, home, { proxy_jump: [hop], connect_timeout: 60 }),
      id: `lb${n}`,
    }));
    expect((await Promise.all(hosts.map((host) => opening.open(host, undefined)))).length).toBe(100);
    expect([atBastion, most]).toEqual([3, 8]);
  });
});
