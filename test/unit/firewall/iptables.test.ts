import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen, ruleOf } from '../../../src/firewall/iptables.ts';
import { type IptablesFact, iptablesPassage, iptablesSubject } from '../../../src/firewall/iptables-table.ts';
import type { Packet } from '../../../src/firewall/passage.ts';
import { type Flow, vrrpFlows } from '../../../src/firewall/vrrp-traffic.ts';
import { KEYS } from '../../fixtures/facts/cases.ts';
import { parseFixture } from '../facts/support.ts';
import { clusterWith } from '../tasks/support.ts';

const IN_PACKET: Packet = { direction: 'in', interface: 'eth0', source: '10.88.87.11', destination: '224.0.0.18' };
const OUT_PACKET: Packet = { direction: 'out', interface: 'eth0', source: null, destination: '224.0.0.18' };
const UNICAST: Packet = { ...IN_PACKET, destination: '10.88.87.12' };

/** A filter table out of lines of iptables-save. */
function rawTable(...lines: string[]): IptablesFact {
  const chains = [...new Set(lines.map((line) => line.split(' ')[1] ?? ''))].map((chain) => `:${chain} - [0:0]`);
  const [fact] = iptablesSubject.parse(['has iptables', '*filter', ...chains, ...lines, 'COMMIT'].join('\n'), [
    'iptables',
  ]);
  if (fact === null || fact === undefined) throw new Error('no table');
  return fact;
}

const IN = '-A INPUT -d 224.0.0.18/32 -i eth0 -p vrrp -j ACCEPT';
const FLOW: Flow = { direction: 'in', interface: 'eth0', address: '224.0.0.18', unicast: false };

