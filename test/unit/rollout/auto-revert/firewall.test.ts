import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostText } from '../../../../src/host/program.ts';
import { GuardedHost, SHELLS } from '../lease/support.ts';

const FIREWALL = ['lib', 'firewall'].map(hostText).join('\n');

let host: GuardedHost;
beforeEach(() => {
  host = new GuardedHost();
  mkdirSync(host.path('kept'));
});
afterEach(() => host.remove());

const FILTER =
  '*filter\n:INPUT ACCEPT [0:0]\n:own - [0:0]\n-A INPUT -p tcp -m comment --comment "ssh here" -j own\nCOMMIT\n';
const NAT = '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n';
const ZONES = `public (active)
  target: default
  icmp-block-inversion: no
  interfaces: eth0
  services: dhcpv6-client ssh
  ports: 81/tcp
  forward: yes
  masquerade: no
  forward-ports: 
\tport=80:proto=tcp:toport=8080:toaddr=
  rich rules: 
\trule family="ipv4" source address="10.1.2.3" drop

trusted
  target: ACCEPT
  services: 
  forward: no
`;

/** What the host's tools find, by name; a test changes it between save and restore. */
function has(name: string, text: string): void {
  mkdirSync(dirname(host.path(name)), { recursive: true });
  writeFileSync(host.path(name), text);
}

const save = () => host.run(`${FIREWALL}\nfw_save ${host.path('kept')}`);
const restore = (shell: readonly string[] = ['dash'], environment = '') =>
  host.run(`${FIREWALL}\n${environment}fw_restore ${host.path('kept')} ${host.path('now')}`, undefined, shell);
const loaded = (): string => (existsSync(host.path('loaded')) ? readFileSync(host.path('loaded'), 'utf8') : '');
const NOTHING = { code: 0, stdout: '', stderr: '' };
describe.each(SHELLS)('iptables, put back by %s', (...shell) => {
  beforeEach(() => {
    host.stub('iptables', 'echo "iptables v1.8.9 (nf_tables)"');
    host.stub('iptables-save', `cat ${host.path('rules')}`);
    host.stub('iptables-restore', `cat >>${host.path('loaded')}`);
    has('rules', `# Generated\n${FILTER}# Completed\n${NAT}`);
  });

  it('is left alone where only counters and comments differ', async () => {
    await save();
    has('rules', `# Generated later\n${FILTER.replace('[0:0]', '[12:3456]')}${NAT}`);
    expect([await restore(shell), loaded()]).toEqual([NOTHING, '']);
  });

  it('gets the table that differs, and only that', async () => {
    await save();
    has('rules', `${FILTER.replace('COMMIT', '-A INPUT -p tcp --dport 22 -j DROP\nCOMMIT')}${NAT}`);
    expect((await restore(shell)).code).toBe(0);
    expect(loaded()).toBe(FILTER);
  });

  it('gets a table back that has gone, and one emptied that has come', async () => {
    await save();
    has('rules', `${FILTER}*raw\n:PREROUTING DROP [1:2]\n:mine - [0:0]\n-A PREROUTING -j mine\nCOMMIT\n`);
    await restore(shell);
    expect(loaded()).toBe(`${NAT}*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n`);
  });

  it('is left alone where an empty table has come', async () => {
    await save();
    has('rules', `${FILTER}${NAT}*raw\n:PREROUTING ACCEPT [1:2]\nCOMMIT\n`);
    await restore(shell);
    expect(loaded()).toBe('');
  });

  it('is left alone where its rules could not be kept', async () => {
    host.stub('iptables-save', 'echo "*filter"; exit 4');
    await save();
    host.stub('iptables-save', `cat ${host.path('rules')}`);
    expect([await restore(shell), loaded()]).toEqual([NOTHING, '']);
  });

  it('that fails is told', async () => {
    await save();
    has('rules', NAT);
    host.stub('iptables-restore', 'exit 2');
    expect((await restore(shell)).code).not.toBe(0);
  });
});

describe.each(SHELLS)('native nft tables, put back by %s', (...shell) => {
  const table = (name: string, rule: string): string => `table ${name.replace('.', ' ')} {\n\t${rule}\n}\n`;
  const tables = (rules: Readonly<Record<string, string>>): void => {
    rmSync(host.path('live'), { recursive: true, force: true });
    has(
      'live/tables',
      Object.keys(rules)
        .map((name) => `table ${name.replace('.', ' ')}\n`)
        .join(''),
    );
    for (const [name, rule] of Object.entries(rules)) has(`live/${name}`, table(name, rule));
  };
  beforeEach(() => {
    host.stub('iptables', 'echo "iptables v1.8.9 (nf_tables)"');
    host.stub('iptables-save', `printf '${FILTER.replaceAll('\n', '\\n')}'`);
    host.stub('systemctl', 'exit 1');
    host.stub(
      'nft',
      `case "$*" in
  "list tables") cat ${host.path('live/tables')} ;;
  "-s list table "*) cat ${host.path('live')}/$4.$5 ;;
  "-f "*) cat "$2" >>${host.path('loaded')} ;;
esac`,
    );
    tables({
      'inet.own': 'accept',
      'ip.filter': 'by iptables',
      'inet.firewalld': 'by firewalld',
      'ip6.filter': 'drop',
    });
  });

  it('are left alone where nothing differs, and those of iptables and firewalld always', async () => {
    await save();
    tables({ 'inet.own': 'accept', 'ip.filter': 'other', 'ip6.filter': 'drop', 'inet.firewalld': 'other' });
    expect([await restore(shell), loaded()]).toEqual([NOTHING, '']);
  });

  it('come back as they were: changed, gone or new, each in one transaction', async () => {
    await save();
    tables({ 'inet.own': 'drop', 'inet.evil': 'drop', 'ip.filter': 'by iptables', 'inet.firewalld': 'by firewalld' });
    expect((await restore(shell)).code).toBe(0);
    const replace = (name: string): string => `add table ${name}\ndelete table ${name}\n`;
    expect(loaded()).toBe(
      [
        replace('inet own') + table('inet.own', 'accept'),
        replace('ip6 filter') + table('ip6.filter', 'drop'),
        replace('inet evil'),
      ].join(''),
    );
  });
});

