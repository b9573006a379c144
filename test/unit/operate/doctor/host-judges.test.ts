import { describe, expect, it } from 'vitest';
import { runScriptSubject } from '../../../../src/facts/keepalived/run-script.ts';
import type { NetworkDaemonFact } from '../../../../src/facts/network/network-daemons.ts';
import type { DmiFact } from '../../../../src/facts/system/dmi.ts';
import type { UnitFact } from '../../../../src/facts/system/unit.ts';
import type { Cluster, Host } from '../../../../src/inventory/model.ts';
import { cloudOf, judgeCloud } from '../../../../src/operate/doctor/checks/cloud.ts';
import {
  judgeConfiguration,
  judgeDrift,
  judgeSample,
  judgeUnfinished,
} from '../../../../src/operate/doctor/checks/configuration.ts';
import {
  judgeDaemons,
  judgeInterface,
  judgeSegments,
  type Network,
} from '../../../../src/operate/doctor/checks/network.ts';
import {
  insecureBecause,
  judgeDropped,
  judgeHabits,
  type Scripts,
} from '../../../../src/operate/doctor/checks/scripts.ts';
import { judgeSelinux } from '../../../../src/operate/doctor/checks/selinux.ts';
import { judgeChecks, localAddress, type ServiceChecks } from '../../../../src/operate/doctor/checks/service-check.ts';
import { judgeEnabled, judgeKeepalivedRuns, judgeServiceRuns } from '../../../../src/operate/doctor/checks/units.ts';
import { judgeNeedrestart, judgeUpgrades } from '../../../../src/operate/doctor/checks/upkeep.ts';
import { scriptWords } from '../../../../src/operate/doctor/script-words.ts';
import type { HostPlan } from '../../../../src/plan/plan.ts';
import { KEYS, kept } from '../../../fixtures/doctor/questions.ts';
import { NO_GUARD } from '../../facts/no-guard.ts';
import { caseOf, pair, running } from './support.ts';

const cluster = pair();

function hostOf(one: Cluster): Host {
  const [host] = one.hosts;
  if (host === undefined) throw new Error('a cluster has hosts');
  return host;
}

const host = hostOf(cluster);
const answer = <F>(facts: F) => ({ host, facts });

describe('units', () => {
  const unit = (other: Partial<UnitFact> = {}): UnitFact => ({
    load: 'loaded',
    active: 'active',
    enabled: 'enabled',
    mainPid: 1,
    needDaemonReload: false,
    ...other,
  });

  it('that run and start at boot are well', () => {
    expect(judgeKeepalivedRuns(answer(unit()))).toMatchObject([{ status: 'ok' }]);
    expect(judgeServiceRuns(answer(unit()), cluster)).toMatchObject([{ status: 'ok' }]);
    expect(judgeEnabled(answer({ keepalived: unit(), service: unit() }), cluster)).toMatchObject([{ status: 'ok' }]);
  });

  it.each([
    [unit({ load: 'not-found', active: 'inactive' }), 'keepalived is not installed'],
    [unit({ load: 'masked', active: 'inactive' }), 'keepalived.service is masked'],
    [unit({ active: 'failed' }), 'keepalived.service is failed'],
  ])('of keepalived that do not run: %#', (facts, evidence) => {
    expect(judgeKeepalivedRuns(answer(facts))).toMatchObject([{ status: 'fail', evidence }]);
  });

  it('that do not start at boot are told one by one', () => {
    const off = { keepalived: unit({ enabled: 'disabled' }), service: unit({ enabled: '' }) };
    expect(judgeEnabled(answer(off), cluster)).toMatchObject([
      { status: 'fail', evidence: 'keepalived.service is disabled', fix: 'systemctl enable keepalived' },
      { status: 'fail', evidence: 'nginx.service is not enabled' },
    ]);
  });

  it('of a service that is none are not asked for', () => {
    expect(judgeServiceRuns(answer(null), { ...cluster, service: 'none' })).toEqual([]);
  });
});

