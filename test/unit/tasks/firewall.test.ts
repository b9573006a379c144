import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firewalldSubject, firewallKindSubject } from '../../../src/facts/network/firewall.ts';
import { type IptablesFact, iptablesSubject } from '../../../src/facts/network/iptables.ts';
import { fileSubject } from '../../../src/facts/system/file.ts';
import { type UnitFact, unitSubject } from '../../../src/facts/system/unit.ts';
import { firewallModule } from '../../../src/tasks/firewall.ts';
import { NOTHING, type Planned, type TaskContext } from '../../../src/tasks/task.ts';
import { isOpen, showRule, type VrrpRule, vrrpRules } from '../../../src/tasks/vrrp-traffic.ts';
import { clusterWith, contextWith, type Known, known } from './support.ts';

const SCRIPT = '/usr/libexec/keepalived/haprov-firewall';
const UNIT = '/etc/systemd/system/haprov-firewall.service';
const RUNNING: UnitFact = { load: 'loaded', active: 'active', enabled: 'enabled', mainPid: 0, needDaemonReload: false };
const MISSING: UnitFact = { load: 'not-found', active: 'inactive', enabled: '', mainPid: 0, needDaemonReload: false };

/** A filter table out of lines of iptables-save. */
function table(...lines: string[]): IptablesFact {
  const chains = [...new Set(lines.map((line) => line.split(' ')[1] ?? ''))].map((chain) => `:${chain} - [0:0]`);
  const [fact] = iptablesSubject.parse(['has iptables', '*filter', ...chains, ...lines, 'COMMIT'].join('\n'), [
    'iptables',
  ]);
  if (fact === null || fact === undefined) throw new Error('no table');
  return fact;
}

const IN = '-A INPUT -d 224.0.0.18/32 -i eth0 -p vrrp -j ACCEPT';
const OUT = '-A OUTPUT -d 224.0.0.18/32 -o eth0 -p vrrp -j ACCEPT';
const RULE: VrrpRule = { command: 'iptables', chain: 'INPUT', interface: 'eth0', address: '224.0.0.18/32', end: '-d' };

function facts(
  more: {
    kind?: Partial<{ ufw: boolean; iptables: boolean; nftDrops: boolean }>;
    firewalld?: UnitFact;
    own?: UnitFact;
    rules?: IptablesFact | null;
  } = {},
): Known[] {
  return [
    known(unitSubject, 'firewalld', more.firewalld ?? MISSING),
    known(unitSubject, 'haprov-firewall', more.own ?? MISSING),
    known(firewallKindSubject, 'kind', { ufw: false, iptables: true, nftDrops: false, ...more.kind }),
    known(
      firewalldSubject,
      'eth0',
      more.firewalld === undefined ? null : { zone: 'public', runtime: false, permanent: false },
    ),
    known(iptablesSubject, 'iptables', more.rules === undefined ? table() : more.rules),
    known(fileSubject, SCRIPT, { type: 'absent' }),
    known(fileSubject, UNIT, { type: 'absent' }),
  ];
}

const plan = (list: readonly Known[], more: Partial<TaskContext> = {}): Promise<Planned> =>
  firewallModule.plan({ allow: 'vrrp' }, contextWith(list, more));

describe('firewall by iptables', () => {
  it('writes its script and unit, enables it, and opens the way on a blank host', async () => {
    const { changes } = await plan(facts());
    expect(changes.map(({ action, target, phase }) => [action, target, phase])).toEqual([
      ['create', SCRIPT, 'prepare'],
      ['create', UNIT, 'prepare'],
      ['enable', 'service haprov-firewall', 'activate'],
      ['open', 'iptables: VRRP', 'activate'],
    ]);
    expect(changes[3]?.detail).toBe(
      'iptables -I INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT; iptables -I OUTPUT -d 224.0.0.18/32 -o eth0 -p 112 -j ACCEPT',
    );
    expect(changes[0]?.diff?.after).toMatchInlineSnapshot(`
      "#!/bin/sh
      # Written by haprov: lets VRRP (IP protocol 112) through, ahead of every other rule of its chain.
      set -eu
      allow() {
        tool=$1 chain=$2
        shift 2
        while "$tool" -w 10 -D "$chain" "$@" 2>/dev/null; do :; done
        "$tool" -w 10 -I "$chain" 1 "$@"
      }
      allow iptables INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT
      allow iptables OUTPUT -d 224.0.0.18/32 -o eth0 -p 112 -j ACCEPT
      "
    `);
  });

  it('yields nothing where files, unit and live rules are right', async () => {
    const first = await plan(facts());
    const [script, unit] = await Promise.all(
      first.changes
        .slice(0, 2)
        .map(async ({ diff }) => (await import('../../../src/tasks/replace-file.ts')).sha256(diff?.after ?? '')),
    );
    const file = (mode: string, sha256 = ''): object => ({ type: 'file', mode, owner: 'root', group: 'root', sha256 });
    const settled = [
      ...facts({ own: RUNNING, rules: table(IN, OUT, '-A INPUT -j DROP') }).slice(0, 5),
      known(fileSubject, SCRIPT, file('0755', script) as never),
      known(fileSubject, UNIT, file('0644', unit) as never),
    ];
    expect(await plan(settled)).toEqual(NOTHING);
    const flushed = [...settled.slice(0, 4), known(iptablesSubject, 'iptables', table()), ...settled.slice(5)];
    expect((await plan(flushed)).changes.map(({ action, target }) => [action, target])).toEqual([
      ['open', 'iptables: VRRP'],
    ]);
  });

  it('is an error where iptables was asked for and is not there', async () => {
    await expect(plan(facts({ rules: null }), { cluster: clusterWith(undefined, 'iptables') })).rejects.toThrow(
      'iptables is not installed',
    );
  });
});

