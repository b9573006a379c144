import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { complaintsSubject } from '../../../src/facts/keepalived/complaints.ts';
import { configTestSubject } from '../../../src/facts/keepalived/config-test.ts';
import { runScriptSubject } from '../../../src/facts/keepalived/run-script.ts';
import { passwordMark, runningVrrpSubject } from '../../../src/facts/keepalived/running-vrrp.ts';
import { linksSubject } from '../../../src/facts/network/links.ts';
import { networkDaemonSubject } from '../../../src/facts/network/network-daemons.ts';
import { segmentKey, segmentSubject } from '../../../src/facts/network/segment.ts';
import { PROBE } from '../../../src/facts/network/segment-script.ts';
import { clockSubject } from '../../../src/facts/system/clock.ts';
import { dmiSubject } from '../../../src/facts/system/dmi.ts';
import { selinuxSubject } from '../../../src/facts/system/selinux.ts';
import { upkeepSubject } from '../../../src/facts/system/upkeep.ts';
import { KEYS, kept } from '../../fixtures/doctor/questions.ts';
import { SHELLS, Workshop } from '../tasks/support.ts';

const running = (state: string) => kept(runningVrrpSubject, `running-${state}`, KEYS.running)[0];
const segment = (state: string) => kept(segmentSubject, `segment-${state}`, KEYS.segment)[0];
const complaints = (state: string) => kept(complaintsSubject, `complaints-${state}`, KEYS.complaints)[0];
const scripts = (state: string) => kept(runScriptSubject, `run-script-${state}`, KEYS['run-script']);

describe('what keepalived runs with', () => {
  it('tells a holder with its VIPs and its check', () => {
    expect(running('holder')?.instances).toMatchObject([
      {
        name: 'VI_1',
        state: 'MASTER',
        priority: 200,
        vrid: 87,
        interface: 'eth0',
        source: '10.88.87.11',
        preempts: false,
        addresses: ['10.88.87.100'],
        peers: null,
        master: null,
        tracks: [{ script: 'check_nginx', weight: 0 }],
      },
    ]);
    expect(running('holder')?.scripts).toEqual([
      {
        name: 'check_nginx',
        command: ['/usr/libexec/keepalived/haprov-check-nginx', 'http://127.0.0.1:488/haprov-health', '0.8'],
        interval: 2,
        timeout: 1,
        rise: 2,
        fall: 2,
        status: 'good',
        insecure: false,
      },
    ]);
  });

  it('tells whose adverts a backup heeds', () => {
    expect(running('backup')?.instances[0]).toMatchObject({
      state: 'BACKUP',
      master: { address: '10.88.87.11', priority: 200 },
    });
  });

  it('tells unicast peers, the configured source, weights and delays', () => {
    expect(running('unicast')?.instances[0]).toMatchObject({
      source: '10.88.87.12',
      peers: ['10.88.87.11'],
      preempts: true,
      preemptDelaySeconds: 8,
      tracks: [{ script: 'check_nginx', weight: -20 }],
    });
    expect(running('unicast')?.scripts[0]).toMatchObject({ interval: 2, timeout: 5 });
  });

  it('leaves out a script that keepalived dropped', () => {
    expect(running('dropped')).toMatchObject({ instances: [{ tracks: [] }], scripts: [] });
  });

  it('tells passwords by their hash with the salt, cut to the eight characters that keepalived knows', () => {
    const expected = createHash('sha256').update('salt\nlabVrrp1').digest('hex');
    expect(running('holder')?.instances[0]?.passwordMark).toBe(expected);
    expect(passwordMark('salt', 'labVrrp1-and-more')).toBe(expected);
    expect(running('refused')?.instances[0]?.passwordMark).not.toBe(expected);
  });

  it('is null where keepalived does not run, and an error where the host says neither', () => {
    expect(runningVrrpSubject.parse('none\n', ['salt'])).toEqual([null]);
    expect(() => runningVrrpSubject.parse('', ['salt'])).toThrow('no VRRP configuration');
  });
});