describe('keepalived.conf', () => {
  const file = { type: 'file', mode: '0640', owner: 'root', group: 'root' } as const;

  it('is well only where its test ends with 0 and says nothing', () => {
    expect(judgeConfiguration(answer({ file, test: { code: 0, output: '' } }))).toMatchObject([{ status: 'ok' }]);
    expect(judgeConfiguration(answer({ file, test: { code: 0, output: 'Unknown keyword' } }))).toMatchObject([
      { status: 'fail' },
    ]);
    expect(judgeConfiguration(answer({ file, test: { code: 5, output: '' } }))).toMatchObject([{ status: 'fail' }]);
  });

  it('is passed over where it is executable, whatever the test says', () => {
    const test = { code: 0, output: '' };
    expect(judgeConfiguration(answer({ file: { ...file, mode: '0750' }, test }))).toMatchObject([
      { status: 'fail', evidence: expect.stringContaining('executable') },
    ]);
    expect(judgeConfiguration(answer({ file: { type: 'absent' }, test: null }))).toMatchObject([{ status: 'fail' }]);
  });

  it('is known for the example of the package, and for vrrp_strict', () => {
    expect(judgeSample(answer('global_defs {\n  router_id LVS_DEVEL\n}\n'))).toMatchObject([
      { status: 'fail', evidence: "keepalived.conf is the package's example: router_id LVS_DEVEL" },
    ]);
    expect(judgeSample(answer('global_defs {\n  vrrp_strict\n}\n'))).toMatchObject([{ status: 'fail' }]);
    expect(judgeSample(answer('global_defs {\n  # vrrp_strict\n}\n'))).toMatchObject([{ status: 'ok' }]);
  });
});

describe('plans', () => {
  const change = { action: 'update', target: '/etc/a' };
  const planned = (changes: readonly object[], guard: object = {}) =>
    ({
      host: 'd1',
      cluster: 'pair',
      status: 'planned',
      changes,
      holds: [],
      notes: [],
      guard: { ...NO_GUARD, ...guard },
    }) as unknown as HostPlan;

  it('with changes are drift, and the first three are named', () => {
    expect(judgeDrift(answer(planned([])))).toMatchObject([{ status: 'ok' }]);
    expect(judgeDrift(answer(planned([change, change, change, change, change])))).toMatchObject([
      { status: 'warn', evidence: expect.stringMatching(/: (update \/etc\/a(, )?){3} and 2 more$/) },
    ]);
  });

  it('that could not be made say why', () => {
    const failed: HostPlan = { host: 'd1', cluster: 'pair', status: 'failed', error: { message: 'no such interface' } };
    expect(judgeDrift(answer(failed))).toMatchObject([{ status: 'skip', evidence: 'no plan: no such interface' }]);
  });

  it('tell what a run that ended in the middle left', () => {
    const putBack = { run: 'r1', who: 'ada', at: '2026-11-22', reason: 'nobody confirmed it', ok: true };
    expect(judgeUnfinished(answer(planned([], { putBack })))).toMatchObject([{ status: 'warn' }]);
    expect(judgeUnfinished(answer(planned([], { putBack: { ...putBack, ok: false } })))).toMatchObject([
      { status: 'fail' },
    ]);
    expect(judgeUnfinished(answer(planned([])))).toMatchObject([{ status: 'ok' }]);
  });
});

