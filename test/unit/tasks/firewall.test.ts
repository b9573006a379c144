import { describe, expect, it } from 'vitest';
import { fileSubject } from '../../../src/facts/system/file.ts';
import { type UnitFact, unitSubject } from '../../../src/facts/system/unit.ts';
import { firewalldSubject } from '../../../src/firewall/firewalld.ts';
import { type IptablesFact, iptablesSubject } from '../../../src/firewall/iptables-table.ts';
import { nativeTables } from '../../../src/firewall/registry.ts';
import { ufwSubject } from '../../../src/firewall/ufw.ts';
import { firewallModule } from '../../../src/tasks/firewall.ts';
import { NOTHING, type Planned, type TaskContext } from '../../../src/tasks/task.ts';
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
const DROPS = nativeTables.parse(
  'nft\ntable inet mine {\nchain c {\ntype filter hook input priority 0; policy drop;\n}\n}',
  ['tables'],
)[0];

function facts(
  more: {
    kind?: Partial<{ ufw: boolean; nftDrops: boolean }>;
    firewalld?: UnitFact;
    own?: UnitFact;
    rules?: IptablesFact | null;
  } = {},
): Known[] {
  return [
    known(unitSubject, 'firewalld', more.firewalld ?? MISSING),
    known(unitSubject, 'haprov-firewall', more.own ?? MISSING),
    known(ufwSubject, 'ufw', more.kind?.ufw === true),
    known(nativeTables, 'tables', more.kind?.nftDrops === true ? (DROPS ?? null) : null),
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
        .map(async ({ diff }) => (await import('../../../src/changes/backup.ts')).sha256(diff?.after ?? '')),
    );
    const file = (mode: string, sha256 = ''): object => ({ type: 'file', mode, owner: 'root', group: 'root', sha256 });
    const settled = [
      ...facts({ own: RUNNING, rules: table(IN, OUT, '-A INPUT -j DROP') }).slice(0, 6),
      known(fileSubject, SCRIPT, file('0755', script) as never),
      known(fileSubject, UNIT, file('0644', unit) as never),
    ];
    expect(await plan(settled)).toEqual(NOTHING);
    const flushed = [...settled.slice(0, 5), known(iptablesSubject, 'iptables', table()), ...settled.slice(6)];
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
    expect(await plan(facts({ rules: null }))).toEqual({
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
    const list = facts().map((fact) => (fact[0].name === ufwSubject.name ? known(ufwSubject, 'ufw', lost) : fact));
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
      const script = JSON.stringify(changes[0]?.data);
      expect(script).not.toContain('--reload');
      expect(script.includes('firewall-cmd --zone=public --add-protocol=vrrp')).toBe(!runtime);
      expect(script.includes('firewall-cmd --permanent --zone=public --add-protocol=vrrp')).toBe(!permanent);
    },
  );

  it('is an error where it was asked for and does not run', async () => {
    await expect(plan(facts(), { cluster: clusterWith(undefined, 'firewalld') })).rejects.toThrow(
      'firewalld is not running',
    );
  });
});
