import { beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import type { MoveJson } from '../../src/ui/status/move-view.ts';
import type { StatusJson } from '../../src/ui/status/status-json.ts';
import { expectExit, haprov } from '../support/haprov.ts';
import { describeOnLabInFull, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { addressOf, type RawCluster, writeInventory } from '../support/lab-inventory.ts';
import { GATEWAY_VIPS } from '../support/lab-topology.ts';

const HOSTS = ['gw1', 'gw2'] as const;
const { outside, inside } = GATEWAY_VIPS;
/** An IPv6 address that nobody advertises, and one that is. */
const SIX = { excluded: '2001:db8:99::5', advertised: '2001:db8:99::6' } as const;
/** On an interface that has no address of its own. */
const BARE = '10.123.0.5';
const PRIORITY = { gw1: 150, gw2: 100 };
/** The longest failover that the proof promises of a lost interface, and what a busy machine adds; milliseconds. */
const LOST_MS = 3610 + 4000;

function cluster(instances: object, more: object = {}): RawCluster {
  const hosts = Object.fromEntries(HOSTS.map((host) => [host, addressOf(host)]));
  return { service: 'none', hosts, vrrp_instances: instances, ...more };
}

const GATEWAY = {
  OUTSIDE: {
    virtual_router_id: 61,
    interface: 'eth0',
    priority: PRIORITY,
    virtual_ipaddress: [`${outside}/24`],
    virtual_routes: [`10.99.0.0/24 via ${addressOf('client')} dev eth0 src ${outside}`],
    virtual_rules: [`from ${outside}/32 table 200 priority 200`],
  },
  INSIDE: { virtual_router_id: 62, interface: 'eth1', priority: PRIORITY, virtual_ipaddress: [`${inside}/24`] },
};
const TIED = { vrrp_sync_groups: { GW: ['OUTSIDE', 'INSIDE'] } };

// Three minutes on hosts: with npm run test:full.
describeOnLabInFull('set-ups that people run', () => {
  let lab: Lab;

  const holders = (vip: string) => holdersOf(lab, HOSTS, vip);
  const both = async (vips: readonly string[]): Promise<string> => JSON.stringify(await Promise.all(vips.map(holders)));
  const soon = (vips: readonly string[], host: string, ms: number): Promise<string> => {
    const wanted = JSON.stringify(vips.map(() => [host]));
    return until(
      () => both(vips),
      (seen) => seen === wanted,
      ms,
    );
  };
  const on = (vips: readonly string[], host: string): string => JSON.stringify(vips.map(() => [host]));
  const routes = (host: string) => must(lab, host, 'ip route show 10.99.0.0/24; ip rule show priority 200');
  const write = (one: RawCluster): string => writeInventory(lab, { gateway: one });
  const statusOf = async (inventory: string) => {
    const { stdout } = await haprov(['status', inventory, '--json']);
    const status: StatusJson = JSON.parse(stdout);
    return status.clusters['gateway'];
  };
  const settled = (inventory: string) =>
    until(
      () => statusOf(inventory),
      (status) => status?.verdict === 'ok',
      30_000,
    );
  /** Applied, in order, and nothing to do any more. */
  const put = async (one: RawCluster): Promise<string> => {
    const inventory = write(one);
    await expectExit(0, ['apply', inventory, '--yes']);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
    expect((await settled(inventory))?.verdict).toBe('ok');
    return inventory;
  };

  beforeAll(async () => {
    lab = await testLab([...HOSTS, 'client']);
    for (const [index, host] of HOSTS.entries())
      await must(
        lab,
        host,
        `sysctl -q -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0
ip -6 addr add fe80::${index + 1}/64 dev eth0 nodad 2>/dev/null || :
ip link add lan0 link eth1 type macvlan mode bridge && ip link set lan0 up`,
      );
  });

  describe('a gateway whose two addresses are a sync group', () => {
    const vips = [outside, inside];
    let inventory: string;

    it('is put on hosts, with routes and rules on the holder alone', async () => {
      inventory = await put(cluster(GATEWAY, TIED));
      expect(await soon(vips, 'gw1', 10_000)).toBe(on(vips, 'gw1'));
      expect(await routes('gw1')).toMatch(new RegExp(`10\\.99\\.0\\.0/24 via .* src ${outside}[\\s\\S]*lookup 200`));
      expect(await routes('gw2')).toBe('');
    });

    it.each(['eth1', 'eth0'])('moves as one when it loses %s, and back', async (link) => {
      await must(lab, 'gw1', `ip link set ${link} down`);
      try {
        expect(await soon(vips, 'gw2', LOST_MS)).toBe(on(vips, 'gw2'));
        expect(await routes('gw1')).toBe('');
        expect(await routes('gw2')).toMatch(/lookup 200/);
      } finally {
        await must(lab, 'gw1', `ip link set ${link} up`);
      }
      expect(await soon(vips, 'gw1', 20_000)).toBe(on(vips, 'gw1'));
    });

    it('is drilled as one: cut off from the other host on both networks', async () => {
      expect((await settled(inventory))?.verdict).toBe('ok');
      const drill = await haprov(['drill', inventory, '--scenario', 'isolate', '--yes', '--json']);
      expect(JSON.parse(drill.stdout)).toMatchObject({ scenarios: [{ name: 'isolate', passed: true }] });
      expect((await settled(inventory))?.verdict).toBe('ok');
    });

    it('is switched over as one, and comes back', async () => {
      expect((await settled(inventory))?.verdict).toBe('ok');
      const moved = await expectExit(0, ['switchover', inventory, 'gateway', '--yes', '--json']);
      const there: MoveJson = JSON.parse(moved.stdout);
      expect(there).toMatchObject({ from: 'gw1', to: 'gw2', error: null });
      expect([...there.vips].sort()).toEqual([...vips].sort());
      expect(await both(vips)).toBe(on(vips, 'gw2'));
      await expectExit(0, ['maintenance', 'off', inventory, 'gw1', '--yes']);
      expect(await soon(vips, 'gw1', 20_000)).toBe(on(vips, 'gw1'));
    });
  });

  describe('a virtual MAC', () => {
    it('comes to a running pair with one move that the plan names', async () => {
      const { INSIDE } = GATEWAY;
      const inventory = write(cluster({ ...GATEWAY, INSIDE: { ...INSIDE, use_vmac: true } }, TIED));
      const { stdout } = await haprov(['plan', inventory]);
      const told = stdout.replaceAll(/\s+/g, ' ');
      expect(told).toContain('gw1 reload service keepalived 2 VIPs move to gw2');
      expect(told).toMatch(/ to gw2 and back, [\d.]+s of downtime \(gw1 changes use_vmac\)/);
      await put(cluster({ ...GATEWAY, INSIDE: { ...INSIDE, use_vmac: true } }, TIED));
      expect(await soon([outside, inside], 'gw1', 20_000)).toBe(on([outside, inside], 'gw1'));
      const seen = await must(
        lab,
        'gw1',
        `ip -o addr show to ${inside} | awk '{print $2}' | xargs -I{} cat /sys/class/net/{}/address`,
      );
      expect(seen.trim()).toBe('00:00:5e:00:01:3e');
      const doctor = await haprov(['doctor', inventory, '--json']);
      expect(doctor.code, doctor.stdout).toBe(0);
    });

    it('goes again, and leaves no interface behind', async () => {
      await put(cluster(GATEWAY, TIED));
      expect(await soon([outside, inside], 'gw1', 20_000)).toBe(on([outside, inside], 'gw1'));
      for (const host of HOSTS) expect(await must(lab, host, 'ls /sys/class/net')).not.toMatch(/vrrp/);
    });
  });

  describe('IPv4 and IPv6 in one group, an interface without an address, and a file that drains', () => {
    const vips = [outside, BARE, SIX.excluded, SIX.advertised];
    const WIDE = cluster(
      {
        OUTSIDE: {
          ...GATEWAY.OUTSIDE,
          virtual_ipaddress: [`${outside}/24`, `${BARE}/24 dev lan0`],
          virtual_ipaddress_excluded: [`${SIX.excluded}/64`],
          track_file: { drain: { file: '/run/haprov-lab/drain', weight: 0 } },
          track_interface: ['eth1'],
        },
        SIX: {
          virtual_router_id: 61,
          interface: 'eth0',
          priority: PRIORITY,
          virtual_ipaddress: ['fe80::61/64', `${SIX.advertised}/64`],
        },
      },
      { vrrp_sync_groups: { GW: ['OUTSIDE', 'SIX'] } },
    );
    let inventory: string;

    it('are all where they belong', async () => {
      inventory = await put(WIDE);
      expect(await soon(vips, 'gw1', 10_000)).toBe(on(vips, 'gw1'));
      expect(await must(lab, 'gw1', `ip -o addr show to ${BARE}`)).toContain(' lan0 ');
    });

    it('move as one when the file says so, and back', async () => {
      await must(lab, 'gw1', 'echo 1 >/run/haprov-lab/drain');
      expect(await soon(vips, 'gw2', 10_000)).toBe(on(vips, 'gw2'));
      await must(lab, 'gw1', 'echo 0 >/run/haprov-lab/drain');
      expect(await soon(vips, 'gw1', 20_000)).toBe(on(vips, 'gw1'));
    });

    it('take the place of the file with them when the inventory no longer names it', async () => {
      await put(cluster(GATEWAY, TIED));
      for (const host of HOSTS) expect(await must(lab, host, 'ls /etc/tmpfiles.d')).not.toMatch(/haprov/);
      expect(await both(vips)).toBe(JSON.stringify([['gw1'], [], [], []]));
    });

    it('leave nothing on the hosts when haprov is removed', async () => {
      await expectExit(0, ['remove', inventory, '--yes']);
      expect(await both(vips)).toBe(JSON.stringify(vips.map(() => [])));
      for (const host of HOSTS) {
        expect(
          await must(lab, host, "find /etc /usr/libexec /usr/local /run -iname '*haprov*' -not -path '/run/systemd/*'"),
        ).toBe('');
        expect(await routes(host)).toBe('');
      }
    });
  });
});
