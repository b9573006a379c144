import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressSubject, holds } from '../../../src/facts/network/address.ts';
import { contentSubject, fileSubject } from '../../../src/facts/system/file.ts';
import { osSubject } from '../../../src/facts/system/os.ts';
import { packageSubject } from '../../../src/facts/system/package.ts';
import { probeSubject } from '../../../src/facts/system/probe.ts';
import { sysctlSubject } from '../../../src/facts/system/sysctl.ts';
import { unitSubject } from '../../../src/facts/system/unit.ts';
import { KEYS } from '../../fixtures/facts/cases.ts';
import { askHere, parseFixture, SHELLS } from './support.ts';

const ABSENT = { type: 'absent' };

describe('the operating system', () => {
  it('is of the Debian family on Debian', () => {
    expect(parseFixture(osSubject, 'os-debian-blank', ['os'])).toEqual([
      { family: 'debian', id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' },
    ]);
  });

  it('is of the RHEL family on Rocky Linux', () => {
    expect(parseFixture(osSubject, 'os-rocky-blank', ['os'])).toEqual([
      { family: 'rhel', id: 'rocky', version: '9.4', name: 'Rocky Linux 9.4 (Blue Onyx)' },
    ]);
  });

  it.each([
    ['ubuntu\ndebian\n24.04\nUbuntu 24.04 LTS\n', 'debian'],
    ['linuxmint\nubuntu debian\n21\nMint\n', 'debian'],
    ['debian\n\n\nDebian GNU/Linux forky/sid\n', 'debian'],
    ['fedora\n\n41\nFedora\n', 'rhel'],
    ['amzn\nfedora\n2023\nAmazon Linux 2023\n', 'rhel'],
    ['alpine\n\n3.20\nAlpine\n', 'other'],
    ['\n\n\n\n', 'other'],
    ['', 'other'],
  ])('reads %j as %s', (output, family) => {
    expect(osSubject.parse(output, ['os'])[0]?.family).toBe(family);
  });
});

describe('packages', () => {
  it('are all absent on a blank host, but for what it came with', () => {
    const facts = parseFixture(packageSubject, 'package-debian-blank', KEYS.packages);
    const absent = { version: null, broken: false };
    expect(facts).toEqual([absent, absent, absent, absent, { version: '2:4.0.2-3', broken: false }, absent, absent]);
  });

  it('have their versions on a configured host', () => {
    const [keepalived, nginx, haproxy] = parseFixture(packageSubject, 'package-debian-configured', KEYS.packages);
    expect(keepalived).toEqual({ version: '1:2.2.7-1+b2', broken: false });
    expect(nginx).toEqual({ version: '1.22.1-9+deb12u11', broken: false });
    expect(haproxy).toEqual({ version: null, broken: false });
  });

  it('are broken where dpkg has begun and not finished, and only then', () => {
    const [keepalived, nginx, haproxy, , , , none] = parseFixture(
      packageSubject,
      'package-debian-broken',
      KEYS.packages,
    );
    expect(keepalived?.broken).toBe(false);
    expect(nginx).toEqual({ version: null, broken: false });
    expect(haproxy).toEqual({ version: null, broken: true });
    expect(none).toEqual({ version: null, broken: false });
  });

  it.each([
    ['ii ', { version: '1.0', broken: false }],
    ['hi ', { version: '1.0', broken: false }],
    ['rc ', { version: null, broken: false }],
    ['un ', { version: null, broken: false }],
    ['pn ', { version: null, broken: false }],
    ['iU ', { version: null, broken: true }],
    ['iF ', { version: null, broken: true }],
    ['iH ', { version: null, broken: true }],
    ['iHR', { version: null, broken: true }],
    ['it ', { version: null, broken: true }],
  ])('in state %j of dpkg-query(1) are read for what they are', (status, expected) => {
    expect(packageSubject.parse(`dpkg\nnginx\t${status}\t1.0\n`, ['nginx'])).toEqual([expected]);
  });

  it('of several architectures count by the one that is installed', () => {
    const output = 'dpkg\nnginx\trc \t1.0\nnginx\tii \t2.0\n';
    expect(packageSubject.parse(output, ['nginx'])).toEqual([{ version: '2.0', broken: false }]);
  });

  it('are told apart on an rpm host, installed or not', () => {
    const facts = parseFixture(packageSubject, 'package-rocky-configured', KEYS.packages);
    expect(facts.map(({ version }) => version)).toEqual([
      '2.2.7-1.el9',
      '1.22.1-1.el9',
      null,
      '7.88.1-1.el9',
      null,
      null,
      null,
    ]);
    expect(parseFixture(packageSubject, 'package-rocky-blank', KEYS.packages).map(({ version }) => version)).toEqual(
      Array(7).fill(null),
    );
  });

  it('count where another rpm provides their name', () => {
    const output = 'rpm\ncurl-minimal\t7.76-1\tcurl,curl(x86-64),curl-minimal,\n';
    expect(packageSubject.parse(output, ['curl'])).toEqual([{ version: '7.76-1', broken: false }]);
  });

  it('are not absent because the rpm database could not be read', () => {
    expect(() => packageSubject.parse('rpm\n', ['nginx'])).toThrow('rpm did not answer for nginx');
  });

  it('of a system of neither family are unknown, not an error', () => {
    expect(packageSubject.parse('other\n', ['nginx'])).toEqual([{ version: null, broken: false }]);
  });

  it('are asked of this machine in one call', () => {
    for (const shell of SHELLS) {
      const [dpkg, none] = askHere(packageSubject, ['dpkg', 'no-such-package'], shell);
      expect(dpkg?.version).toMatch(/^\d/);
      expect(none).toEqual({ version: null, broken: false });
    }
  });
});

describe('files', () => {
  it('have type, mode, owner and the hash of their content', () => {
    const [conf, script, directory, link, device, space, quoted, none] = parseFixture(
      fileSubject,
      'file-debian-configured',
      KEYS.files,
    );
    const root = { owner: 'root', group: 'root' };
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(conf).toEqual({ type: 'file', mode: '0640', ...root, sha256: hash });
    expect(script).toEqual({ type: 'file', mode: '0755', ...root, sha256: hash });
    expect(directory).toEqual({ type: 'directory', mode: '0755', ...root });
    expect(link).toEqual({ type: 'link', mode: '0777', ...root });
    expect(device).toEqual({ type: 'other', mode: '0666', ...root });
    expect(space).toEqual({
      type: 'file',
      mode: '0644',
      ...root,
      sha256: 'da69f286f03c0d2131b3f95afe7c8d31b4f65cbf5ca49a12c41d8bf02d366a34',
    });
    expect(quoted).toEqual({
      type: 'file',
      mode: '0644',
      ...root,
      sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
    });
    expect(none).toEqual(ABSENT);
  });

  it('are absent on a blank host', () => {
    expect(parseFixture(fileSubject, 'file-debian-blank', KEYS.files).map(({ type }) => type)).toEqual([
      'absent',
      'absent',
      'absent',
      'link',
      'other',
      'absent',
      'absent',
      'absent',
    ]);
    expect(fileSubject.parse('\n', ['/a', '/b'])).toEqual([ABSENT, ABSENT]);
  });

  describe('of this machine', () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'haprov-facts-'));
      writeFileSync(join(directory, "it's a `file` $x"), 'hello\n', { mode: 0o600 });
      writeFileSync(join(directory, 'empty'), '');
      writeFileSync(join(directory, '-n'), 'dash');
      writeFileSync(join(directory, 'secret-target'), 'x');
      symlinkSync(join(directory, 'secret-target'), join(directory, 'link'));
      symlinkSync(join(directory, 'nowhere'), join(directory, 'dangling'));
      execFileSync('mkfifo', [join(directory, 'pipe')]);
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    it.each(SHELLS)('are read by %s, whatever their names, and no pipe is waited for', (...shell) => {
      const names = ["it's a `file` $x", 'empty', '-n', 'link', 'dangling', 'pipe', '', 'none'];
      const paths = names.map((name) => join(directory, name).replace(/\/$/, ''));
      const facts = askHere(fileSubject, paths, shell);
      expect(facts.map((fact) => fact.type)).toEqual([
        'file',
        'file',
        'file',
        'link',
        'link',
        'other',
        'directory',
        'absent',
      ]);
      expect(facts[0]).toMatchObject({
        mode: '0600',
        sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
      });
      expect(facts[3]).not.toHaveProperty('sha256');
      const contents = askHere(contentSubject, paths, shell);
      expect(contents.slice(0, 3)).toEqual(['hello\n', '', 'dash']);
      expect(contents.slice(4)).toEqual([null, null, null, null]);
    });

    it('are all absent where none is there', () => {
      expect(askHere(fileSubject, [join(directory, 'x'), join(directory, 'y')])).toEqual([ABSENT, ABSENT]);
    });
  });

  it('give their content as text, or null where there is none', () => {
    expect(parseFixture(contentSubject, 'content-debian-configured', KEYS.contents)).toEqual([
      'a file\n',
      '',
      null,
      null,
      'no newline',
    ]);
    expect(parseFixture(contentSubject, 'content-debian-blank', KEYS.contents)).toEqual([null, null, null, null, null]);
  });
});