function table(...lines: readonly string[]): IptablesFact {
  const own = lines.filter((line) => line.startsWith(':'));
  const chains = own.length > 0 ? own : [':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];
  const rules = lines.filter((line) => !line.startsWith(':'));
  const text = ['has iptables', '*filter', ...chains, ...rules, 'COMMIT', ''].join('\n');
  const fact = iptablesSubject.parse(text, ['iptables'])[0];
  if (fact === undefined || fact === null) throw new Error(text);
  return fact;
}

function rulesOf(fact: IptablesFact | null | undefined): string[] {
  return (fact?.rules ?? []).map(({ chain, words }) => `${chain} ${words.join(' ')}`);
}

describe('the live rules of iptables', () => {
  it('are all there in their order, user chains too', () => {
    const [v4, v6] = parseFixture(iptablesSubject, 'iptables-debian-configured', KEYS.iptables);
    expect(v4?.policy).toEqual({ INPUT: 'ACCEPT', FORWARD: 'DROP', OUTPUT: 'ACCEPT', blocked: '-' });
    expect(rulesOf(v4)).toEqual([
      'INPUT -d 224.0.0.18/32 -i eth0 -p vrrp -j ACCEPT',
      'INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      'INPUT -p tcp -m tcp --dport 22 -m comment --comment "ssh for everyone" -j ACCEPT',
      'INPUT -j blocked',
      'INPUT -j REJECT --reject-with icmp-host-prohibited',
      'OUTPUT -d 224.0.0.18/32 -o eth0 -p vrrp -j ACCEPT',
      'blocked -s 10.0.0.0/8 -j DROP',
      'blocked -j RETURN',
    ]);
    expect(v6).toEqual({ policy: {}, rules: [] });
  });

  it('keep a quoted comment as one word', () => {
    const [v4] = parseFixture(iptablesSubject, 'iptables-debian-configured', KEYS.iptables);
    expect(v4?.rules[2]?.words).toContain('"ssh for everyone"');
    const output = 'has iptables\n*filter\n-A INPUT -m comment --comment "a \\"quoted\\" -j ACCEPT" -j DROP\nCOMMIT\n';
    expect(iptablesSubject.parse(output, ['iptables'])[0]?.rules[0]?.words).toEqual([
      '-m',
      'comment',
      '--comment',
      '"a \\"quoted\\" -j ACCEPT"',
      '-j',
      'DROP',
    ]);
  });

  it('of the legacy backend read the same, for both families', () => {
    const [v4, v6] = parseFixture(iptablesSubject, 'iptables-debian-legacy', KEYS.iptables);
    expect(rulesOf(v4)).toEqual(['INPUT -d 224.0.0.18/32 -i eth0 -p vrrp -j ACCEPT', 'INPUT -j DROP']);
    expect(rulesOf(v6)).toEqual(['INPUT -s 2001:db8::2/128 -i eth0 -p vrrp -j ACCEPT']);
  });

  it('are those of the filter table alone', () => {
    const output =
      'has iptables\n*nat\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n-A INPUT -j LOG\nCOMMIT\n*raw\n-A INPUT -j X\nCOMMIT\n';
    const [v4] = iptablesSubject.parse(output, ['iptables']);
    expect(v4).toEqual({ policy: { INPUT: 'DROP' }, rules: [{ chain: 'INPUT', words: ['-j', 'LOG'] }] });
  });

  it('are empty where no rule was ever set, and null where the command is missing', () => {
    expect(parseFixture(iptablesSubject, 'iptables-debian-blank', KEYS.iptables)[0]).toEqual({ policy: {}, rules: [] });
    expect(iptablesSubject.parse('', KEYS.iptables)).toEqual([null, null]);
    expect(iptablesSubject.parse('has ip6tables\n', KEYS.iptables)).toEqual([null, { policy: {}, rules: [] }]);
  });
});

describe('what VRRP needs', () => {
  const rules = (extra: string): string[] => {
    const cluster = clusterWith(extra);
    const [host] = cluster.hosts;
    return host === undefined ? [] : vrrpFlows(cluster, host).map(ruleOf);
  };

  it('is the group on the interface, in and out', () => {
    expect(rules('advert_int: 1')).toEqual([
      'iptables INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT',
      'iptables OUTPUT -d 224.0.0.18/32 -o eth0 -p 112 -j ACCEPT',
    ]);
  });

  it('is each peer with unicast, and nobody else', () => {
    expect(rules('unicast: true')).toEqual([
      'iptables INPUT -s 192.168.1.11/32 -i eth0 -p 112 -j ACCEPT',
      'iptables OUTPUT -d 192.168.1.11/32 -o eth0 -p 112 -j ACCEPT',
    ]);
  });
});

describe('a way is open', () => {
  it.each([
    ['with the rule first', [IN, '-A INPUT -j DROP']],
    ['with the protocol by number', ['-A INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT']],
    ['after rules for other protocols', ['-A INPUT -p tcp -j DROP', IN]],
    ['after rules for other interfaces', ['-A INPUT -i eth1 -j DROP', IN]],
    [
      'after rules that only accept or log',
      ['-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT', '-A INPUT -j LOG --log-prefix "a -j DROP "', IN],
    ],
    ['after a chain that drops none of it', ['-A INPUT -j mine', IN, '-A mine -p udp -j DROP', '-A mine -j RETURN']],
    ['after chains that call each other', ['-A INPUT -j a', IN, '-A a -j b', '-A b -j a']],
  ])('%s', (_, lines) => {
    expect(isOpen(FLOW, rawTable(...lines))).toBe(true);
  });

  it.each([
    ['without the rule', ['-A INPUT -j ACCEPT']],
    ['with no rules at all', []],
    ['after a drop', ['-A INPUT -j DROP', IN]],
    ['after a reject', ['-A INPUT -i eth0 -j REJECT --reject-with icmp-host-prohibited', IN]],
    ['after a drop of this very protocol', ['-A INPUT -p vrrp -j DROP', IN]],
    ['after a drop of all but another protocol', ['-A INPUT ! -p tcp -j DROP', IN]],
    ['after a drop on all but another interface', ['-A INPUT ! -i eth1 -j DROP', IN]],
    ['after a drop on a pattern of interfaces', ['-A INPUT -i eth+ -j DROP', IN]],
    ['after a chain that drops', ['-A INPUT -j mine', IN, '-A mine -s 10.0.0.0/8 -j DROP']],
    ['after a chain that goes to one that drops', ['-A INPUT -g a', IN, '-A a -j b', '-A b -j REJECT']],
    ['after a queue that may drop', ['-A INPUT -j NFQUEUE --queue-num 0', IN]],
    ['after a drop whose comment says ACCEPT', ['-A INPUT -m comment --comment "please -j ACCEPT" -j DROP', IN]],
    ['with a rule for another interface', ['-A INPUT -d 224.0.0.18/32 -i eth1 -p vrrp -j ACCEPT']],
    ['with a rule that has one more condition', ['-A INPUT -s 10.0.0.1/32 -d 224.0.0.18/32 -i eth0 -p vrrp -j ACCEPT']],
    ['with the rule in another chain', ['-A FORWARD -d 224.0.0.18/32 -i eth0 -p vrrp -j ACCEPT']],
  ])('not %s', (_, lines) => {
    expect(isOpen(FLOW, rawTable(...lines))).toBe(false);
  });

  it('only where a packet walked through the rules is let in', () => {
    const match = fc.constantFrom(
      '',
      '-p tcp ',
      '-p udp ',
      '-p vrrp ',
      '-i eth0 ',
      '-i eth1 ',
      '-i eth+ ',
      '! -i eth1 ',
      '-i eth0 -p tcp ',
      '! -p tcp ',
    );
    const rule = (chain: string): fc.Arbitrary<string> =>
      fc
        .tuple(match, fc.constantFrom('ACCEPT', 'DROP', 'REJECT', 'LOG', 'RETURN', 'a', 'b'))
        .map(([words, target]) => `-A ${chain} ${words}-j ${target}`);
    const chain = (name: string): fc.Arbitrary<string[]> => fc.array(rule(name), { maxLength: 4 });
    const input = fc.tuple(chain('INPUT'), chain('INPUT')).map(([before, after]) => [...before, IN, ...after]);
    fc.assert(
      fc.property(input, chain('a'), chain('b'), (first, a, b) => {
        const fact = rawTable(...first, ...a, ...b);
        const full = { ...fact, policy: { ...fact.policy, a: '-', b: '-' } };
        // A packet cannot leave a circle of chains; the kernel refuses such a table.
        fc.pre(![...a].some((line) => /-j (a|b)$/.test(line)) || !b.some((line) => /-j (a|b)$/.test(line)));
        fc.pre(!a.some((line) => line.endsWith('-j a')) && !b.some((line) => line.endsWith('-j b')));
        if (isOpen(FLOW, full)) expect(walk(full, 'INPUT') ?? 'DROP').toBe('ACCEPT');
      }),
      { numRuns: 2000 },
    );
  });

  it('always when the rule comes first, and never when it is not there', () => {
    const other = fc.constantFrom(
      '-A INPUT -j DROP',
      '-A INPUT -p tcp -j ACCEPT',
      '-A INPUT -i eth0 -j LOG',
      '-A INPUT -j ACCEPT',
    );
    fc.assert(
      fc.property(fc.array(other, { maxLength: 6 }), (lines) => {
        expect(isOpen(FLOW, rawTable(IN, ...lines))).toBe(true);
        expect(isOpen(FLOW, rawTable(...lines))).toBe(false);
      }),
    );
  });
});

/** What becomes of a VRRP packet to the group on eth0; undefined where the chain ends. */
function walk(fact: IptablesFact, chain: string): 'ACCEPT' | 'DROP' | undefined {
  for (const { words } of fact.rules.filter((rule) => rule.chain === chain)) {
    const line = words.join(' ');
    const wrong =
      /(^| )-p (tcp|udp)/.test(line.replace('! -p tcp', '')) || /(^| )-i eth1/.test(line.replace('! -i eth1', ''));
    if (wrong) continue;
    const target = words[words.indexOf('-j') + 1] ?? '';
    if (target === 'ACCEPT') return 'ACCEPT';
    if (target === 'DROP' || target === 'REJECT') return 'DROP';
    if (target === 'RETURN') return undefined;
    if (target === 'LOG') continue;
    const inner = walk(fact, target);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

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
    expect(iptablesPassage(table(...rules), IN_PACKET).verdict).toBe(verdict);
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
    expect(iptablesPassage(table(...through), IN_PACKET)).toEqual({
      verdict: 'accept',
      by: '-A other -p 112 -j ACCEPT',
    });
    const gone = [...rules, '-A INPUT -g mine', '-A INPUT -j ACCEPT', '-A mine -p tcp -j DROP'];
    expect(iptablesPassage(table(...gone), IN_PACKET)).toEqual({ verdict: 'drop', by: 'policy DROP of INPUT' });
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
    expect(iptablesPassage(table(...ufw), IN_PACKET).verdict).toBe('drop');
    const open = [...ufw, '-A ufw-user-input -s 10.88.87.11/32 -d 224.0.0.18/32 -p vrrp -j ACCEPT'];
    expect(iptablesPassage(table(...open), IN_PACKET).verdict).toBe('accept');
  });

  it('depends on a way out of the chain that cannot be judged', () => {
    const rules = [':INPUT DROP [0:0]', '-A INPUT -m limit --limit 5/sec -j RETURN', '-A INPUT -p vrrp -j ACCEPT'];
    expect(iptablesPassage(table(...rules), IN_PACKET)).toEqual({ verdict: 'unsure', by: 'policy DROP of INPUT' });
    const open = rules.map((line) => line.replace('INPUT DROP', 'INPUT ACCEPT'));
    expect(iptablesPassage(table(...open), IN_PACKET).verdict).toBe('accept');
  });

  it('ends in a drop where every way leads to one', () => {
    const rules = table('-A INPUT -m limit --limit 5/sec -j DROP', '-A INPUT -j REJECT');
    expect(iptablesPassage(rules, IN_PACKET).verdict).toBe('drop');
  });

  it('of unicast is local on its way in, and of multicast is not', () => {
    const rules = table('-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT', '-A INPUT -j DROP');
    expect(iptablesPassage(rules, UNICAST).verdict).toBe('accept');
    expect(iptablesPassage(rules, IN_PACKET).verdict).toBe('drop');
  });

  it('is judged outwards by OUTPUT, and for unicast by the peers', () => {
    expect(iptablesPassage(table('-A OUTPUT -p vrrp -j DROP'), OUT_PACKET)).toEqual({
      verdict: 'drop',
      by: '-A OUTPUT -p vrrp -j DROP',
    });
    expect(iptablesPassage(table('-A OUTPUT -p vrrp -j DROP'), IN_PACKET).verdict).toBe('accept');
    const rules = table('-A INPUT -d 224.0.0.18/32 -p vrrp -j ACCEPT', '-A INPUT -j DROP');
    expect(iptablesPassage(rules, UNICAST).verdict).toBe('drop');
  });

  it('never ends in an accept by a rule that is for another protocol', () => {
    const protocol = fc.constantFrom('tcp', 'udp', 'icmp', '6', '17', 'esp');
    fc.assert(
      fc.property(fc.array(protocol, { maxLength: 6 }), (protocols) => {
        const rules = protocols.map((one) => `-A INPUT -p ${one} -j ACCEPT`);
        return iptablesPassage(table(...rules, '-A INPUT -j DROP'), IN_PACKET).verdict === 'drop';
      }),
    );
  });

  it("is judged as real hosts' iptables-save tells it: without haprov's rule the advert would be dropped", () => {
    for (const state of ['debian-configured', 'debian-legacy']) {
      const text = readFileSync(new URL(`../../fixtures/facts/iptables-${state}.txt`, import.meta.url), 'utf8');
      const verdictOf = (output: string) => {
        const [fact] = iptablesSubject.parse(output, ['iptables']);
        return fact === undefined || fact === null ? 'none' : iptablesPassage(fact, IN_PACKET).verdict;
      };
      expect(verdictOf(text)).toBe('accept');
      expect(verdictOf(text.replace(/^-A INPUT .* -p vrrp .*$/m, ''))).toBe('drop');
    }
  });
});
