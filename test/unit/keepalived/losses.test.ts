import { describe, expect, it } from 'vitest';
import { lossesBetween } from '../../../src/keepalived/loss/losses.ts';
import { readSources } from '../../../src/keepalived/source/read-sources.ts';
import { sourcesOf } from '../tasks/support.ts';

const INSTANCE = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.168.1.100/24
    }
`;
const NEW = `${INSTANCE}}\n`;

const read = (text: string) => readSources(sourcesOf(text)).statements;
const lost = (old: string, next = NEW, more = {}): readonly string[] =>
  lossesBetween(read(old), read(next), { calls: [], ...more }).map(({ line, what }) => `${line} ${what}`);

describe('what a new keepalived.conf does not keep', () => {
  it('is nothing of itself', () => {
    expect(lost(NEW)).toEqual([]);
  });

  it('is a virtual server, by the line that it begins on', () => {
    const lvs = 'virtual_server 192.168.1.100 80 {\n    real_server 10.0.0.2 80 {\n        weight 1\n    }\n}\n';
    expect(lost(`${NEW}${lvs}`)).toEqual(['9 virtual_server 192.168.1.100 80']);
    expect(lost(`${NEW}${lvs}`, `${NEW}${lvs}`)).toEqual([]);
  });

  it('is a real server that is gone from a virtual server', () => {
    const lvs = (real: string): string => `virtual_server 192.168.1.100 80 {\n${real}}\n`;
    const one = '    real_server 10.0.0.2 80 {\n        weight 1\n    }\n';
    const two = '    real_server 10.0.0.3 80 {\n        weight 1\n    }\n';
    expect(lost(`${NEW}${lvs(`${one}${two}`)}`, `${NEW}${lvs(one)}`)).toEqual([
      '13 real_server 10.0.0.3 80 of virtual_server 192.168.1.100 80',
    ]);
  });

  it('is another instance with its addresses, and not one that goes on under another name', () => {
    const second = INSTANCE.replace('VI_1', 'VI_2').replace('51', '52').replace('.100/', '.101/');
    expect(lost(`${NEW}${second}}\n`)).toEqual(['9 vrrp_instance VI_2 (192.168.1.101)']);
    expect(lost(NEW.replace('VI_1', 'WEB'))).toEqual([]);
  });

  it('is an address, also one that is in no advert, unless another instance takes it', () => {
    const more = NEW.replace('192.168.1.100/24\n', '192.168.1.100/24\n        192.168.1.101/24 dev eth1\n');
    expect(lost(more)).toEqual(['7 address 192.168.1.101 of vrrp_instance VI_1']);
    expect(lost(`${INSTANCE}    virtual_ipaddress_excluded {\n        10.0.0.1\n    }\n}\n`)).toEqual([
      '9 address 10.0.0.1 of vrrp_instance VI_1',
    ]);
  });

  it('is a sync group, and who it calls', () => {
    const group = 'vrrp_sync_group G1 {\n    group {\n        VI_1\n    }\n    notify_master "/bin/promote yes"\n}\n';
    expect(lost(`${NEW}${group}`)).toEqual(['9 vrrp_sync_group G1 (VI_1)']);
    expect(lost(`${NEW}${group}`, `${NEW}vrrp_sync_group OTHER {\n group {\n VI_1\n }\n}\n`)).toEqual([
      '13 notify_master /bin/promote yes of vrrp_sync_group G1',
    ]);
  });

  it('is a notify script that the inventory does not upload', () => {
    const old = `${INSTANCE}    notify /etc/keepalived/on-change.sh\n}\n`;
    expect(lost(old)).toEqual(['8 notify /etc/keepalived/on-change.sh of vrrp_instance VI_1']);
    expect(lost(old, NEW, { calls: [{ path: '/home/me/on-change.sh', text: '' }] })).toEqual([]);
  });

  it('is a check, unless one of the same command or of the same service takes its place', () => {
    const check = (name: string, command: string): string =>
      `vrrp_script ${name} {\n    script "${command}"\n}\n${INSTANCE}    track_script {\n        ${name}\n    }\n}\n`;
    const old = check('chk', '/usr/bin/pgrep nginx');
    expect(lost(old)).toEqual(['12 check chk (/usr/bin/pgrep nginx) of vrrp_instance VI_1']);
    expect(lost(old, check('other', '/usr/bin/pgrep nginx'))).toEqual([]);
    expect(lost(old, check('check_nginx', '/usr/libexec/x'), { service: 'nginx' })).toEqual([]);
    expect(lost(old, check('check_haproxy', '/usr/libexec/x'), { service: 'haproxy' })).toHaveLength(1);
  });

  it('is a setting that is said no more, and not one that has another value, or keepalived’s own', () => {
    expect(lost(`${INSTANCE}    use_vmac vrrp51\n    garp_master_delay 1\n    nopreempt\n}\n`)).toEqual([
      '8 use_vmac vrrp51 of vrrp_instance VI_1',
      '9 garp_master_delay 1 of vrrp_instance VI_1',
      '10 nopreempt of vrrp_instance VI_1',
    ]);
    expect(lost(`${INSTANCE}    garp_master_delay 1\n}\n`, `${INSTANCE}    garp_master_delay 2\n}\n`)).toEqual([]);
    expect(lost(`${INSTANCE}    state MASTER\n    advert_int 1\n}\n`)).toEqual([]);
  });

  it('is a global setting that changes what keepalived does, and not a name', () => {
    const globals = (lines: string): string => `global_defs {\n${lines}}\n${NEW}`;
    expect(lost(globals('    router_id LB\n    vrrp_strict\n    vrrp_garp_interval 0\n'))).toEqual([
      '3 vrrp_strict of global_defs',
    ]);
    expect(lost(globals('    notification_email {\n        ops@example.com\n    }\n'))).toEqual([]);
  });

  it.each([
    [
      'an interface that is tracked',
      '    track_interface {\n        eth1 weight 5\n    }\n',
      '9 eth1 weight 5 in track_interface of',
    ],
    [
      'a route',
      '    virtual_routes {\n        default via 192.168.1.1\n    }\n',
      '9 default via 192.168.1.1 in virtual_routes of',
    ],
    [
      'a rule',
      '    virtual_rules {\n        from 192.168.1.100 table 2\n    }\n',
      '9 from 192.168.1.100 table 2 in virtual_rules of',
    ],
    ['a process', '    track_process {\n        haproxy\n    }\n', '9 haproxy in track_process of'],
    ['a word that nobody knows', '    made_up 7\n', '8 made_up 7 of'],
  ])('is %s', (_, lines, said) => {
    expect(lost(`${INSTANCE}${lines}}\n`)).toEqual([`${said} vrrp_instance VI_1`]);
  });

  it('is the interface of VRRP where it is tracked, for nobody: keepalived does that by itself', () => {
    expect(lost(`${INSTANCE}    track_interface {\n        eth0\n    }\n}\n`)).toEqual([]);
  });

  it('is a second check', () => {
    const scripts = 'vrrp_script one {\n    script /bin/one\n}\nvrrp_script two {\n    script /bin/two\n}\n';
    const of = (names: string): string => `${scripts}${INSTANCE}    track_script {\n${names}    }\n}\n`;
    expect(lost(of('one\ntwo\n'), of('one\n'))).toEqual(['16 check two (/bin/two) of vrrp_instance VI_1']);
  });

  it('is where mails go, once something sends them', () => {
    const globals = 'global_defs {\n    smtp_server 127.0.0.1\n}\n';
    expect(lost(`${globals}${NEW}`)).toEqual([]);
    expect(lost(`${globals}${INSTANCE}    smtp_alert\n}\n`)).toEqual([
      '2 smtp_server 127.0.0.1 of global_defs',
      '11 smtp_alert of vrrp_instance VI_1',
    ]);
  });

  it('never shows a password', () => {
    const old = `${INSTANCE}    authentication {\n        auth_type PASS\n        auth_pass hunter22\n    }\n}\n`;
    expect(lost(old)).toEqual(['8 authentication of vrrp_instance VI_1']);
  });
});

describe('a configuration as keepalived reads it', () => {
  const FILES = {
    files: new Map([
      ['/etc/keepalived/keepalived.conf', ''],
      ['/etc/keepalived/conf.d/10.conf', 'vrrp_instance VI_2 {\n    priority $PRIO\n}\n'],
    ]),
    includes: [{ file: '/etc/keepalived/keepalived.conf', line: 7, paths: ['/etc/keepalived/conf.d/10.conf'] }],
    instance: 'lb2',
  };
  const TEXT = `$VIP=192.168.1.100