it('a table that iptables could not read when it was kept comes back from nft, and is not emptied after that', async () => {
  host.stub('systemctl', 'exit 1');
  host.stub('iptables', 'echo "iptables v1.8.9 (nf_tables)"');
  host.stub('iptables-save', `[ -e ${host.path('loaded')} ] || cat ${host.path('rules')}`);
  host.stub('iptables-restore', `cat >>${host.path('loaded')}`);
  host.stub(
    'nft',
    `case "$*" in
  "list tables") echo "table ip filter" ;;
  "-s list table "*) echo "table ip filter { own }" ;;
  "-f "*) cat "$2" >>${host.path('loaded')} ;;
esac`,
  );
  has('rules', '');
  await save();
  has('rules', FILTER);
  expect((await restore()).code).toBe(0);
  expect(loaded()).toBe('add table ip filter\ndelete table ip filter\ntable ip filter { own }\n');
});

describe.each(SHELLS)('firewalld, put back by %s', (...shell) => {
  beforeEach(() => {
    host.stub(
      'firewall-cmd',
      `case "$*" in
  --list-all-zones) cat ${host.path('zones')} ;;
  *--query-panic) exit 1 ;;
  *--reload) echo "$*" >>${host.path('loaded')}; cp ${host.path('permanent')} ${host.path('zones')} ;;
  *) echo "$*" >>${host.path('loaded')}; [ ! -e ${host.path('changed')} ] || cp ${host.path('changed')} ${host.path('zones')} ;;
esac`,
    );
    has('zones', ZONES);
    has('permanent', ZONES);
    has('root/etc/firewalld/zones/public.xml', '<zone/>');
  });

  it('is left alone where nothing differs', async () => {
    await save();
    expect([await restore(shell), loaded()]).toEqual([NOTHING, '']);
  });

  it('gets what was changed at run time changed back, without a reload', async () => {
    await save();
    const without = ZONES.replace(' ssh', ' http')
      .replace('forward: yes', 'forward: no')
      .replace(/\trule.*\n/, '');
    has('zones', without.replace('interfaces: eth0', 'interfaces:'));
    has('changed', ZONES);
    expect((await restore(shell)).code).toBe(0);
    expect(loaded().trim().split('\n').sort()).toEqual([
      '-q --zone=public --add-forward',
      '-q --zone=public --add-rich-rule=rule family="ipv4" source address="10.1.2.3" drop',
      '-q --zone=public --add-service=ssh',
      '-q --zone=public --change-interface=eth0',
      '-q --zone=public --remove-service=http',
    ]);
  });

  it('is loaded anew where its files were changed, and keeps what was open at run time only', async () => {
    has('permanent', ZONES.replace(' 81/tcp', ''));
    await save();
    has('root/etc/firewalld/zones/public.xml', '<zone>drop</zone>');
    has('root/etc/firewalld/zones/new.xml', '<zone/>');
    has('changed', ZONES);
    expect((await restore(shell)).code).toBe(0);
    expect(loaded()).toBe('-q --reload\n-q --zone=public --add-port=81/tcp\n');
    expect(readFileSync(host.path('root/etc/firewalld/zones/public.xml'), 'utf8')).toBe('<zone/>');
    expect(existsSync(host.path('root/etc/firewalld/zones/new.xml'))).toBe(false);
  });
});

describe.each(SHELLS)('files of a firewall, put back by %s', (...shell) => {
  it('are as they were: changed, gone or new', async () => {
    has('root/etc/iptables/rules.v4', 'old');
    has('root/etc/nftables.conf', 'old');
    await save();
    has('root/etc/iptables/rules.v4', 'new');
    has('root/etc/iptables/rules.v6', 'new');
    rmSync(host.path('root/etc/nftables.conf'));
    has('root/etc/sysconfig/iptables', 'new');
    expect((await restore(shell)).code).toBe(0);
    const { stdout } = await host.run(
      `cd ${host.path('root')}; find . -type f | sort; cat etc/iptables/* etc/nftables.conf`,
    );
    expect(stdout).toBe('./etc/iptables/rules.v4\n./etc/nftables.conf\noldold');
  });

  it('are all that is put back at boot', async () => {
    host.stub('iptables-save', `cat ${host.path('rules')}`);
    host.stub('iptables-restore', `cat >>${host.path('loaded')}`);
    has('rules', FILTER);
    has('root/etc/iptables/rules.v4', 'old');
    await save();
    has('rules', NAT);
    has('root/etc/iptables/rules.v4', 'new');
    expect((await restore(shell, 'HAPROV_BOOT=1\n')).code).toBe(0);
    expect(loaded()).toBe('');
    expect(readFileSync(host.path('root/etc/iptables/rules.v4'), 'utf8')).toBe('old');
  });
});