describe('what is heard on a segment', () => {
  it('is the same by Perl, Python and tcpdump', () => {
    for (const [state, tool] of [
      ['backup', 'perl'],
      ['python3', 'python3'],
      ['tcpdump', 'tcpdump'],
    ] as const) {
      const heard = segment(state);
      expect(heard?.tool).toBe(tool);
      const ours = heard?.adverts.filter(({ vrid }) => vrid === 87) ?? [];
      expect(ours.length).toBeGreaterThanOrEqual(3);
      expect(ours[0]).toEqual({
        source: '10.88.87.11',
        destination: '224.0.0.18',
        version: 2,
        vrid: 87,
        priority: 200,
      });
      expect(heard?.answers?.get('10.88.87.100')).toEqual(['02:42:0a:58:57:0b']);
    }
  });

  it('tells who else answers for a VIP', () => {
    expect(segment('holder')?.answers?.get('10.88.87.100')).toEqual([]);
    expect(segment('claimed')?.answers?.get('10.88.87.100')).toEqual(['02:42:0a:58:57:06']);
  });

  it('never holds more of a packet than its first eight bytes of VRRP: the password stands behind them', () => {
    const { script } = segmentSubject;
    expect(script([segmentKey('eth0', 5, [])])).toContain('-s 42');
    const text = segmentSubject.parse('0 tool perl\n0 vrrp 45c00028000100000\n0 end\n', ['eth0 5']);
    expect(text).toEqual([{ tool: 'perl', adverts: [], answers: new Map(), probing: [], probes: [], passed: null }]);
  });

  it('tells the probes on the wire from adverts, and those that the firewall let in', () => {
    const key = segmentKey('eth0', 5, ['10.88.86.102'], [{ source: '10.88.86.31', destination: '224.0.0.18' }]);
    expect(key).toBe('eth0 5 10.88.86.102 probe=10.88.86.31,224.0.0.18');
    // As a host of the lab printed it.
    const output = `0 tool perl
0 probe 10.88.86.31
0 raw
0 vrrp 4500001cf1aa40000170473e0a58561fe00000122f00686170726f76
0 vrrp 4500001c9d75400001709b720a585620e00000122f00686170726f76
0 pass 10.88.86.32
0 vrrp 45c00028003c0000ff7079df0a585620e0000012213f6401010167a4
0 end
`;
    const [heard] = segmentSubject.parse(output, [key]);
    expect(heard).toMatchObject({
      adverts: [{ source: '10.88.86.32', vrid: 63 }],
      probing: ['10.88.86.31'],
      probes: ['10.88.86.31', '10.88.86.32'],
      passed: ['10.88.86.32'],
    });
    expect([...(heard?.answers?.keys() ?? [])]).toEqual(['10.88.86.102']);
  });

  it('sends probes that are no adverts: another type, and a VRID that nobody can have', () => {
    const [first = 0, vrid] = Buffer.from(PROBE, 'hex');
    expect([PROBE.length / 2, first & 15, vrid]).toEqual([8, 15, 0]);
  });

  it('reads IPv6 adverts', () => {
    const head = `60000000${'0018'}70ff${'fe80'.padEnd(28, '0')}0001${'ff02'.padEnd(28, '0')}0012`;
    const [heard] = segmentSubject.parse(`0 tool perl\n0 vrrp ${head}3133640100640000\n0 end\n`, ['eth0 5']);
    expect(heard?.adverts).toEqual([
      { source: 'fe80::1', destination: 'ff02::12', version: 3, vrid: 51, priority: 100 },
    ]);
  });

  it('is null without a tool, and an error where the tool did not get to its end', () => {
    expect(segmentSubject.parse('', ['eth0 5'])).toEqual([null]);
    expect(() => segmentSubject.parse('0 tool perl\n', ['eth0 5'])).toThrow('did not listen on eth0');
  });
});

describe('complaints of keepalived', () => {
  it('are those since it last read its configuration', () => {
    expect(complaints('backup')).toEqual([]);
    expect(complaints('dropped')?.map(({ message }) => message)).toEqual([
      "Unsafe permissions found for script '/usr/libexec/keepalived/haprov-check-nginx' - disabling.",
      'Disabling track script check_nginx due to insecure',
    ]);
    expect(complaints('refused')?.[0]?.message).toBe('(VI_1) received an invalid passwd!');
  });
});

describe('interfaces', () => {
  it('are told with MAC address and whether they are up', () => {
    expect(kept(linksSubject, 'links-holder', KEYS.links)).toEqual([
      {
        links: [
          { name: 'lo', mac: '00:00:00:00:00:00', up: true },
          { name: 'eth0', mac: '02:42:0a:58:57:0b', up: true },
        ],
        duplicates: [],
      },
    ]);
  });

  it('without a carrier are not up, and addresses that others have are told', () => {
    const output = `2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
3: v1@v0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
--
2: eth0    inet6 fd00::100/64 scope global dadfailed tentative`;
    expect(linksSubject.parse(output, ['links'])).toEqual([
      {
        links: [
          { name: 'eth0', mac: '02:00:00:00:00:01', up: false },
          { name: 'v1', mac: '02:00:00:00:00:02', up: true },
        ],
        duplicates: ['fd00::100'],
      },
    ]);
  });
});

