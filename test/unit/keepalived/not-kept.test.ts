import { describe, expect, it } from 'vitest';
import { notKept } from '../../../src/keepalived/not-kept.ts';
import { parseKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { HEADER } from '../../../src/keepalived/render.ts';

const NEXT = `global_defs {
  router_id lb1
}
vrrp_script check_nginx {
  script "/usr/libexec/keepalived/haprov-check-nginx"
}
vrrp_instance WEB {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress {
    192.0.2.10/24
  }
  track_script {
    check_nginx
  }
  notify /usr/libexec/keepalived/haprov-notify
}
`;

/** A file set up by hand, of one instance with this and that in it, and what stands beside it. */
const byHand = (inside = '', beside = '', address = '192.0.2.10/24'): string => `vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 120
  virtual_ipaddress {
    ${address}
  }
${inside}}
${beside}`;

const lost = (old: string, next = NEXT, notifies = false): string[] =>
  notKept(old, parseKeepalivedConf(old), { statements: parseKeepalivedConf(next), notifies }).map(
    ({ line, keyword, what }) => `${line} ${keyword}: ${what}`,
  );

describe('of a keepalived.conf set up by hand', () => {
  it('nothing is lost to one with the same VIP under another name', () => {
    expect(lost(byHand())).toEqual([]);
    expect(lost(byHand('  track_script {\n    chk_nginx\n  }\n', 'vrrp_script chk_nginx {\n}\n'))).toEqual([]);
  });

  it.each([
    ['LVS', byHand('', 'virtual_server 192.0.2.10 443 {\n}\n'), '10 virtual_server: virtual_server 192.0.2.10 443'],
    [
      'an include',
      byHand('', 'include /etc/keepalived/conf.d/*.conf\n'),
      '10 include: include /etc/keepalived/conf.d/*.conf',
    ],
    [
      'an instance',
      byHand(
        '',
        'vrrp_instance VI_2 {\n  interface eth1\n  virtual_router_id 52\n  virtual_ipaddress {\n    10.0.0.9\n  }\n}\n',
      ),
      '10 vrrp_instance: vrrp_instance VI_2',
    ],
    [
      'an address',
      byHand('', '', '192.0.2.10/24\n    192.0.2.11/24'),
      '8 virtual_ipaddress: 192.0.2.11 of vrrp_instance VI_1',
    ],
    [
      'an address outside the adverts',
      byHand('  virtual_ipaddress_excluded {\n    192.0.2.21/32 dev eth1\n  }\n'),
      '10 virtual_ipaddress_excluded: 192.0.2.21 of vrrp_instance VI_1',
    ],
    [
      'a tracked interface',
      byHand('  track_interface {\n    eth1\n  }\n'),
      '9 track_interface: track_interface of vrrp_instance VI_1',
    ],
    [
      'a second check',
      byHand('  track_script {\n    chk_nginx\n    chk_db\n  }\n'),
      '11 track_script: track_script chk_db of vrrp_instance VI_1',
    ],
    [
      'a route',
      byHand('  virtual_routes {\n    default via 192.0.2.1\n  }\n'),
      '9 virtual_routes: virtual_routes of vrrp_instance VI_1',
    ],
    [
      'a notify script',
      byHand('  notify_master /root/up.sh\n'),
      '9 notify_master: notify_master /root/up.sh of vrrp_instance VI_1',
    ],
    ['not preempting', byHand('  nopreempt\n'), '9 nopreempt: nopreempt of vrrp_instance VI_1'],
    [
      'a sync group',
      byHand('', 'vrrp_sync_group G {\n  group {\n    VI_1\n  }\n}\n'),
      '10 vrrp_sync_group: vrrp_sync_group G',
    ],
    ['a global setting', byHand('', 'global_defs {\n  router_id x\n  vrrp_strict\n}\n'), '12 vrrp_strict: vrrp_strict'],
    ['mails', byHand('', 'global_defs {\n  smtp_server 127.0.0.1\n}\n'), '11 smtp_server: smtp_server 127.0.0.1'],
    ['what one host alone has', byHand('  @lb1 nopreempt\n'), '9 nopreempt: nopreempt of vrrp_instance VI_1'],
    [
      'an address by a definition',
      byHand('', '', '$VIP/24').replace(/^/, '$VIP=192.0.2.99\n'),
      '8 virtual_ipaddress: 192.0.2.99 of vrrp_instance VI_1',
    ],
  ])('%s is named by its line', (_, old, said) => {
    expect(lost(old)).toEqual([said]);
  });

  it('what the new one has as well is kept: scripts of one’s own, LVS in a fragment, a group by its new names', () => {
    expect(lost(byHand('  notify_master /root/up.sh\n'), NEXT, true)).toEqual([]);
    expect(
      lost(byHand('', 'virtual_server 192.0.2.10 443 {\n}\n'), `${NEXT}virtual_server 192.0.2.10 443 {\n}\n`),
    ).toEqual([]);
    const group = (member: string) => `vrrp_sync_group G {\n  group {\n    ${member}\n  }\n}\n`;
    expect(lost(byHand('', group('VI_1')), `${NEXT}${group('WEB')}`)).toEqual([]);
    expect(lost(byHand('', '', '$VIP/24').replace(/^/, '$VIP=192.0.2.10\n'))).toEqual([]);
  });
});

describe('of a keepalived.conf that haprov wrote', () => {
  const own = (beside: string): string => `${HEADER}\n${byHand('  nopreempt\n', beside, '192.0.2.11/24')}`;

  it('what the inventory says no more goes', () => {
    expect(lost(own(''))).toEqual([]);
  });

  it('a block that haprov never writes is named', () => {
    expect(lost(own('virtual_server 192.0.2.11 80 {\n}\n'))).toEqual([
      '12 virtual_server: virtual_server 192.0.2.11 80',
    ]);
  });
});