describe('sysctl', () => {
  it('has live values and none for a key that the kernel lacks', () => {
    const [v4, v6, arp, none] = parseFixture(sysctlSubject, 'sysctl-debian-blank', KEYS.sysctls);
    expect([v4, v6, arp]).toEqual(Array(3).fill({ live: '0', boot: [] }));
    expect(none).toEqual({ live: null, boot: [] });
  });

  it('lists the files that set a key at boot in their order, hidden ones left out', () => {
    const [v4, v6, arp] = parseFixture(sysctlSubject, 'sysctl-debian-configured', KEYS.sysctls);
    expect(v4).toEqual({
      live: '1',
      boot: [
        { file: '/etc/sysctl.d/60-haprov.conf', value: '1' },
        { file: '/etc/sysctl.d/90-other.conf', value: '0' },
        { file: '/etc/sysctl.d/99-sysctl.conf', value: '0' },
        { file: '/etc/sysctl.conf', value: '0' },
      ],
    });
    expect(v6?.boot).toEqual([{ file: '/run/sysctl.d/50-run.conf', value: '1' }]);
    expect(arp?.boot).toEqual([{ file: '/etc/sysctl.d/90-other.conf', value: '2' }]);
  });

  it.each(SHELLS)('is asked of this machine by %s', (...shell) => {
    const [hostname, none] = askHere(sysctlSubject, ['kernel.ostype', 'kernel.no_such_key'], shell);
    expect(hostname?.live).toBe('Linux');
    expect(none?.live).toBeNull();
  });
});

