import { describe, expect, it } from 'vitest';
import { inspectZones } from '../../../../src/firewall/firewalld.ts';
import { inspectTables } from '../../../../src/firewall/iptables.ts';
import { type IptablesFact, iptablesSubject } from '../../../../src/firewall/iptables-table.ts';
import { inspectNft } from '../../../../src/firewall/nftables.ts';
import { nativeTables } from '../../../../src/firewall/registry.ts';
import { inspectUfw } from '../../../../src/firewall/ufw.ts';
import { type Firewalls, judgeFirewall } from '../../../../src/operate/doctor/checks/firewall.ts';
import { caseOf, pair, running } from './support.ts';

function table(...lines: readonly string[]): IptablesFact {
  const own = lines.filter((line) => line.startsWith(':'));
  const chains = own.length > 0 ? own : [':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];
  const rules = lines.filter((line) => !line.startsWith(':'));
  const text = ['has iptables', '*filter', ...chains, ...rules, 'COMMIT', ''].join('\n');
  const fact = iptablesSubject.parse(text, ['iptables'])[0];
  if (fact === undefined || fact === null) throw new Error(text);
  return fact;
}

describe('firewalls of a pair', () => {
  const open: Firewalls = {
    inspections: [inspectTables({ iptables: table(), ip6tables: null })],
    running: running('backup', { state: 'MASTER', master: null }),
  };

  it('that let adverts pass are well', () => {
    expect(judgeFirewall(caseOf({ d1: open, d2: open })).map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('that drop are told with the rule, whom it hurts, and what apply would do', () => {
    const closed = {
      ...open,
      inspections: [inspectTables({ iptables: table('-A INPUT -p vrrp -j DROP'), ip6tables: null })],
    };
    expect(judgeFirewall(caseOf({ d1: open, d2: closed }))[1]).toMatchObject({
      host: 'd2',
      status: 'fail',
      mends: true,
      evidence: 'protocol 112 from d1 is dropped by iptables: -A INPUT -p vrrp -j DROP',
      why: 'd2 hears no adverts: it takes the VIP that another host holds',
    });
  });

  it('of ufw are named as such, open or closed', () => {
    const ufw = (...lines: string[]): Firewalls => {
      const tables = inspectTables({ iptables: table(...lines), ip6tables: null });
      return { ...open, inspections: [inspectUfw(true, tables), tables] };
    };
    const judge = (facts: Firewalls) => judgeFirewall(caseOf({ d1: open, d2: facts }))[1];
    expect(judge(ufw())).toMatchObject({ status: 'ok', evidence: 'protocol 112 may pass: ufw' });
    expect(judge(ufw('-A INPUT -p vrrp -j DROP'))).toMatchObject({
      evidence: 'protocol 112 from d1 is dropped by ufw: -A INPUT -p vrrp -j DROP',
      fix: 'haprov apply lets VRRP through, ahead of the rules of ufw',
    });
  });

  it('are told by what drops for certain, not by what may drop before it', () => {
    const native = nativeTables.parse(
      'nft\n'.concat(
        'table inet mine {\nchain c {\ntype filter hook input priority 0; policy accept;\nlimit rate 5/second drop\n}\n}',
      ),
      ['tables'],
    );
    const tables = inspectTables({ iptables: table('-A INPUT -p vrrp -j DROP'), ip6tables: null });
    const both = { ...open, inspections: [inspectNft(native[0] ?? null), tables] };
    expect(judgeFirewall(caseOf({ d1: open, d2: both }))[1]).toMatchObject({
      status: 'fail',
      evidence: expect.stringContaining('by iptables'),
    });
  });

  it('that drop while adverts come in all the same are warned of: it is luck', () => {
    const lucky = {
      ...open,
      inspections: [inspectTables({ iptables: table('-A INPUT -p vrrp -j DROP'), ip6tables: null })],
      running: running('backup'),
    };
    expect(judgeFirewall(caseOf({ d1: open, d2: lucky }))[1]).toMatchObject({ status: 'warn' });
  });

  it('of firewalld have to let VRRP in, now and after a reload', () => {
    const zone = (runtime: boolean, permanent: boolean) => ({
      ...open,
      inspections: [inspectZones(new Map([['eth0', { zone: 'public', runtime, permanent }]])), ...open.inspections],
    });
    const judge = (facts: Firewalls) => judgeFirewall(caseOf({ d1: open, d2: facts }))[1];
    expect(judge(zone(true, true))).toMatchObject({ status: 'ok', evidence: expect.stringContaining('zone public') });
    expect(judge(zone(true, false))).toMatchObject({ status: 'warn' });
    expect(judge(zone(false, true))).toMatchObject({ status: 'fail', evidence: expect.stringContaining('firewalld') });
  });

  it('are judged for each peer where the cluster speaks unicast', () => {
    const cluster = pair('unicast: true');
    const closed = {
      ...open,
      inspections: [inspectTables({ iptables: table('-A INPUT -s 10.88.87.11/32 -j DROP'), ip6tables: null })],
    };
    expect(judgeFirewall(caseOf({ d1: open, d2: closed }, cluster))[1]).toMatchObject({
      status: 'fail',
      evidence: expect.stringContaining('from 10.88.87.11'),
    });
  });
});
