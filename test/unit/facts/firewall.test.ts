import { describe, expect, it } from 'vitest';
import { firewalldSubject, firewallKindSubject } from '../../../src/facts/network/firewall.ts';
import { type IptablesFact, iptablesSubject } from '../../../src/facts/network/iptables.ts';
import { dropsNatively } from '../../../src/facts/network/nft-drops.ts';
import { KEYS } from '../../fixtures/facts/cases.ts';
import { parseFixture } from './support.ts';

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

describe('the firewall in force', () => {
  it.each([
    ['firewall-kind-debian-blank', { ufw: false, iptables: true, nftDrops: false }],
    ['firewall-kind-debian-configured', { ufw: false, iptables: true, nftDrops: false }],
    ['firewall-kind-debian-legacy', { ufw: false, iptables: true, nftDrops: false }],
    ['firewall-kind-debian-ufw', { ufw: true, iptables: true, nftDrops: false }],
    ['firewall-kind-debian-nftables', { ufw: false, iptables: true, nftDrops: true }],
    ['firewall-kind-debian-fail2ban', { ufw: false, iptables: true, nftDrops: false }],
    ['firewall-kind-rocky-configured', { ufw: false, iptables: true, nftDrops: false }],
  ])('on the host of %s is told', (file, expected) => {
    expect(parseFixture(firewallKindSubject, file, ['kind'])).toEqual([expected]);
  });
});

describe('native nft rules', () => {
  const table = (...chains: string[]): string[] => [
    'table inet mine {',
    ...chains.flatMap((chain) => chain.split('\n')),
    '}',
  ];
  const input = 'chain input {\ntype filter hook input priority filter; policy accept;';

  it.each([
    ['a drop in the input chain', table(`${input}\ncounter drop\n}`)],
    ['a policy of drop', table('chain in {\ntype filter hook input priority 0; policy drop;\n}')],
    [
      'a drop on the way out',
      table('chain out {\ntype filter hook output priority 0; policy accept;\nip daddr 224.0.0.0/4 reject\n}'),
    ],
    [
      'a drop before routing',
      table('chain pre {\ntype filter hook prerouting priority raw; policy accept;\niif eth0 drop\n}'),
    ],
    [
      'a drop in a chain that input jumps to',
      table(`${input}\njump more\n}`, 'chain more {\ngoto last\n}', 'chain last {\ndrop\n}'),
    ],
    ['a verdict map', table(`${input}\nct state vmap { invalid : drop, established : accept }\n}`)],
    ['a drop of every protocol but one', table(`${input}\nmeta l4proto != tcp drop\n}`)],
  ])('may drop VRRP by %s', (_, lines) => {
    expect(dropsNatively(lines)).toBe(true);
  });

  it.each([
    ['a drop of tcp', table(`${input}\ntcp dport 23 drop\n}`)],
    ['a reject of icmp', table(`${input}\nip protocol icmp reject\n}`)],
    ['a drop of what is forwarded', table('chain fwd {\ntype filter hook forward priority 0; policy drop;\ndrop\n}')],
    [
      'a drop in a chain that tcp alone is sent to',
      table(`${input}\ntcp dport 22 jump ssh\n}`, 'chain ssh {\ndrop\n}'),
    ],
    ['a chain that nobody jumps to', table(`${input}\naccept\n}`, 'chain unused {\ndrop\n}')],
    ['chains that jump in a circle', table(`${input}\njump a\n}`, 'chain a {\njump b\n}', 'chain b {\njump a\n}')],
    ['a set with a name like drop', table('set drop_list {\ntype ipv4_addr\n}', `${input}\naccept\n}`)],
    ['no rules at all', ['']],
    [
      'the tables of iptables',
      ['table ip filter {', 'chain INPUT {', 'type filter hook input priority 0; policy drop;', '}', '}'],
    ],
  ])('do not drop VRRP by %s', (_, lines) => {
    expect(dropsNatively(lines)).toBe(false);
  });
});

describe('firewalld', () => {
  it('tells zone, run time and permanent state of each interface', () => {
    expect(parseFixture(firewalldSubject, 'firewalld-rocky-configured', KEYS.interfaces)).toEqual([
      { zone: 'public', runtime: true, permanent: true },
      { zone: 'trusted', runtime: false, permanent: false },
      { zone: 'public', runtime: true, permanent: true },
    ]);
  });

  it('is null where it does not run', () => {
    expect(parseFixture(firewalldSubject, 'firewalld-debian-blank', KEYS.interfaces)).toEqual([null, null, null]);
  });
});