describe('addresses', () => {
  it('are all there: IPv4, IPv6, labels and peers', () => {
    const [addresses] = parseFixture(addressSubject, 'address-debian-configured', ['addresses']);
    expect(addresses).toEqual([
      { interface: 'lo', address: '127.0.0.1', prefix: 8 },
      { interface: 'lo', address: '::1', prefix: 128 },
      { interface: 'eth0', address: '172.17.0.4', prefix: 16 },
      { interface: 'eth0', address: '10.99.0.1', prefix: 32 },
      { interface: 'eth0', address: '172.17.0.100', prefix: 16 },
      { interface: 'eth0', address: '2001:db8::10', prefix: 64 },
      { interface: 'eth0', address: 'fe80::42:acff:fe11:4', prefix: 64 },
    ]);
  });

  it('hold a VIP however it is written, and no other', () => {
    const [addresses = []] = parseFixture(addressSubject, 'address-debian-configured', ['addresses']);
    expect(holds(addresses, '172.17.0.100')).toBe(true);
    expect(holds(addresses, '2001:DB8:0:0:0:0:0:10')).toBe(true);
    expect(holds(addresses, '172.17.0.10')).toBe(false);
    // The far end of a point-to-point link is not an address of this host.
    expect(holds(addresses, '10.99.0.2')).toBe(false);
    expect(holds(parseFixture(addressSubject, 'address-debian-blank', ['addresses'])[0] ?? [], '172.17.0.100')).toBe(
      false,
    );
  });

  it('are read from lines of ip that look different', () => {
    const output = [
      '3: eth0.100    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0.100\\       valid_lft forever preferred_lft forever',
      '4: vrrp.51    inet6 2001:db8::1/64 scope global dadfailed tentative \\       valid_lft forever',
      '5: wlan0    link/ether 00:11:22:33:44:55',
      '',
    ].join('\n');
    expect(addressSubject.parse(output, ['addresses'])[0]?.map((one) => one.interface)).toEqual([
      'eth0.100',
      'vrrp.51',
    ]);
  });
});

