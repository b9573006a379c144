import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { snapshotDifference } from '../../docker/snapshot.ts';
import { expectExit, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { addressOf, pair, writeInventory } from '../support/lab-inventory.ts';
import { EXTRA_VIP, VIPS } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';
import { scratchDirectory } from '../support/scratch.ts';

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

/** What people have beside: a group that calls a script, an include, a check, a block that haprov does not model. */
function byHandWhole(priority: number): string {
  return `mkdir -p /etc/keepalived/conf.d
cat >/etc/keepalived/alive.sh <<'END'
#!/bin/sh
exec pgrep -x nginx >/dev/null
END
cat >/etc/keepalived/promoted.sh <<'END'
#!/bin/sh
echo "$*" >>/run/promoted
END
chmod 755 /etc/keepalived/*.sh
cat >/etc/keepalived/keepalived.conf <<'END'
$VIP=${VIPS.web}
global_defs {
    router_id LB_${priority}
    script_user root
    enable_script_security
}
vrrp_script chk_alive {
    script /etc/keepalived/alive.sh
    interval 2
    timeout 1
}
vrrp_sync_group G1 {
    group {
        WEB
        API
    }
    notify_master "/etc/keepalived/promoted.sh primary"
}
vrrp_instance WEB {
    state BACKUP
    interface eth0
    virtual_router_id 61
    priority ${priority}
    garp_master_delay 2
    authentication {
        auth_type PASS
        auth_pass byHand12
    }
    virtual_ipaddress {
        \${VIP}/24
    }
    track_script {
        chk_alive
    }
}
vrrp_instance API {
    interface eth0
    virtual_router_id 62
    priority ${priority}
    virtual_ipaddress {
        ${EXTRA_VIP}/24
    }
}
include conf.d/*.conf
END
cat >/etc/keepalived/conf.d/lvs.conf <<'END'
virtual_server_group FRONT {
    ${VIPS.mix} 443
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

  it('is taken over under another name of its instance and with another password, and no request is lost', async () => {
    const inventory = writeInventory(lab, {
      web: pair(HOSTS, 'nginx', 61, VIPS.web, { auth_pass: 'another1', nopreempt: false }),
    });
    const seen = await observe(lab, { hosts: HOSTS, vips: [VIPS.web] }, () =>
      expectExit(0, ['apply', inventory, '--yes']),
    );
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ noneMs: 0 });
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });

  it('is adopted whole: the first plan loses nothing, its apply costs no request, and the second one has nothing to do', async () => {
    await Promise.all(HOSTS.map((host) => must(lab, host, 'systemctl stop keepalived')));
    for (const [index, host] of HOSTS.entries()) await must(lab, host, byHandWhole(150 - index * 50));
    expect(await until(holders, ([holder]) => holder === 'web1', 20_000)).toEqual(['web1']);
    const out = join(scratchDirectory('adopted'), 'inventory.yaml');
    const words = HOSTS.map((host) => `${host}=${addressOf(host)}`);
    const ssh = [
      '--user',
      'deploy',
      '--identity-file',
      join(lab.dir, 'key'),
      '--known-hosts',
      join(lab.dir, 'known_hosts'),
    ];
    const before = await lab.snapshot('web1');
    await expectExit(0, ['adopt', ...words, ...ssh, '--out', out]);
    expect(snapshotDifference(before, await lab.snapshot('web1'))).toEqual([]);
    const text = await readFile(out, 'utf8');
    expect(text).toContain('# web1 /etc/keepalived/keepalived.conf:');
    expect(text).not.toContain('byHand12');
    expect((await stat(join(out, '../secrets/adopted-WEB.auth_pass'))).mode & 0o777).toBe(0o600);
    const plan = await planOf(out);
    expect(Object.values(plan.hosts).map(({ status }) => status)).toEqual(['planned', 'planned']);
    const seen = await observe(lab, { hosts: HOSTS, vips: [VIPS.web] }, () => expectExit(0, ['apply', out, '--yes']));
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, noneMs: 0 });
    const conf = await must(lab, 'web1', 'cat /etc/keepalived/keepalived.conf /etc/keepalived/haprov.d/*');
    for (const kept of [
      'vrrp_sync_group G1',
      'virtual_server_group FRONT',
      '/etc/keepalived/alive.sh',
      'garp_master_delay 2',
    ])
      expect(conf).toContain(kept);
    await expectExit(0, ['plan', out, '--detailed-exitcode']);
  });
});
