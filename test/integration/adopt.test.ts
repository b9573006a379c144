import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { expectExit } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';

const HOSTS = ['web1', 'web2'] as const;

/** A keepalived.conf as people write it, put in place and started. */
function byHand(priority: number): string {
  return `cat >/etc/keepalived/keepalived.conf <<'END'
vrrp_instance WEB {
    state BACKUP
    interface eth0
    virtual_router_id 61
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass byHand12
    }
    virtual_ipaddress {
        ${VIPS.web}/24
    }
}
END
systemctl enable --now nginx keepalived; systemctl restart keepalived`;
}

describeOnLab('a pair that was set up by hand', () => {
  let lab: Lab;
  const holders = () => holdersOf(lab, HOSTS, VIPS.web);

  beforeAll(async () => {
    lab = await testLab([...HOSTS, 'client']);
    for (const [index, host] of HOSTS.entries()) await must(lab, host, byHand(150 - index * 50));
    await until(holders, ([holder]) => holder === 'web1', 20_000);
  });

  it('is taken over under another name of its instance, and no request is lost', async () => {
    const inventory = writeInventory(lab, {
      web: pair(HOSTS, 'nginx', 61, VIPS.web, { auth_pass: 'byHand12', nopreempt: false }),
    });
    const seen = await observe(lab, { hosts: HOSTS, vips: [VIPS.web] }, () =>
      expectExit(0, ['apply', inventory, '--yes']),
    );
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, noneMs: 0 });
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });
});