describe('networks', () => {
  const network = (address: string, prefix: number, name = 'eth0', up = true): Network => ({
    links: {
      links: [
        { name: 'lo', mac: '', up: true },
        { name, mac: '', up },
      ],
      duplicates: [],
    },
    addresses: [{ interface: name, address, prefix }],
    running: null,
  });

  it('need an interface that is there and up', () => {
    expect(judgeInterface(answer(network('10.88.87.11', 24)), cluster)).toMatchObject([{ status: 'ok' }]);
    expect(judgeInterface(answer(network('10.88.87.11', 24, 'ens3')), cluster)).toMatchObject([
      {
        status: 'fail',
        evidence: 'there is no interface eth0; there are ens3',
        fix: expect.stringContaining('d1: ens3'),
      },
    ]);
    expect(judgeInterface(answer(network('10.88.87.11', 24, 'eth0', false)), cluster)).toMatchObject([
      { status: 'fail' },
    ]);
  });

  it('are shared where a prefix is', () => {
    expect(judgeSegments(caseOf({ d1: network('10.88.87.11', 24), d2: network('10.88.87.12', 24) }))).toMatchObject([
      { status: 'ok', evidence: 'VI_1: all on 10.88.87.0/24' },
    ]);
    expect(judgeSegments(caseOf({ d1: network('10.88.87.11', 24), d2: network('192.0.2.12', 24) }))).toMatchObject([
      { status: 'fail', evidence: expect.stringContaining('d2 eth0 192.0.2.0/24') },
    ]);
  });

  it('are not shared by the VIP alone', () => {
    const d2 = network('10.88.87.100', 24);
    expect(judgeSegments(caseOf({ d1: network('10.88.87.11', 24), d2 }))).toMatchObject([{ status: 'skip' }]);
  });

  it('are told of the daemons that take addresses away', () => {
    const facts = (networkd: NetworkDaemonFact['networkd'], networkManager = false) =>
      judgeDaemons(answer(new Map([['eth0', { networkd, networkManager }]])));
    expect(facts(null)).toMatchObject([{ status: 'ok' }]);
    expect(facts({ file: '/run/systemd/network/10-eth0.network', keep: 'yes', keeps: true })).toMatchObject([
      { status: 'ok' },
    ]);
    expect(facts({ file: '/run/systemd/network/10-eth0.network', keep: 'no', keeps: false })).toMatchObject([
      { status: 'warn', fix: expect.stringContaining('/etc/systemd/network/10-eth0.network.d/haprov.conf') },
    ]);
    expect(facts(null, true)).toMatchObject([{ status: 'warn', evidence: 'NetworkManager manages eth0' }]);
  });
});