describe('scripts of keepalived', () => {
  it('are told with each part of their path', () => {
    const [check] = scripts('dropped');
    expect(check?.parts.map(({ path }) => path)).toEqual([
      '/usr/libexec/keepalived/haprov-check-nginx',
      '/usr/libexec/keepalived',
      '/usr/libexec',
      '/usr',
      '/',
    ]);
    expect(check?.parts[0]).toMatchObject({ uid: 0, gid: 0, mode: 0o757 });
  });

  it("are read for what they ask: the tutorial's restarts nginx, and its notify script holds the webhook", () => {
    const [, , , check, notify] = scripts('backup');
    expect(check).toMatchObject({
      heals: 'systemctl restart nginx',
      urls: ['http://127.0.0.1/health'],
      webhook: false,
    });
    expect(notify).toMatchObject({ webhook: true, urls: [] });
  });

  it('are told with the sockets that they try', () => {
    const [, check, , tutorial] = scripts('rhel');
    expect(check?.sockets.filter(({ there }) => there)).toEqual([{ path: '/var/lib/haproxy/stats', there: true }]);
    expect(tutorial?.absent).toBe(true);
  });
});

describe("keepalived's own test", () => {
  it('tells its exit status and what it said, and null for a file that is not there', () => {
    expect(kept(configTestSubject, 'config-test-holder', KEYS['config-test'])).toEqual([{ code: 0, output: '' }, null]);
    expect(kept(configTestSubject, 'config-test-dropped', KEYS['config-test'])[0]).toEqual({
      code: 5,
      output: 'Disabling track script check_nginx due to insecure',
    });
  });
});

describe('firmware', () => {
  it('is null where there is none', () => {
    expect(dmiSubject.parse('', ['dmi'])).toEqual([null]);
  });

  it('is told by its names', () => {
    const [dmi] = dmiSubject.parse('sys_vendor Amazon EC2\nproduct_name t3.small\nchassis_asset_tag \n', ['dmi']);
    expect(dmi).toMatchObject({ sys_vendor: 'Amazon EC2', product_name: 't3.small', chassis_asset_tag: '' });
  });
});

describe('a clock', () => {
  it('is told to the fraction, or to the second where date does not know one', () => {
    expect(clockSubject.parse('1795350866.250000000\n', ['now'])).toEqual([1795350866.25]);
    expect(clockSubject.parse('1795350866.N\n', ['now'])).toEqual([1795350866]);
    expect(() => clockSubject.parse('\n', ['now'])).toThrow();
  });
});

