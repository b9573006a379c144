import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ask } from '../../../src/facts/reader/subject.ts';
import { bindPlaybooks } from '../../../src/plan/bind-playbooks.ts';
import type { HostPlan } from '../../../src/plan/plan.ts';
import { planHost } from '../../../src/plan/plan-host.ts';
import { readInventory } from '../../support/read-inventory.ts';
import { NO_GUARD } from '../facts/no-guard.ts';
import { sourcesOf } from '../tasks/support.ts';

const ROOT = new URL('../../../', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, ROOT));

/** A copy of what 0.1 shipped, as the administrator has it beside an inventory. */
let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'haprov-0.1-'));
  cpSync(at('test/fixtures/playbooks/0.1'), copy, { recursive: true });
  cpSync(at('playbooks/files'), join(copy, 'files'), { recursive: true });
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

interface World {
  readonly family: 'debian' | 'rhel';
  /** Blank: no package, no file. Else packages are there and run, and every file has other content. */
  readonly blank: boolean;
}

const CONF = 'vrrp_instance VI_1 {\n}\n';

function factsOf({ family, blank }: World, key: string): Readonly<Record<string, unknown>> {
  const unit = blank
    ? { load: 'not-found', active: 'inactive', enabled: '', mainPid: 0, needDaemonReload: false }
    : { load: 'loaded', active: 'active', enabled: 'disabled', mainPid: 7, needDaemonReload: false };
  const file = (path: string) => ({
    type: /(libexec\/keepalived|\.service\.d)$/.test(path) ? 'directory' : 'file',
    sha256: 'f'.repeat(64),
    mode: '0600',
    owner: 'root',
    group: 'root',
  });
  return {
    'operating system': { family, id: family, version: '1', name: family },
    packages: { version: blank ? null : '1', broken: false },
    programs: { installed: !blank, runs: !blank },
    files: blank ? { type: 'absent' } : file(key),
    'file contents': blank ? null : CONF,
    'keepalived.conf and its includes': blank ? null : sourcesOf(CONF),
    units: unit,
    sysctl: { live: '0', boot: [] },
    addresses: [{ interface: 'eth0', address: '192.168.1.10', prefix: 24 }],
    'network daemons': { networkd: null, networkManager: false },
    'owed handlers': [],
    guard: NO_GUARD,
    maintenance: null,
  };
}

function hostOf(world: World): Ask {
  return (async (subject: { readonly name: string }, key: string) => {
    const facts = factsOf(world, key);
    if (!Object.hasOwn(facts, subject.name)) throw new Error(`nobody expected ${subject.name}: ${key}`);
    return facts[subject.name];
  }) as Ask;
}

function inventoryOf(service: string, instance: string, cluster: string) {
  return readInventory(`clusters:
  web:
    service: ${service}
    hosts: { lb1: 192.168.1.10, lb2: 192.168.1.11 }
    firewall: none
    ${cluster}
    vrrp_instances:
      VI_1:
        virtual_router_id: 51
        interface: eth0
        priority: { lb1: 150, lb2: 100 }
        virtual_ipaddress: [192.168.1.100/24]
        ${instance}
`);
}

const SCRIPT = at('playbooks/files/check_nginx.sh');
const NOTIFY = `notify: { slack_webhook: https://hooks.slack.com/x, script: ${SCRIPT} }`;
const CASES = [
  ['nginx', '', ''],
  ['nginx', '', NOTIFY],
  ['nginx', 'track_script: { site: { url: "http://127.0.0.1/" } }', 'keepalived: { log_detail: true }'],
  ['nginx', `track_script: { check_nginx: {}, own: { script: ${SCRIPT} } }`, ''],
  ['nginx', `track_script: { own: { script: ${SCRIPT} } }`, ''],
  ['haproxy', '', ''],
  ['haproxy', 'track_script: { check_haproxy: { socket: /run/own.sock } }', NOTIFY],
  ['haproxy', `track_script: { own: { script: ${SCRIPT} } }`, ''],
  ['none', '', ''],
  ['none', `track_script: { own: { script: ${SCRIPT} } }`, NOTIFY],
] as const;

const WORLDS: readonly World[] = [
  { family: 'debian', blank: true },
  { family: 'rhel', blank: true },
  { family: 'debian', blank: false },
];

async function plansOf(inventory: ReturnType<typeof inventoryOf>, world: World): Promise<readonly HostPlan[]> {
  const bound = await bindPlaybooks(inventory, { redact: (text) => text });
  return Promise.all(bound.map((host) => planHost(host, hostOf(world))));
}

/** What 0.2 writes and 0.1 did not know of. */
const ADDED = /haprov-(?:notify[.]conf|webhooks)$|tmpfiles[.]d.haprov[.]conf$/;
/** The administrator's own scripts, which are root's alone since 0.2. */
const OWN = /haprov-(?:user-|notify-user)/;

/** What a diff shows is for the playbook to say since 0.2 (`sensitive`); the hashes tell whether the contents are the same. */
const SHOWN = /libexec[/]keepalived[/]haprov-|haprov-slack/;

/** Plans as they are, but for what 0.2 added. */
function knownTo01(plans: readonly HostPlan[]): unknown {
  return plans.map((plan) => {
    if (plan.status !== 'planned') return plan;
    const changes = plan.changes.filter(({ target }) => !ADDED.test(target));
    const same = changes.map(({ bundled: _, diff, ...change }) =>
      SHOWN.test(change.target) ? change : { ...change, diff },
    );
    return { ...plan, changes: same.map((change) => (OWN.test(change.target) ? plain(change) : change)) };
  });
}

function plain(change: unknown): unknown {
  return JSON.parse(JSON.stringify(change).replaceAll('0755', '0700'));
}

describe.each(CASES)('a copy of the playbook that 0.1 shipped for %s, case %#', (service, instance, cluster) => {
  it.each(WORLDS)('makes the plan that the shipped one makes (%o)', async (world) => {
    const shipped = inventoryOf(service, instance, cluster);
    const copied = {
      ...shipped,
      clusters: shipped.clusters.map((one) => ({ ...one, playbook: join(copy, `${service}.yaml`) })),
    };
    const plans = await plansOf(shipped, world);
    expect(knownTo01(plans)).toStrictEqual(knownTo01(await plansOf(copied, world)));
    expect(JSON.stringify(plans)).toContain('"task":"Configure keepalived"');
  });
});