describe('clouds', () => {
  const NONE: DmiFact = {
    sys_vendor: '',
    product_name: '',
    product_uuid: '',
    product_serial: '',
    chassis_asset_tag: '',
    hypervisor_uuid: '',
  };

  it.each([
    ['AWS', { product_uuid: 'ec2e1916-9099-7caf-fd21-012345abcdef', product_serial: 'ec2e1916-9099-7caf' }],
    ['AWS', { hypervisor_uuid: 'ec2c6e2f-5fac-4fc7-9c82-74127ec14bbb' }],
    ['Google Cloud', { sys_vendor: 'Google', product_name: 'Google Compute Engine' }],
    ['Azure', { sys_vendor: 'Microsoft Corporation', chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77' }],
    ['Hetzner Cloud', { sys_vendor: 'Hetzner', product_name: 'vServer' }],
    ['DigitalOcean', { sys_vendor: 'DigitalOcean', product_name: 'Droplet' }],
    ['Oracle Cloud', { sys_vendor: 'QEMU', chassis_asset_tag: 'OracleCloud.com' }],
    ['OpenStack', { sys_vendor: 'OpenStack Foundation', product_name: 'OpenStack Nova' }],
  ])('%s is known by its firmware', (name, fields) => {
    expect(cloudOf({ ...NONE, ...fields })?.name).toBe(name);
  });

  it.each([
    { sys_vendor: 'Microsoft Corporation', product_name: 'Virtual Machine', chassis_asset_tag: '5772-4523' },
    { sys_vendor: 'QEMU', product_name: 'Standard PC' },
    { sys_vendor: 'Dell Inc.', product_uuid: 'ec2aaaaa-0000', product_serial: '7XK2' },
  ])('a machine of one’s own is none: %o', (fields) => {
    expect(cloudOf({ ...NONE, ...fields })).toBeUndefined();
  });

  it('without multicast fail a cluster that speaks it, and warn one that speaks unicast', () => {
    const aws = answer({ ...NONE, sys_vendor: 'Amazon EC2' });
    expect(judgeCloud(aws, cluster)).toMatchObject([
      {
        status: 'fail',
        evidence: 'AWS carries no multicast, which VI_1 uses',
        fix: expect.stringContaining('unicast: true'),
      },
    ]);
    expect(judgeCloud(aws, pair('unicast: true'))).toMatchObject([{ status: 'warn' }]);
  });

  it('that carry no VRRP at all fail any', () => {
    const azure = answer({ ...NONE, chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77' });
    expect(judgeCloud(azure, pair('unicast: true'))).toMatchObject([
      { status: 'fail', fix: expect.stringContaining('Load Balancer') },
    ]);
  });
});

describe('upkeep', () => {
  const calm = { upgrades: [], exempt: false, needrestart: 'absent', spared: false } as const;

  it('that leaves keepalived alone is well', () => {
    expect(judgeUpgrades(answer(calm))).toMatchObject([{ status: 'ok' }]);
    expect(judgeUpgrades(answer({ ...calm, upgrades: ['dnf-automatic'], exempt: true }))).toMatchObject([
      { status: 'ok' },
    ]);
    expect(judgeNeedrestart(answer({ ...calm, needrestart: 'restarts', spared: true }))).toMatchObject([
      { status: 'ok' },
    ]);
    expect(judgeNeedrestart(answer({ ...calm, needrestart: 'asks' }))).toMatchObject([{ status: 'ok' }]);
  });

  it('that restarts it is warned of', () => {
    expect(judgeUpgrades(answer({ ...calm, upgrades: ['dnf-automatic'] }))).toMatchObject([
      { status: 'warn', fix: expect.stringContaining('excludepkgs') },
    ]);
    expect(judgeNeedrestart(answer({ ...calm, needrestart: 'restarts' }))).toMatchObject([{ status: 'warn' }]);
  });
});

const TUTORIAL = `global_defs {
  script_user root
  enable_script_security
}
vrrp_script check_nginx {
  script "/etc/keepalived/check_nginx.sh"
}
vrrp_instance VI_1 {
  notify /etc/keepalived/notify.sh
}
`;

function scripts(state: string, text: string, other: Partial<Scripts> = {}): Scripts {
  const found = kept(runScriptSubject, `run-script-${state}`, KEYS['run-script']);
  const facts = new Map(
    KEYS['run-script'].flatMap((key, index) => {
      const fact = found[index];
      return fact === undefined ? [] : [[key as string, fact] as const];
    }),
  );
  return { words: scriptWords(text), facts, running: null, complaints: [], ...other };
}

describe('scripts', () => {
  const ours = TUTORIAL.replace('"/etc/keepalived/check_nginx.sh"', `"${KEYS['run-script'][0]}"`).replace(
    '/etc/keepalived/notify.sh',
    KEYS['run-script'][2],
  );

  it('are found in keepalived.conf, with who runs them', () => {
    expect(scriptWords(TUTORIAL)).toEqual({
      scripts: [
        { name: 'check_nginx', kind: 'check', command: '/etc/keepalived/check_nginx.sh' },
        { name: 'notify of VI_1', kind: 'notify', command: '/etc/keepalived/notify.sh' },
      ],
      security: true,
      user: 'root',
    });
    expect(scriptWords(null)).toEqual({ scripts: [], security: false, user: undefined });
  });

  it('that everybody may write to are dropped', () => {
    expect(judgeDropped(answer(scripts('backup', ours)))).toMatchObject([{ status: 'ok' }]);
    expect(judgeDropped(answer(scripts('dropped', ours)))).toMatchObject([
      {
        status: 'fail',
        evidence: expect.stringContaining(
          'check_nginx: /usr/libexec/keepalived/haprov-check-nginx can be changed by everybody (mode 0757)',
        ),
      },
    ]);
  });

  it('that are insecure are warned of where keepalived runs them all the same', () => {
    const loose = ours.replace('  enable_script_security\n', '');
    expect(judgeDropped(answer(scripts('dropped', loose)))).toMatchObject([{ status: 'warn' }]);
  });

  it('that were dropped and are in order by now want a reload', () => {
    const complaints = [{ ago: 100, message: 'Disabling track script check_nginx due to insecure' }];
    expect(judgeDropped(answer(scripts('backup', ours, { complaints })))).toMatchObject([
      {
        status: 'fail',
        evidence: expect.stringContaining('Disabling track script'),
        fix: 'systemctl reload keepalived',
      },
    ]);
  });

  it('that are not there fail, whoever runs them', () => {
    const nobody = TUTORIAL.replace('script_user root', 'script_user nobody');
    expect(judgeDropped(answer(scripts('rhel', nobody)))).toMatchObject([
      { status: 'fail', evidence: 'check_nginx: /etc/keepalived/check_nginx.sh is not there' },
      { status: 'fail' },
    ]);
  });

  it.each([
    [{ uid: 1000 }, 'does not belong to root alone'],
    [{ mode: 0o775, gid: 50 }, 'can be changed by a group'],
    [{ mode: 0o644 }, 'is not executable'],
    [{ mode: 0o775, gid: 0 }, undefined],
  ])('with %o', (other, reason) => {
    const fact = scripts('backup', ours).facts.get(KEYS['run-script'][2]);
    if (fact === undefined) throw new Error('no notify script');
    const [script, ...rest] = fact.parts;
    const parts = script === undefined ? [] : [{ ...script, ...other }, ...rest];
    const found = insecureBecause({ ...fact, parts });
    expect(reason === undefined ? found === undefined : found?.startsWith(reason)).toBe(true);
  });

  it('in a sticky directory are safe from others, as in /tmp', () => {
    const fact = scripts('backup', ours).facts.get(KEYS['run-script'][2]);
    if (fact === undefined) throw new Error('no notify script');
    const directory = { path: '/tmp', type: 'directory', mode: 0o1777, uid: 0, gid: 0 } as const;
    expect(insecureBecause({ ...fact, parts: [...fact.parts, directory] })).toBeUndefined();
    expect(insecureBecause({ ...fact, parts: [...fact.parts, { ...directory, mode: 0o777 }] })).toContain(': /tmp');
  });

  it('of the tutorial have its habits: one restarts nginx, one shows the webhook to everybody', () => {
    const verdicts = judgeHabits(answer(scripts('backup', TUTORIAL, { running: running('unicast') })));
    expect(verdicts.map(({ status, evidence }) => [status, evidence])).toEqual([
      ['warn', 'check_nginx starts services itself: systemctl restart nginx'],
      ['warn', 'notify of VI_1: everybody on the host can read the webhook in /etc/keepalived/notify.sh'],
      ['warn', 'check_nginx may take 5 s and is started every 2 s'],
    ]);
    expect(judgeHabits(answer(scripts('backup', ours, { running: running('backup') })))).toMatchObject([
      { status: 'ok' },
    ]);
  });
});

describe('checks', () => {
  const bad = (state = 'backup') => {
    const vrrp = running('backup');
    return {
      ...scripts(state, TUTORIAL),
      running: { ...vrrp, scripts: vrrp.scripts.map((one) => ({ ...one, status: 'bad' as const })) },
    };
  };
  const active: UnitFact = {
    load: 'loaded',
    active: 'active',
    enabled: 'enabled',
    mainPid: 1,
    needDaemonReload: false,
  };
  const judge = (other: Partial<ServiceChecks>) =>
    judgeChecks(answer({ scripts: bad(), service: active, later: null, answers: new Map(), ...other }), cluster);

  it('that pass are well, whatever they ask', () => {
    const good = { ...scripts('backup', TUTORIAL), running: running('backup') };
    expect(judge({ scripts: good })).toMatchObject([{ status: 'ok', evidence: 'check_nginx passes' }]);
  });

  it('that failed and pass by now are well, and those that began to fail are not', () => {
    const good = running('backup');
    expect(judge({ later: good })).toMatchObject([
      { status: 'ok', evidence: 'check_nginx passes, and failed some seconds ago' },
    ]);
    const scriptsBefore = { ...scripts('backup', TUTORIAL), running: good };
    expect(judge({ scripts: scriptsBefore, later: bad().running })).toMatchObject([{ status: 'fail' }]);
  });

  it('that fail while what they ask answers are too slow', () => {
    const answers = new Map([['http://127.0.0.1/health', { result: 'open', detail: '' } as const]]);
    expect(judge({ answers })).toMatchObject([
      { status: 'fail', evidence: expect.stringContaining('answers when it is asked once more') },
    ]);
  });

  it('fail for want of a health location', () => {
    const answers = new Map([['http://127.0.0.1/health', { result: 'refused', detail: 'status 404' } as const]]);
    expect(judge({ answers })).toMatchObject([
      {
        status: 'fail',
        evidence: 'check_nginx fails: http://127.0.0.1/health answers 404: no such location',
        fix: expect.stringContaining('location = /health'),
      },
    ]);
  });

  it('fail because the service is down, before anything else', () => {
    expect(judge({ service: { ...active, active: 'inactive' } })).toMatchObject([
      { status: 'fail', evidence: 'check_nginx fails: nginx.service is inactive' },
    ]);
  });

  it('fail for want of socat, or of a socket', () => {
    const text = TUTORIAL.replace('/etc/keepalived/check_nginx.sh', KEYS['run-script'][1]);
    const found = scripts('rhel', text);
    const fact = found.facts.get(KEYS['run-script'][1]);
    if (fact === undefined) throw new Error('no check of haproxy');
    const vrrp = bad().running;
    const with_ = (other: object) => ({
      ...found,
      running: vrrp,
      facts: new Map([[KEYS['run-script'][1] as string, { ...fact, ...other }]]),
    });
    expect(judge({ scripts: with_({ missingCommands: ['socat'] }) })).toMatchObject([
      { status: 'fail', evidence: 'check_nginx fails: socat is not installed' },
    ]);
    const sockets = fact.sockets.map(({ path }) => ({ path, there: false }));
    expect(judge({ scripts: with_({ sockets }) })).toMatchObject([
      {
        evidence: expect.stringContaining('no socket at '),
        fix: expect.stringContaining('stats socket /run/haproxy/admin.sock'),
      },
    ]);
  });

  it('that nobody can tell the cause of are to be run by hand', () => {
    expect(judge({})).toMatchObject([
      { status: 'fail', evidence: 'check_nginx fails', fix: expect.stringContaining('run it by hand') },
    ]);
  });

  it('ask this host alone', () => {
    expect(localAddress('http://localhost/health')).toBe('127.0.0.1');
    expect(localAddress('http://[::1]:8080/')).toBe('::1');
    expect(localAddress('http://192.0.2.1/')).toBeUndefined();
    expect(localAddress('0.8')).toBeUndefined();
  });
});

describe('SELinux', () => {
  const denial = 'type=AVC msg=audit(1795350000.123:9): avc:  denied  { name_connect } for  pid=7 comm="curl"';

  it('that is off is passed over', () => {
    expect(
      judgeSelinux(answer({ selinux: { mode: 'off', denials: [] }, scripts: scripts('backup', TUTORIAL) })),
    ).toMatchObject([{ status: 'skip' }]);
  });

  it.each([
    ['enforcing', 'fail'],
    ['permissive', 'warn'],
  ] as const)('that is %s and denied something: %s', (mode, status) => {
    const facts = { selinux: { mode, denials: [denial] }, scripts: scripts('backup', TUTORIAL) };
    expect(judgeSelinux(answer(facts))).toMatchObject([
      {
        status,
        evidence: '1 denial in the last hour, the last one: avc: denied { name_connect } for pid=7 comm="curl"',
      },
    ]);
  });

  it('confines scripts that lie elsewhere than in /usr/libexec/keepalived', () => {
    const found = scripts('backup', TUTORIAL);
    const facts = new Map([...found.facts].map(([key, fact]) => [key, { ...fact, selinuxType: 'etc_t' }] as const));
    expect(
      judgeSelinux(answer({ selinux: { mode: 'enforcing', denials: [] }, scripts: { ...found, facts } })),
    ).toMatchObject([
      { status: 'warn', evidence: 'check_nginx runs confined: /etc/keepalived/check_nginx.sh has type etc_t' },
    ]);
  });
});