$PRIO=77
vrrp_instance VI_1 {
@lb1    priority 150
@^lb1   priority 50
}
include conf.d/*.conf
# include /gone.conf
`;
  const whole = readSources(
    sourcesOf(TEXT, { ...FILES, files: new Map([...FILES.files, ['/etc/keepalived/keepalived.conf', TEXT]]) }),
  );

  it('has its definitions, conditions and includes resolved, each statement with its file and line', () => {
    expect(whole.unresolved).toEqual([]);
    expect(whole.statements).toMatchObject([
      { keyword: 'vrrp_instance', children: [{ keyword: 'priority', args: ['50'], line: 5 }] },
      { args: ['VI_2'], file: '/etc/keepalived/conf.d/10.conf', children: [{ args: ['77'], line: 2 }] },
    ]);
  });

  it('names what keepalived alone can resolve, marks of a merge, and braces that do not close', () => {
    const of = (text: string) => readSources(sourcesOf(text)).unresolved.map(({ line, word }) => `${line} ${word}`);
    expect(of('~SEQ(x, 1, 3) vrrp_instance VI_$x {\n}\nrouter $' + '{UNKNOWN}\n')).toEqual([
      '1 ~SEQ',
      '3 $UNKNOWN',
      '2 syntax',
    ]);
    expect(of('a {\n<<<<<<< HEAD\n b\n=======\n c\n>>>>>>> 0000000\n}\n')).toEqual(['2 merge', '4 merge', '6 merge']);
    expect(of('include $' + '{_RANDOM}.conf\n')).toEqual(['1 $_RANDOM']);
    expect(of('$VIP=192.0.2.10\na {\n $VIP/24\n}\n')).toEqual(['3 $VIP']);
    expect(of('$VIP=192.0.2.10\na {\n $VIP\n $' + '{VIP}/24\n}\n')).toEqual([]);
    expect(of('vrrp_instance X {\n')).toEqual(['1 syntax']);
  });
});
