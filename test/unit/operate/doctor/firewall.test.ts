import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IptablesFact, iptablesSubject } from '../../../../src/facts/network/iptables.ts';
import { type NftTable, nftablesSubject } from '../../../../src/facts/network/nftables.ts';
import { type Firewalls, judgeFirewall } from '../../../../src/operate/doctor/checks/firewall.ts';
import { iptablesPassage } from '../../../../src/operate/doctor/firewall/iptables.ts';
import { nftPassage } from '../../../../src/operate/doctor/firewall/nft.ts';
import type { Packet } from '../../../../src/operate/doctor/firewall/passage.ts';
import { caseOf, pair, running } from './support.ts';

const IN: Packet = { direction: 'in', interface: 'eth0', source: '10.88.87.11', destination: '224.0.0.18' };
const OUT: Packet = { direction: 'out', interface: 'eth0', source: null, destination: '224.0.0.18' };
const UNICAST: Packet = { ...IN, destination: '10.88.87.12' };

function table(...lines: readonly string[]): IptablesFact {
  const own = lines.filter((line) => line.startsWith(':'));
  const chains = own.length > 0 ? own : [':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];
  const rules = lines.filter((line) => !line.startsWith(':'));
  const text = ['has iptables', '*filter', ...chains, ...rules, 'COMMIT', ''].join('\n');
  const fact = iptablesSubject.parse(text, ['iptables'])[0];
  if (fact === undefined || fact === null) throw new Error(text);
  return fact;
}

function nft(text: string): readonly NftTable[] {
  return nftablesSubject.parse(`nft\n${text}`, ['tables'])[0] ?? [];
}

const chain = (hook: string, policy: string, ...rules: readonly string[]): string =>
  `table inet mine {\n\tchain c {\n\t\ttype filter hook ${hook} priority filter; policy ${policy};\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}`;

describe('the way of an advert through iptables', () => {
  it.each([
    ['no rules', [], 'accept'],
    ['a policy of drop', [':INPUT DROP [0:0]', ':OUTPUT ACCEPT [0:0]'], 'drop'],
    ['a REJECT for all', ['-A INPUT -j REJECT --reject-with icmp-host-prohibited'], 'drop'],
    ['an ACCEPT before the REJECT', ['-A INPUT -p vrrp -j ACCEPT', '-A INPUT -j REJECT'], 'accept'],
    ['an ACCEPT after the REJECT', ['-A INPUT -j REJECT', '-A INPUT -p vrrp -j ACCEPT'], 'drop'],
    ['an ACCEPT for the peer', ['-A INPUT -s 10.88.87.11/32 -p 112 -j ACCEPT', '-A INPUT -j DROP'], 'accept'],
    ['an ACCEPT for somebody else', ['-A INPUT -s 10.88.87.77/32 -p 112 -j ACCEPT', '-A INPUT -j DROP'], 'drop'],
    ['an ACCEPT for the group', ['-A INPUT -d 224.0.0.0/4 -j ACCEPT', '-A INPUT -j DROP'], 'accept'],
    ['an ACCEPT on another interface', ['-A INPUT -i eth1 -p vrrp -j ACCEPT', '-A INPUT -j DROP'], 'drop'],
    ['an ACCEPT on any eth', ['-A INPUT -i eth+ -p vrrp -j ACCEPT', '-A INPUT -j DROP'], 'accept'],
    ['an ACCEPT on all but lo', ['-A INPUT ! -i lo -p vrrp -j ACCEPT', '-A INPUT -j DROP'], 'accept'],
    ['drops of TCP alone', ['-A INPUT -p tcp -m tcp --dport 22 -j DROP', '-A INPUT -p udp -j DROP'], 'accept'],
    [
      'what is established alone',
      ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', '-A INPUT -j DROP'],
      'drop',
    ],
    ['what is invalid', ['-A INPUT -m conntrack --ctstate INVALID -j DROP'], 'accept'],
    ['a comment that says ACCEPT', ['-A INPUT -m comment --comment "no -j ACCEPT" -j DROP'], 'drop'],
    ['a limit', ['-A INPUT -m limit --limit 5/sec -j DROP'], 'unsure'],
    ['an ACCEPT that depends', ['-A INPUT -m set --match-set peers src -j ACCEPT', '-A INPUT -j DROP'], 'unsure'],
    ['a queue', ['-A INPUT -j NFQUEUE --queue-num 1'], 'unsure'],
    ['a log', ['-A INPUT -j LOG --log-prefix "-j DROP "'], 'accept'],
  ] as const)('%s', (_, rules, verdict) => {
    expect(iptablesPassage(table(...rules), IN).verdict).toBe(verdict);
  });

  it('goes through chains, back out of them, and on', () => {
    const rules = [':INPUT DROP [0:0]', ':OUTPUT ACCEPT [0:0]', ':mine - [0:0]', ':other - [0:0]'];
    const through = [
      ...rules,
      '-A INPUT -j mine',
      '-A INPUT -j other',
      '-A mine -p tcp -j DROP',
      '-A mine -j RETURN',
      '-A other -p 112 -j ACCEPT',
    ];
    expect(iptablesPassage(table(...through), IN)).toEqual({ verdict: 'accept', by: '-A other -p 112 -j ACCEPT' });
    const gone = [...rules, '-A INPUT -g mine', '-A INPUT -j ACCEPT', '-A mine -p tcp -j DROP'];
    expect(iptablesPassage(table(...gone), IN)).toEqual({ verdict: 'drop', by: 'policy DROP of INPUT' });
  });

  it("passes ufw's own rules only where somebody let it in", () => {
    const ufw = [
      ':INPUT DROP [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':ufw-before-input - [0:0]',
      ':ufw-not-local - [0:0]',
      ':ufw-user-input - [0:0]',
      '-A INPUT -j ufw-before-input',
      '-A ufw-before-input -i lo -j ACCEPT',
      '-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A ufw-before-input -j ufw-not-local',
      '-A ufw-before-input -j ufw-user-input',
      '-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN',
      '-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN',
      '-A ufw-not-local -j DROP',
    ];
    expect(iptablesPassage(table(...ufw), IN).verdict).toBe('drop');
    const open = [...ufw, '-A ufw-user-input -s 10.88.87.11/32 -d 224.0.0.18/32 -p vrrp -j ACCEPT'];
    expect(iptablesPassage(table(...open), IN).verdict).toBe('accept');
  });

  it('is judged outwards by OUTPUT, and for unicast by the peers', () => {
    expect(iptablesPassage(table('-A OUTPUT -p vrrp -j DROP'), OUT)).toEqual({
      verdict: 'drop',
      by: '-A OUTPUT -p vrrp -j DROP',
    });
    expect(iptablesPassage(table('-A OUTPUT -p vrrp -j DROP'), IN).verdict).toBe('accept');
    const rules = table('-A INPUT -d 224.0.0.18/32 -p vrrp -j ACCEPT', '-A INPUT -j DROP');
    expect(iptablesPassage(rules, UNICAST).verdict).toBe('drop');
  });

  it('never ends in an accept by a rule that is for another protocol', () => {
    const protocol = fc.constantFrom('tcp', 'udp', 'icmp', '6', '17', 'esp');
    fc.assert(
      fc.property(fc.array(protocol, { maxLength: 6 }), (protocols) => {
        const rules = protocols.map((one) => `-A INPUT -p ${one} -j ACCEPT`);
        return iptablesPassage(table(...rules, '-A INPUT -j DROP'), IN).verdict === 'drop';
      }),
    );
  });
});

describe('the way of an advert through nft', () => {
  it.each([
    ['no table', '', 'accept'],
    ['a policy of drop', chain('input', 'drop'), 'drop'],
    ['protocol 112', chain('input', 'drop', 'meta l4proto vrrp accept'), 'accept'],
    ['by number', chain('input', 'drop', 'meta l4proto 112 counter packets 3 bytes 120 accept'), 'accept'],
    ['by the header', chain('input', 'drop', 'ip protocol { icmp, vrrp } accept'), 'accept'],
    ['for the group', chain('input', 'drop', 'iifname "eth0" ip daddr 224.0.0.18 accept'), 'accept'],
    ['for another peer', chain('input', 'drop', 'ip saddr 10.88.87.77 meta l4proto 112 accept'), 'drop'],
    ['for a network of peers', chain('input', 'drop', 'ip saddr { 10.88.87.0/24, 192.0.2.1 } accept'), 'accept'],
    ['what is established', chain('input', 'drop', 'ct state established,related accept'), 'drop'],
    ['a drop of all but lo', chain('input', 'accept', 'iifname != "lo" drop'), 'drop'],
    ['a drop of ports', chain('input', 'accept', 'tcp dport { 22, 80 } drop', 'udp dport 53 reject'), 'accept'],
    ['a comment', chain('input', 'accept', 'tcp dport 22 accept comment "drop the rest"'), 'accept'],
    ['a limit', chain('input', 'accept', 'limit rate 5/second drop'), 'unsure'],
    ['another hook', chain('forward', 'drop'), 'accept'],
    ['a verdict map', chain('input', 'drop', 'iifname vmap { "lo" : accept, "eth0" : jump in }'), 'unsure'],
  ] as const)('%s', (_, text, verdict) => {
    expect(nftPassage(nft(text), IN).verdict).toBe(verdict);
  });

  it('has to pass every table, and is told which one stops it', () => {
    const text = `${chain('input', 'accept')}\n${chain('input', 'drop').replace('mine', 'other')}`;
    expect(nftPassage(nft(text), IN)).toEqual({ verdict: 'drop', by: 'table inet other: policy DROP of c' });
  });
});

describe('firewalls of a pair', () => {
  const open: Firewalls = {
    kind: { ufw: false, iptables: true, nftDrops: false },
    firewalld: new Map([['eth0', null]]),
    iptables: table(),
    ip6tables: null,
    nft: null,
    running: running('backup', { state: 'MASTER', master: null }),
  };

  it('that let adverts pass are well', () => {
    expect(judgeFirewall(caseOf({ d1: open, d2: open })).map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('that drop are told with the rule, whom it hurts, and what apply would do', () => {
    const closed = { ...open, iptables: table('-A INPUT -p vrrp -j DROP') };
    expect(judgeFirewall(caseOf({ d1: open, d2: closed }))[1]).toMatchObject({
      host: 'd2',
      status: 'fail',
      mends: true,
      evidence: 'protocol 112 from d1 is dropped by iptables: -A INPUT -p vrrp -j DROP',
      why: 'd2 hears no adverts: it takes the VIP that another host holds',
    });
  });

  it('that drop while adverts come in all the same are warned of: it is luck', () => {
    const lucky = { ...open, iptables: table('-A INPUT -p vrrp -j DROP'), running: running('backup') };
    expect(judgeFirewall(caseOf({ d1: open, d2: lucky }))[1]).toMatchObject({ status: 'warn' });
  });

  it('of firewalld have to let VRRP in, now and after a reload', () => {
    const zone = (runtime: boolean, permanent: boolean) => ({
      ...open,
      firewalld: new Map([['eth0', { zone: 'public', runtime, permanent }]]),
    });
    const judge = (facts: Firewalls) => judgeFirewall(caseOf({ d1: open, d2: facts }))[1];
    expect(judge(zone(true, true))).toMatchObject({ status: 'ok', evidence: expect.stringContaining('zone public') });
    expect(judge(zone(true, false))).toMatchObject({ status: 'warn' });
    expect(judge(zone(false, true))).toMatchObject({ status: 'fail', evidence: expect.stringContaining('firewalld') });
  });

  it('are judged for each peer where the cluster speaks unicast', () => {
    const cluster = pair('unicast: true');
    const closed = { ...open, iptables: table('-A INPUT -s 10.88.87.11/32 -j DROP') };
    expect(judgeFirewall(caseOf({ d1: open, d2: closed }, cluster))[1]).toMatchObject({
      status: 'fail',
      evidence: expect.stringContaining('from 10.88.87.11'),
    });
  });

  it("are read as real hosts' iptables-save tells them: without haprov's rule the advert would be dropped", () => {
    for (const state of ['debian-configured', 'debian-legacy']) {
      const text = readFileSync(new URL(`../../../fixtures/facts/iptables-${state}.txt`, import.meta.url), 'utf8');
      const verdictOf = (output: string) => {
        const [fact] = iptablesSubject.parse(output, ['iptables']);
        return fact === undefined || fact === null ? 'none' : iptablesPassage(fact, IN).verdict;
      };
      expect(verdictOf(text)).toBe('accept');
      expect(verdictOf(text.replace(/^-A INPUT .* -p vrrp .*$/m, ''))).toBe('drop');
    }
  });

  it("are read as a real host's nft tells them", () => {
    const file = new URL('../../../fixtures/facts/firewall-kind-debian-nftables.txt', import.meta.url);
    const [tables] = nftablesSubject.parse(`nft\n${readFileSync(file, 'utf8')}`, ['tables']);
    expect(nftPassage(tables ?? [], IN).verdict).toBe('drop');
  });
});
