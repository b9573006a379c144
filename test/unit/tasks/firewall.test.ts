import { describe, expect, it } from 'vitest';
import { describeBack, invert } from '../../../src/changes/registry.ts';
import { contentSubject, fileSubject } from '../../../src/facts/system/file.ts';
import { type UnitFact, unitSubject } from '../../../src/facts/system/unit.ts';
import { firewalldPortSubject, firewalldSubject } from '../../../src/firewall/firewalld.ts';
import { type IptablesFact, iptablesSubject } from '../../../src/firewall/iptables-table.ts';
import { FIREWALLS, nativeTables } from '../../../src/firewall/registry.ts';
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

const OPEN = { runtime: true, permanent: true };

function facts(
  more: {
    kind?: Partial<{ ufw: boolean; nftDrops: boolean }>;
    firewalld?: UnitFact;
    own?: UnitFact;
    script?: string;
    port?: { runtime: boolean; permanent: boolean };
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
    known(contentSubject, SCRIPT, more.script ?? null),
    known(iptablesSubject, 'ip6tables', null),
    known(
      firewalldPortSubject,
      'eth0 80/tcp',
      more.firewalld === undefined ? null : { zone: 'public', ...(more.port ?? OPEN) },
    ),
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
    expect(changes[3]?.data).toMatchObject([
      { describeBack: 'delete 2 rules of VRRP', before: { rules: '', unit: 'stopped' }, after: { unit: 'running' } },
    ]);
    expect(changes[2]?.data.flatMap((one) => invert(one) ?? []).map(describeBack)).toEqual(['disable haprov-firewall']);
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
      ...facts({
        own: RUNNING,
        rules: table(IN, OUT, '-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT', '-A INPUT -j DROP'),
      }).slice(0, 6),
      known(iptablesSubject, 'ip6tables', null),
      known(fileSubject, SCRIPT, file('0755', script) as never),
      known(fileSubject, UNIT, file('0644', unit) as never),
      known(contentSubject, SCRIPT, null),
    ];
    expect(await plan(settled)).toEqual(NOTHING);
    const flushed = [...settled.slice(0, 5), known(iptablesSubject, 'iptables', table()), ...settled.slice(6)];
    expect((await plan(flushed)).changes.map(({ action, target }) => [action, target])).toEqual([
      ['open', 'iptables: VRRP'],
    ]);
  });

  it('says as data which rules it adds, whether its service ran, and looks for just those', async () => {
    const low = table('-A INPUT -j DROP', IN);
    const { changes } = await plan(facts({ own: RUNNING, rules: low }));
    const [rule, other] = [
      'iptables INPUT -d 224.0.0.18/32 -i eth0 -p 112 -j ACCEPT',
      'iptables OUTPUT -d 224.0.0.18/32 -o eth0 -p 112 -j ACCEPT',
    ];
    const [change] = changes.at(-1)?.data ?? [];
    expect(change).toEqual({
      kind: 'firewall',
      backend: 'iptables',
      describe: 'let VRRP through iptables',
      describeBack: 'delete 1 rules of VRRP',
      before: { rules: rule, unit: 'running' },
      after: { rules: `${rule}\n${other}`, unit: 'running' },
    });
    if (change?.kind !== 'firewall') throw new Error('no firewall');
    const { before, after } = change;
    const look = 'iptables -w 10 -C OUTPUT -d 224.0.0.18/32 -o eth0 -p 112 -j ACCEPT 2>/dev/null';
    expect(FIREWALLS.iptables.dueProbe?.({ before, after })).toBe(`! ${look}`);
    expect(FIREWALLS.iptables.dueProbe?.({ before: after, after: { ...before, unit: 'stopped' } })).toBe(
      `${look} || systemctl is-active -q haprov-firewall.service`,
    );
    expect(FIREWALLS.iptables.dueProbe?.({ before, after: before })).toBe('false');
  });

  it('takes back no rule that was there: only the service stops, if it was not running', async () => {
    const backOf = async (own: UnitFact) =>
      (await plan(facts({ own, rules: table(IN, OUT) }))).changes.at(-1)?.data.map(invert);
    const there = { rules: expect.stringMatching(/^iptables INPUT .*\niptables OUTPUT /) };
    expect(await backOf(MISSING)).toMatchObject([
      {
        describe: 'stop haprov-firewall',
        before: { ...there, unit: 'running' },
        after: { ...there, unit: 'stopped' },
      },
    ]);
    expect(await backOf(RUNNING)).toEqual([undefined]);
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

  it('is not touched where haprov does not write its rules', async () => {
    await expect(plan(facts({ kind: { nftDrops: true } }))).rejects.toMatchObject({
      message: expect.stringContaining('nftables rules this host'),
      facts: { next: expect.stringContaining('firewall: none') },
    });
  });

  it('is opened ahead of the rules of ufw where that is enabled', async () => {
    const { changes } = await plan(facts({ kind: { ufw: true } }));
    expect(changes.map(({ target }) => target)).toEqual(
      ['SCRIPT', 'UNIT', 'service haprov-firewall', 'iptables: VRRP'].map((one) => ({ SCRIPT, UNIT })[one] ?? one),
    );
    expect(changes.at(-1)?.data).toMatchObject([{ kind: 'firewall', backend: 'ufw', after: { unit: 'running' } }]);
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
      const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
      expect(changes[0]?.data).toEqual([
        {
          kind: 'firewall',
          backend: 'firewalld',
          describe: 'let VRRP into zone public',
          describeBack: `take VRRP out of zone public ${detail}`,
          before: { zone: 'public', runtime: yesNo(runtime), permanent: yesNo(permanent) },
          after: { zone: 'public', runtime: 'yes', permanent: 'yes' },
        },
      ]);
    },
  );

  it('looks for what is to be changed, and nothing else', () => {
    const [before, after] = [
      { zone: 'my zone', runtime: 'yes', permanent: 'no' },
      { zone: 'my zone', runtime: 'yes', permanent: 'yes' },
    ];
    const look = "firewall-cmd --permanent --zone='my zone' --query-protocol=vrrp >/dev/null 2>&1";
    expect(FIREWALLS.firewalld.dueProbe?.({ before, after })).toBe(`! ${look}`);
    expect(FIREWALLS.firewalld.dueProbe?.({ before: after, after: before })).toBe(look);
  });

  it('is an error where it was asked for and does not run', async () => {
    await expect(plan(facts(), { cluster: clusterWith(undefined, 'firewalld') })).rejects.toThrow(
      'firewalld is not running',
    );
  });
});

