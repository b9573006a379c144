import { describe, expect, it } from 'vitest';
import type { Ask } from '../../../src/facts/reader/subject.ts';
import type { Inventory } from '../../../src/inventory/model.ts';
import { bindPlaybooks } from '../../../src/plan/bind-playbooks.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { planHost } from '../../../src/plan/plan-host.ts';
import { renderPlan } from '../../../src/ui/plan/plan-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { readInventory } from '../../support/read-inventory.ts';
import { NO_GUARD } from '../facts/no-guard.ts';

/** What a host with nothing installed answers. */
const FACTS: Readonly<Record<string, unknown>> = {
  'operating system': { family: 'debian', id: 'debian', version: '12', name: 'Debian 12' },
  packages: { version: null, candidate: '1.2-3', broken: false },
  programs: { installed: false, runs: false },
  files: { type: 'absent' },
  'file contents': null,
  units: { load: 'not-found', active: 'inactive', enabled: '', mainPid: 0, needDaemonReload: false },
  sysctl: { live: '0', boot: [] },
  addresses: [{ interface: 'eth0', address: '192.168.1.10', prefix: 24 }],
  'owed handlers': [],
  'network daemons': { networkd: null, networkManager: false },
  guard: NO_GUARD,
  maintenance: null,
};

const ask = (async (subject: { readonly name: string }) => {
  if (!Object.hasOwn(FACTS, subject.name)) throw new Error(`nobody expected ${subject.name}`);
  return FACTS[subject.name];
}) as unknown as Ask;

async function firstPlan(): Promise<{ inventory: Inventory; plan: Plan }> {
  const inventory = readInventory(`clusters:
  web:
    service: nginx
    firewall: none
    hosts: { lb1: 192.168.1.10, lb2: 192.168.1.11 }
    vrrp_instances:
      VI_1:
        virtual_router_id: 51
        interface: eth0
        priority: { lb1: 150, lb2: 100 }
        virtual_ipaddress: [192.168.1.100/24]
`);
  const bound = await bindPlaybooks(inventory, { redact: (text) => text });
  const hosts = await Promise.all(bound.map((tasks) => planHost(tasks, ask)));
  return { inventory, plan: { format: 1, inventory: 'inventory.yaml', hosts } };
}

const style = createStyle({ colour: false });
const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('the first plan for two blank hosts', () => {
  it('is at most a screen of 60 lines, with every change of both hosts', async () => {
    const { inventory, plan } = await firstPlan();
    const text = renderPlan(plan, style, { inventory });
    expect(lines(text).length).toBeLessThanOrEqual(60);
    for (const host of plan.hosts) {
      for (const change of host.status === 'planned' ? host.changes : []) expect(text).toContain(change.target);
    }
  });

  it('shows keepalived.conf once, and marks the values that differ by host', async () => {
    const { inventory, plan } = await firstPlan();
    const text = renderPlan(plan, style, { inventory });
    expect(text.match(/create +\/etc\/keepalived\/keepalived.conf/g)).toHaveLength(1);
    expect(text).toContain('+    priority <150 | 100>\n');
    expect(text).toContain('+    router_id <lb1 | lb2>\n');
    expect(text).toContain('Legend: + new, ~ changed, - removed, (activate) in waves, <a | b> differs by host\n');
  });

  it('shows the text of files that ship with haprov only when asked to', async () => {
    const { inventory, plan } = await firstPlan();
    const shebang = '+#!/bin/sh';
    expect(renderPlan(plan, style, { inventory })).not.toContain(shebang);
    expect(renderPlan(plan, style, { inventory, diff: 'full' })).toContain(shebang);
    expect(renderPlan(plan, style, { inventory, verbose: true })).toContain(shebang);
    expect(renderPlan(plan, style, { inventory, diff: 'none' })).not.toContain('priority');
  });

  it('says first that it could not see half of a cluster', async () => {
    const { inventory, plan } = await firstPlan();
    const error = { message: 'timeout', action: 'connect' };
    const hosts = plan.hosts.map((host, at) =>
      at === 0 ? host : ({ host: host.host, cluster: host.cluster, status: 'unreachable', error } as const),
    );
    expect(lines(renderPlan({ ...plan, hosts }, style, { inventory }))[0]).toBe(
      'INCOMPLETE: 1 host could not be asked; of web only a part was seen, and apply leaves it alone',
    );
  });
});