describe('units', () => {
  it('that are not there are told from those that are', () => {
    const [keepalived, nginx, haproxy, firewalld, own, ssh] = parseFixture(
      unitSubject,
      'unit-debian-configured',
      KEYS.units,
    );
    const running = { load: 'loaded', active: 'active', enabled: 'enabled', needDaemonReload: false };
    const missing = { load: 'not-found', active: 'inactive', enabled: '', mainPid: 0, needDaemonReload: false };
    expect(keepalived).toEqual({ ...running, mainPid: 1351 });
    expect(nginx).toEqual({ ...running, mainPid: 937 });
    expect([haproxy, firewalld, own]).toEqual([missing, missing, missing]);
    expect(ssh).toEqual({ ...running, mainPid: 43 });
  });

  it('that are masked, failed, disabled or changed on disk say so', () => {
    const [keepalived, nginx, haproxy, , own] = parseFixture(unitSubject, 'unit-debian-broken', KEYS.units);
    expect(keepalived).toMatchObject({ active: 'failed', enabled: 'disabled', mainPid: 0 });
    expect(nginx).toMatchObject({ load: 'masked', enabled: 'masked-runtime' });
    expect(haproxy).toMatchObject({ load: 'masked', enabled: 'masked' });
    expect(own).toMatchObject({ load: 'loaded', active: 'failed', enabled: 'static', needDaemonReload: true });
  });

  it('run on the RHEL family as well', () => {
    const [keepalived, nginx, , firewalld] = parseFixture(unitSubject, 'unit-rocky-configured', KEYS.units);
    expect(keepalived).toMatchObject({ active: 'active', enabled: 'enabled' });
    expect(nginx).toMatchObject({ active: 'inactive', enabled: 'disabled' });
    expect(firewalld).toMatchObject({ active: 'active' });
  });

  it('are an error when systemctl answers for another number of them', () => {
    expect(() => unitSubject.parse('Id=a.service\nLoadState=loaded\n', ['a', 'b'])).toThrow('1 units of 2');
    expect(() => unitSubject.parse('', ['a', 'b'])).toThrow();
  });
});

describe('conditions', () => {
  it('are yes and no', () => {
    expect(parseFixture(probeSubject, 'probe-debian-blank', KEYS.probes)).toEqual([true, false, true, false, true]);
  });

  it.each(SHELLS)('are asked by %s, cannot read the script, and disturb no other', (...shell) => {
    const scripts = [
      'cat >/dev/null; true',
      'echo noise; echo yes; false',
      'exit 0',
      'kill -9 $$',
      '[ "$(printf %s "it\'s")" = "it\'s" ]',
      'syntax ( error',
    ];
    expect(askHere(probeSubject, scripts, shell)).toEqual([true, false, true, false, true, false]);
  });
});