describe('ports for clients', () => {
  const opening = clusterWith('advert_int: 1', '{ open: [80/tcp, 8000-8010/tcp] }');
  const PORT = 'INPUT -p tcp -m tcp --dport 80 -j ACCEPT';
  const RANGE = 'INPUT -p tcp -m tcp --dport 8000:8010 -j ACCEPT';

  it('are opened in iptables beside VRRP, live and at boot', async () => {
    const { changes } = await plan(facts(), { cluster: opening });
    expect(changes[0]?.diff?.after).toContain(`allow iptables ${PORT}\nallow iptables ${RANGE}\n`);
    expect(changes.at(-1)).toMatchObject({ target: 'iptables: VRRP, 80/tcp, 8000-8010/tcp' });
    expect(changes.at(-1)?.data).toMatchObject([{ after: { rules: expect.stringContaining(`iptables ${PORT}`) } }]);
  });

  it('stay open where their rules come before what would stop them', async () => {
    const settled = table(IN, OUT, `-A ${PORT}`, `-A ${RANGE}`, '-A INPUT -j DROP');
    const { changes } = await plan(facts({ rules: settled, own: RUNNING }), { cluster: opening });
    expect(changes.at(-1)).toMatchObject({ detail: 'set its rules again' });
    const low = table(IN, OUT, `-A ${RANGE}`, '-A INPUT -j DROP', `-A ${PORT}`);
    const again = await plan(facts({ rules: low, own: RUNNING }), { cluster: opening });
    expect(again.changes.at(-1)).toMatchObject({ detail: `iptables -I ${PORT}` });
  });

  it('are opened in the zone of firewalld that the VIP is in', async () => {
    const zone = { zone: 'public', runtime: false, permanent: true };
    const list = [
      ...facts({ firewalld: RUNNING }).filter(([subject]) => subject.name !== firewalldPortSubject.name),
      known(firewalldPortSubject, 'eth0 80/tcp', zone),
      known(firewalldPortSubject, 'eth0 8000-8010/tcp', zone),
    ];
    const { changes } = await plan(list, { cluster: opening });
    expect(changes.map(({ target }) => target)).toContain('firewalld zone public: port 80/tcp');
    expect(changes.at(-1)?.data).toMatchObject([
      { after: { port: '8000-8010/tcp', runtime: 'yes', permanent: 'yes' } },
    ]);
  });

  it('are closed in iptables when the inventory opens them no more, where the old rules are still in force', async () => {
    const script = `allow iptables ${PORT}\nallow iptables ${RANGE}\n`;
    const { changes } = await plan(facts({ rules: table(IN, OUT, `-A ${PORT}`), script, own: RUNNING }));
    expect(changes.find(({ action }) => action === 'remove')).toMatchObject({
      target: 'iptables: what the inventory opens no more',
      detail: `iptables -D ${PORT}`,
      data: [{ before: { rules: `iptables ${PORT}`, unit: 'running' }, after: { rules: '', unit: 'running' } }],
    });
  });

  it.each([
    ['a DROP', table('-A INPUT -p tcp --dport 22 -j ACCEPT', '-A INPUT -j DROP'), 1],
    [
      'a rule that lets port 80 in',
      table('-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT', '-A INPUT -j DROP'),
      0,
    ],
    ['a DROP of UDP', table('-A INPUT -p udp -j DROP'), 0],
  ])('are named where the inventory opens none and iptables has %s', async (_, rules, count) => {
    const { notes } = await plan(facts({ rules }));
    expect(notes).toHaveLength(count);
    if (count > 0)
      expect(notes[0]).toBe(
        'iptables may keep clients from 80/tcp of the VIP; write firewall: { open: [80/tcp] } to open it',
      );
  });

  it('are named where the zone of firewalld has none', async () => {
    const { notes } = await plan(facts({ firewalld: RUNNING, port: { runtime: false, permanent: false } }));
    expect(notes).toEqual([
      'firewalld may keep clients from 80/tcp of the VIP; write firewall: { open: [80/tcp] } to open it',
    ]);
  });
});