describe.each(SHELLS)('scripts of the doctor in %s', (...shell) => {
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop();
  });
  afterEach(() => workshop.remove());

  const output = (script: string): string => {
    const { code, stdout, stderr } = workshop.run(shell, `( ${script}\n) </dev/null`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return stdout;
  };

  it('follow links, and find what a script wants and the host has not', () => {
    const path = workshop.path('real/check.sh');
    mkdirSync(workshop.path('real'));
    writeFileSync(
      path,
      '#!/no/such/shell\n# curl http://commented.example/\necho "show info" | nosuch; socat - /run/planted/admin.sock\ncurl "http://127.0.0.1/health"\n',
    );
    chmodSync(path, 0o700);
    symlinkSync(path, workshop.path('link.sh'));
    const key = `${workshop.path('link.sh')} argument`;
    const text = output(runScriptSubject.script([key, '/no/such/script']));
    const [found, missing] = runScriptSubject.parse(text, [key, '/no/such/script']);
    expect(found?.parts.map(({ path: part }) => part)).toContain(path);
    expect(found?.parts[0]?.type).toBe('link');
    expect(found).toMatchObject({
      absent: false,
      missingInterpreter: '/no/such/shell',
      sockets: [{ path: '/run/planted/admin.sock', there: false }],
      urls: ['http://127.0.0.1/health'],
    });
    expect(missing?.absent).toBe(true);
  });

  it('take the socket of the command line before those in the script', () => {
    const path = workshop.path('check.sh');
    writeFileSync(path, '#!/bin/sh\nsocat - /run/other/admin.sock\n');
    const key = `${path} 0.8 /run/mine/admin.sock`;
    const [found] = runScriptSubject.parse(output(runScriptSubject.script([key])), [key]);
    expect(found?.sockets).toEqual([{ path: '/run/mine/admin.sock', there: false }]);
  });

  it('never tell a webhook', () => {
    const path = workshop.path('notify.sh');
    writeFileSync(path, '#!/bin/sh\ncurl https://hooks.slack.com/services/T0/B0/CANARY\n');
    const text = output(runScriptSubject.script([path]));
    expect(text).not.toContain('CANARY');
    expect(runScriptSubject.parse(text, [path])[0]?.webhook).toBe(true);
  });

  it('count complaints from the last time that the configuration was read', () => {
    workshop.stub(
      'journalctl',
      `cat <<'E'
100.5 lb1 Keepalived[1]: Starting Keepalived v2.2.7
101.5 lb1 Keepalived_vrrp[2]: Disabling track script old due to insecure
102.5 lb1 Keepalived_vrrp[2]: Reloading
103.5 lb1 Keepalived_vrrp[2]: (VI_1) received an invalid passwd!
104.5 lb1 Keepalived_vrrp[2]: (VI_1) Entering MASTER STATE
E`,
    );
    workshop.stub('date', 'echo 113');
    const text = output(complaintsSubject.script(['complaints']));
    expect(complaintsSubject.parse(text, ['complaints'])).toEqual([
      [{ ago: 10, message: '(VI_1) received an invalid passwd!' }],
    ]);
  });

  it('find upgrades that nobody asks for, and who is exempt from them', () => {
    workshop.stub('unattended-upgrade', '');
    workshop.stub('apt-config', `echo 'APT::Periodic::Unattended-Upgrade "1";'`);
    workshop.stub('apt-mark', '');
    const look = () => upkeepSubject.parse(output(upkeepSubject.script(['upkeep'])), ['upkeep'])[0];
    expect(look()).toMatchObject({ upgrades: ['unattended-upgrades'], exempt: false });
    workshop.stub(
      'apt-config',
      `echo 'APT::Periodic::Unattended-Upgrade "1";'; echo 'Unattended-Upgrade::Package-Blacklist:: "keepal";'`,
    );
    expect(look()).toMatchObject({ exempt: true });
    workshop.stub('apt-config', `echo 'APT::Periodic::Unattended-Upgrade "0";'`);
    expect(look()).toMatchObject({ upgrades: [] });
  });

  it('give back what keepalived says of a file, and its exit status', () => {
    workshop.stub('keepalived', 'echo "unknown keyword"; exit 5');
    const file = workshop.path('keepalived.conf');
    writeFileSync(file, 'x\n');
    const keys = [file, workshop.path('none.conf')];
    expect(configTestSubject.parse(output(configTestSubject.script(keys)), keys)).toEqual([
      { code: 5, output: 'unknown keyword' },
      null,
    ]);
  });

  it('find denials of the last hour, where getenforce speaks of SELinux', () => {
    workshop.stub('getenforce', 'echo Permissive');
    const now = 1_795_350_000;
    workshop.stub('date', `echo ${now}`);
    const line = (age: number, comm: string) =>
      `AVC avc:  denied  { connectto } for pid=1 comm="${comm}" scontext=system_u:system_r:keepalived_t:s0 audit(${now - age}.1:2)`;
    workshop.stub('journalctl', `cat <<'E'\n${line(4000, 'old')}\n${line(60, 'socat')}\nnothing of ours\nE`);
    const [fact] = selinuxSubject.parse(output(selinuxSubject.script(['selinux'])), ['selinux']);
    expect(fact?.mode).toBe('permissive');
    expect(fact?.denials).toHaveLength(1);
    expect(fact?.denials[0]).toContain('socat');
  });

  it('are content with a host that has none of all this', () => {
    workshop.stub('systemctl', 'exit 3');
    expect(networkDaemonSubject.parse(output(networkDaemonSubject.script(['lo', 'nope0'])), ['lo', 'nope0'])).toEqual([
      { networkd: null, networkManager: false },
      { networkd: null, networkManager: false },
    ]);
    const key = segmentKey('nope0', 1, []);
    expect(segmentSubject.parse(output(segmentSubject.script([key])), [key])).toEqual([null]);
    expect(output(dmiSubject.script(['dmi']))).toBeTypeOf('string');
  });
});