describe('the firewall that rules a host', () => {
  const own = async (list: readonly Known[]): Promise<string | undefined> => (await plan(list)).changes[0]?.target;

  it('is firewalld where it runs, even with iptables beside it', async () => {
    expect(await own(facts({ firewalld: RUNNING }))).toBe('firewalld zone public: protocol vrrp');
  });

  it('is asked for nothing where none is there, with a note', async () => {
    expect(await plan(facts({ kind: { iptables: false }, rules: null }))).toEqual({
      changes: [],
      notes: ['no firewall rules this host: nothing to open for VRRP'],
    });
  });

  it.each([
    [{ ufw: true }, 'ufw rules this host'],
    [{ nftDrops: true }, 'nftables rules this host'],
  ])('is not touched where haprov does not write its rules: %j', async (kind, message) => {
    await expect(plan(facts({ kind }))).rejects.toMatchObject({
      message: expect.stringContaining(message),
      facts: { next: expect.stringContaining('firewall: none') },
    });
  });

  it('is left alone where the inventory says none', async () => {
    expect(await plan(facts(), { cluster: clusterWith(undefined, 'none') })).toEqual(NOTHING);
  });

  it('is not guessed where it could not be asked', async () => {
    const lost = new Error('lost');
    const list = facts().map((fact) =>
      fact[0].name === firewallKindSubject.name ? known(firewallKindSubject, 'kind', lost) : fact,
    );
    await expect(plan(list)).rejects.toBe(lost);
  });

  it('decides alone: what the others cannot answer does not matter', async () => {
    const list = facts({ firewalld: RUNNING }).map((fact) =>
      fact[0].name === iptablesSubject.name ? known(iptablesSubject, 'iptables', new Error('no kernel module')) : fact,
    );
    expect(await own(list)).toBe('firewalld zone public: protocol vrrp');
  });
});

describe('firewall by firewalld', () => {
  const zone = (runtime: boolean, permanent: boolean): Known[] => [
    known(firewalldSubject, 'eth0', { zone: 'public', runtime, permanent }),
    ...facts({ firewalld: RUNNING }).filter(([subject]) => subject.name !== firewalldSubject.name),
  ];

  it('yields nothing where the zone lets VRRP in, now and later', async () => {
    expect(await plan(zone(true, true))).toEqual(NOTHING);
  });

  it.each([
    [false, false, 'at run time and permanently'],
    [false, true, 'at run time'],
    [true, false, 'permanently'],
  ])(
    'with run time %j and permanent %j adds what is missing, and never reloads',
    async (runtime, permanent, detail) => {
      const { changes } = await plan(zone(runtime, permanent));
      expect(changes.map((change) => [change.action, change.detail, change.phase])).toEqual([
        ['open', detail, 'prepare'],
      ]);
      expect(changes[0]?.steps[0]?.script).toBe(
        'set -eu\nfirewall-cmd -q --zone=public --add-protocol=vrrp --permanent\nfirewall-cmd -q --zone=public --add-protocol=vrrp',
      );
    },
  );

  it('is an error where it was asked for and does not run', async () => {
    await expect(plan(facts(), { cluster: clusterWith(undefined, 'firewalld') })).rejects.toThrow(
      'firewalld is not running',
    );
  });
});

describe('what VRRP needs', () => {
  const rules = (extra: string): string[] => {
    const cluster = clusterWith(extra);
    const [host] = cluster.hosts;
    return host === undefined ? [] : vrrpRules(cluster, host).map((rule) => `${rule.command} ${showRule(rule)}`);
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
    expect(isOpen(RULE, table(...lines))).toBe(true);
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
    expect(isOpen(RULE, table(...lines))).toBe(false);
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
        const fact = table(...first, ...a, ...b);
        const full = { ...fact, policy: { ...fact.policy, a: '-', b: '-' } };
        // A packet cannot leave a circle of chains; the kernel refuses such a table.
        fc.pre(![...a].some((line) => /-j (a|b)$/.test(line)) || !b.some((line) => /-j (a|b)$/.test(line)));
        fc.pre(!a.some((line) => line.endsWith('-j a')) && !b.some((line) => line.endsWith('-j b')));
        if (isOpen(RULE, full)) expect(walk(full, 'INPUT') ?? 'DROP').toBe('ACCEPT');
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
        expect(isOpen(RULE, table(IN, ...lines))).toBe(true);
        expect(isOpen(RULE, table(...lines))).toBe(false);
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
