import { describe, expect, it } from 'vitest';
import { mayDrop, type NftTable, nftPassage } from '../../../src/firewall/nftables.ts';
import type { Packet } from '../../../src/firewall/passage.ts';
import { nativeTables } from '../../../src/firewall/registry.ts';
import { KEYS, kept } from '../../fixtures/doctor/questions.ts';
import { parseFixture } from '../facts/support.ts';

const IN: Packet = { direction: 'in', interface: 'eth0', source: '10.88.87.11', destination: '224.0.0.18' };

function nft(text: string): readonly NftTable[] {
  return nativeTables.parse(`nft\n${text}`, ['tables'])[0] ?? [];
}

const dropsNatively = (lines: readonly string[]): boolean => nft(lines.join('\n')).some(mayDrop);

const chain = (hook: string, policy: string, ...rules: readonly string[]): string =>
  `table inet mine {\n\tchain c {\n\t\ttype filter hook ${hook} priority filter; policy ${policy};\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}`;

describe('nft tables', () => {
  it('are those that neither iptables nor firewalld nor keepalived keep', () => {
    const output = `nft
table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
}
table inet mine {
	chain input {
		type filter hook input priority filter; policy drop;
		tcp dport 22 accept
		jump vrrp
	}
	chain vrrp {
		meta l4proto 112 accept
	}
}
table inet keepalived {
	chain in {
		type filter hook input priority filter; policy accept;
	}
}`;
    expect(nativeTables.parse(output, ['tables'])).toEqual([
      [
        {
          family: 'inet',
          name: 'mine',
          chains: [
            { name: 'input', hook: 'input', policy: 'drop', rules: ['tcp dport 22 accept', 'jump vrrp'] },
            { name: 'vrrp', hook: null, policy: 'accept', rules: ['meta l4proto 112 accept'] },
          ],
        },
      ],
    ]);
    expect(kept(nativeTables, 'nftables-holder', KEYS.nftables)).toEqual([null]);
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
    [
      'a named verdict map',
      [
        'table inet mine {',
        'map m {',
        'type ifname : verdict',
        'elements = { "eth0" : drop }',
        '}',
        ...table(`${input}\niifname vmap @m\n}`).slice(1),
      ],
    ],
    [
      'a policy of drop below a comment',
      table('chain in {\ncomment "own"\ntype filter hook input priority 0; policy drop;\n}'),
    ],
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

  it("is judged as a real host's nft tells it", () => {
    const [tables] = parseFixture(nativeTables, 'nft-debian-nftables', ['tables']);
    expect(nftPassage(tables ?? [], IN).verdict).toBe('drop');
  });
});
