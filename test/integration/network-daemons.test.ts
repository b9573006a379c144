import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { changesOf, expectExit, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf } from '../support/lab-facts.ts';
import { pair, writeInventory } from '../support/lab-inventory.ts';
import { OWN_VIP } from '../support/lab-topology.ts';

const HOSTS = ['own1', 'own2'] as const;
const DROP_IN = '/etc/systemd/network/10-static.network.d/haprov.conf';
const LINK = '/run/systemd/netif/links/$(cat /sys/class/net/eth0/ifindex)';

/** systemd-networkd manages eth0 with the address that it has. */
const MANAGE = `printf '[Match]\\nName=eth0\\n[Network]\\nLinkLocalAddressing=no\\nIPv6AcceptRA=no\\nAddress=%s\\nGateway=%s\\n' \\
  "$(ip -o -4 addr show eth0 | awk '{ print $4; exit }')" "$(ip -4 route show default | awk '{ print $3; exit }')" >/etc/systemd/network/10-static.network
systemctl enable -q --now systemd-networkd
n=0; until grep -q ADMIN_STATE=configured ${LINK}; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done`;

/** What ip tells of each address that goes, while a command runs and until networkd is done with eth0 again. */
const lossesDuring = (command: string): string => `ip monitor address >/run/lost & watcher=$!
sleep 0.2; ${command}; sleep 1
n=0; until grep -q ADMIN_STATE=configured ${LINK}; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done
kill $watcher; grep '^Deleted' /run/lost || :`;

describeOnLab('a pair whose interfaces systemd-networkd manages', () => {
  let lab: Lab;
  let inventory: string;

  beforeAll(async () => {
    lab = await testLab(HOSTS);
    await Promise.all(HOSTS.map((host) => must(lab, host, `set -e; ${MANAGE}`)));
    inventory = writeInventory(lab, { own: pair(HOSTS, 'nginx', 71, OWN_VIP) });
  });

  it('is told in the plan to leave VIPs in place, and then there is nothing left to do', async () => {
    const plan = await planOf(inventory);
    for (const host of HOSTS) expect(changesOf(plan, host)).toContainEqual(expect.stringContaining(DROP_IN));
    await expectExit(0, ['apply', inventory, '--yes']);
    expect((await planOf(inventory)).changes).toBe(0);
  });

  it.each([
    ['a restart of systemd-networkd', 'systemctl restart systemd-networkd'],
    ['a reload of changed settings, as of netplan', 'echo >>/etc/systemd/network/10-static.network; networkctl reload'],
  ])('keeps its VIP where it is through %s on the holder', async (_, command) => {
    expect(await holdersOf(lab, HOSTS, OWN_VIP)).toEqual(['own1']);
    expect(await must(lab, 'own1', lossesDuring(command))).not.toContain(`${OWN_VIP}/`);
    expect(await holdersOf(lab, HOSTS, OWN_VIP)).toEqual(['own1']);
  });

  it('is left as it was by remove', async () => {
    await expectExit(0, ['remove', inventory, '--yes']);
    for (const host of HOSTS) {
      expect(await must(lab, host, `ls -d ${DROP_IN} 2>/dev/null || :`)).toBe('');
    }
  });
});
