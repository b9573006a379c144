import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { snapshotDifference } from '../../docker/snapshot.ts';
import { expectExit, haprov, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { pair, writeInventory } from '../support/lab-inventory.ts';
import { OWN_VIP } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';

const HOSTS = ['own1', 'own2'] as const;
const PRIORITY = { own1: 120, own2: 90 } as const;

/** As tutorials have it, with a notify script. */
const handMade = (host: (typeof HOSTS)[number]): string => `vrrp_script chk_nginx {
    script "/usr/bin/pgrep nginx"
    interval 2
}
vrrp_instance VI_OLD {
    state ${host === 'own1' ? 'MASTER' : 'BACKUP'}
    interface eth0
    virtual_router_id 71
    priority ${PRIORITY[host]}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass labVrrp1
    }
    virtual_ipaddress {
        ${OWN_VIP}/24
    }
    track_script {
        chk_nginx
    }
    notify_master /bin/true
}
`;

describeOnLab('a pair that was set up by hand', () => {
  let lab: Lab;
  const holders = () => holdersOf(lab, HOSTS, OWN_VIP);
  const inventoryWith = (keepalived: object): string => {
    const own = pair(HOSTS, 'nginx', 71, OWN_VIP, { priority: PRIORITY, nopreempt: false });
    return writeInventory(lab, { own: { ...own, keepalived } });
  };

  beforeAll(async () => {
    lab = await testLab([...HOSTS, 'client']);
    for (const host of HOSTS) {
      const script =
        'cat >/etc/keepalived/keepalived.conf && chmod 644 /etc/keepalived/keepalived.conf && systemctl enable -q --now nginx && systemctl enable -q keepalived && systemctl restart keepalived';
      expect(await lab.exec(host, script, { input: handMade(host) })).toMatchObject({ code: 0 });
    }
    expect(await until(holders, (found) => String(found) === 'own1', 15_000)).toEqual(['own1']);
  });

  it('is left as it is where something of it would go, which the plan names by its line', async () => {
    const inventory = inventoryWith({});
    const before = await lab.snapshot('own1');
    const plan = await planOf(inventory);
    for (const host of HOSTS) {
      const { error } = plan.hosts[host] ?? {};
      expect(error?.message).toContain('line 21: notify_master /bin/true of vrrp_instance VI_OLD');
      expect(error?.next).toContain('keepalived: { drop: [notify_master] }');
    }
    const { code } = await haprov(['apply', inventory, '--yes']);
    expect(code).toBe(1);
    expect(snapshotDifference(before, await lab.snapshot('own1'))).toEqual([]);
  });

  it('is taken over under another instance name without a lost request, once that may go', async () => {
    const inventory = inventoryWith({ drop: ['notify_master'] });
    const seen = await observe(lab, { hosts: HOSTS, vips: [OWN_VIP] }, () =>
      expectExit(0, ['apply', inventory, '--yes']),
    );
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, noneMs: 0 });
    expect(await must(lab, 'own1', 'cat /etc/keepalived/keepalived.conf')).toContain('vrrp_instance VI_1');
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });
});
