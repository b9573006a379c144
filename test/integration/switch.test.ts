import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { createReader } from '../../src/facts/reader/reader.ts';
import { type GuardFact, guardSubject } from '../../src/facts/state/guard.ts';
import { changeLine } from '../../src/host/client.ts';
import type { Host } from '../../src/inventory/model.ts';
import { readInventory } from '../../src/inventory/read.ts';
import { arm } from '../../src/rollout/auto-revert/arm.ts';
import { confirm } from '../../src/rollout/auto-revert/confirm.ts';
import { newIdentity, type RunIdentity } from '../../src/rollout/lease/identity.ts';
import { type Lock, lockHosts } from '../../src/rollout/lease/lock.ts';
import type { Session, Transport } from '../../src/transport/session.ts';
import { createSsh2Transport } from '../../src/transport/ssh2/ssh2-transport.ts';
import { emptyHome } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { until } from '../support/lab-facts.ts';
import { pair, writeInventory } from '../support/lab-inventory.ts';
import { BARE_VIP } from '../support/lab-topology.ts';

const HOSTS = ['bare1', 'bare2'] as const;
const THING = '/etc/keepalived/thing';
/** Seconds that a host waits for its confirmation: what a test does meanwhile has time on a machine that stands still. */
const SOON = 10;
/** Tells what was done at boot. */
const UNDO = `echo "undone at boot: \${HAPROV_BOOT-no}"; echo old >${THING}`;
const KEEPALIVED = `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/cp ${THING} /run/keepalived-saw
[Install]
WantedBy=multi-user.target
`;

describeOnLab("the dead man's switch of a host", () => {
  let lab: Lab;
  let hosts: ReadonlyMap<string, Host>;
  let transport: Transport;
  let locks: Lock[];
  const [first, second] = HOSTS;

  beforeAll(async () => {
    lab = await testLab(HOSTS);
    await Promise.all(
      HOSTS.map(async (host) => {
        await lab.exec(host, 'cat >/etc/systemd/system/keepalived.service', { input: KEEPALIVED });
        await must(lab, host, `mkdir -p /etc/keepalived; echo old >${THING}; systemctl enable -q keepalived`);
      }),
    );
    const file = writeInventory(lab, { bare: pair([first, second], 'none', 71, BARE_VIP) }, { become: true });
    const { inventory, problems } = await readInventory(file);
    if (inventory === undefined) throw new Error(JSON.stringify(problems));
    hosts = new Map(inventory.clusters.flatMap((cluster) => cluster.hosts.map((host) => [host.name, host])));
  });
  beforeEach(() => {
    transport = createSsh2Transport({ homeDirectory: emptyHome() });
    locks = [];
  });
  afterEach(async () => {
    await Promise.all(locks.map((lock) => lock.release()));
    transport.close();
  });

  const hostOf = (name: string): Host => {
    const host = hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  };
  const connect = (name: string): Promise<Session> => transport.connect(hostOf(name));
  /** Fails where SSH is shut, well before the host opens it again. */
  const knock = (name: string): Promise<Session> => {
    const host = hostOf(name);
    return transport.connect({ ...host, ssh: { ...host.ssh, connect_timeout: 2 } });
  };
  /** The host's own word through a new connection; undefined while there is none to be had. */
  const ask = async (name: string): Promise<GuardFact | undefined> => {
    const session = await connect(name).catch(() => undefined);
    const guard =
      session &&
      (await createReader(session)
        .ask(guardSubject, 'guard')
        .catch(() => undefined));
    session?.close();
    return guard;
  };
  const lockOne = async (name: string, who: RunIdentity, generation: string, waitMs: number): Promise<Lock> => {
    const lock = await lockHosts({
      sessions: new Map([[name, await connect(name)]]),
      expected: new Map([[name, generation]]),
      identity: who,
      waitMs,
      force: false,
      onWaiting: () => undefined,
      signal: new AbortController().signal,
    });
    locks.push(lock);
    return lock;
  };
  /** Locked, armed, and changed; what is given runs after that, as a part of the change. */
  const change = async (name: string, seconds: number, script = ':', undo = UNDO): Promise<RunIdentity> => {
    const identity = await newIdentity('a test');
    const lock = await lockOne(name, identity, '', 90_000);
    const fenced = lock.sessions.get(name);
    if (fenced === undefined) throw new Error(`${name} was not locked: ${String(lock.failed.get(name))}`);
    await arm(fenced, identity, { seconds, list: [changeLine('script', { script: undo })] });
    await fenced.run(`echo new >${THING}`);
    // A change that cuts the connection off is not answered.
    await fenced.run(script, { timeoutMs: 4000 }).catch(() => undefined);
    return identity;
  };
  /** Waits until the host has put that run back. */
  const putBack = async (name: string, { run }: RunIdentity) => {
    const guard = await until(
      () => ask(name),
      (answer) => answer?.putBack?.run === run && answer.armed === null,
      60_000,
    );
    expect(guard?.armed).toBeNull();
    expect(await must(lab, name, `cat ${THING}`)).toBe('old\n');
    return guard?.putBack;
  };
  const leftovers = (name: string): Promise<string> =>
    must(
      lab,
      name,
      `systemctl list-units --all --plain --no-legend 'haprov-switch-*'; systemctl --failed --plain --no-legend
       cd /var/lib/haprov/switch; ls -A | grep -v -e put-back -e log -e confirmed; find /etc -name 'haprov*' -o -name '*.haprov'`,
    );

  it('puts the old state back where nobody confirms, tells why, and leaves nothing armed', async () => {
    const identity = await change(first, SOON);
    expect(await must(lab, first, `cat ${THING}`)).toBe('new\n');
    expect((await ask(first))?.armed).toMatchObject({ run: identity.run, who: identity.who });
    expect(await putBack(first, identity)).toMatchObject({
      run: identity.run,
      who: identity.who,
      reason: `nobody confirmed it within ${SOON} s`,
      ok: true,
    });
    expect(
      await until(
        () => leftovers(first),
        (left) => left === '',
        10_000,
      ),
    ).toBe('');
  });

  it('does nothing more once the change is confirmed through a new connection', async () => {
    const identity = await change(second, SOON);
    const session = await connect(second);
    await confirm(session, identity);
    session.close();
    expect(
      await until(
        () => leftovers(second),
        (left) => left === '',
        10_000,
      ),
    ).toBe('');
    await must(lab, second, `sleep ${SOON + 2}`);
    expect(await ask(second)).toMatchObject({ armed: null, putBack: null });
    expect(await must(lab, second, `cat ${THING}; echo old >${THING}`)).toBe('new\n');
  });

  it('puts the old state back at boot, before keepalived starts, where the power was cut while it was armed', async () => {
    const identity = await change(first, 600);
    await lab.power(first, 'off');
    await lab.power(first, 'on');
    expect(await putBack(first, identity)).toMatchObject({
      reason: 'the host was rebooted before it was confirmed',
      ok: true,
    });
    expect(await must(lab, first, 'cat /run/keepalived-saw; cat /var/lib/haprov/switch/log')).toBe(
      'old\nundone at boot: 1\n',
    );
    expect(await leftovers(first)).toBe('');
  });

  it('goes on at boot where the power was cut while it was putting back', async () => {
    const once = `echo torn >${THING}; [ -n "$HAPROV_BOOT" ] || { touch /root/rolling; sleep 600; }; ${UNDO}`;
    const identity = await change(second, SOON, ':', once);
    await must(lab, second, 'timeout 30 sh -c "until [ -e /root/rolling ]; do sleep 0.1; done"');
    expect((await ask(second))?.armed?.state).toBe('rolling');
    await lab.power(second, 'off');
    await lab.power(second, 'on');
    expect(await putBack(second, identity)).toMatchObject({ reason: `nobody confirmed it within ${SOON} s`, ok: true });
    expect(await must(lab, second, 'cat /run/keepalived-saw')).toBe('old\n');
  });

  it('keeps its deadline through daemon-reload, and its boot unit does nothing when it is started by hand', async () => {
    const identity = await change(first, 2 * SOON);
    const deadline = 'cat /var/lib/haprov/switch/armed';
    const before = await must(lab, first, deadline);
    await must(lab, first, 'for i in 1 2 3; do systemctl daemon-reload; systemctl start haprov-switch; done');
    expect(await must(lab, first, deadline)).toBe(before);
    expect(await must(lab, first, `cat ${THING}`)).toBe('new\n');
    expect(await putBack(first, identity)).toMatchObject({
      reason: `nobody confirmed it within ${2 * SOON} s`,
      ok: true,
    });
  });

  it('is kept by a watcher that comes back when it is killed', async () => {
    const identity = await change(second, SOON);
    await must(
      lab,
      second,
      "for i in 1 2 3 4 5 6 7; do systemctl kill -s KILL 'haprov-switch-*'; sleep 0.4; done; systemctl show -p NRestarts 'haprov-switch-*'",
    );
    expect(await putBack(second, identity)).toMatchObject({ ok: true });
  });

  it('opens iptables again where a change shut SSH out', async () => {
    const rules = () => must(lab, first, 'iptables-save | grep -e ^-A -e ^:INPUT | sed "s/ .[0-9:]*.$//"');
    await must(lab, first, 'iptables -A INPUT -p tcp --dport 9 -m comment --comment "not ours" -j REJECT');
    const before = await rules();
    const shut = 'iptables -I INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j DROP; iptables -P INPUT DROP';
    const identity = await change(first, SOON, shut);
    await expect(knock(first)).rejects.toMatchObject({ name: 'ConnectError' });
    expect(await putBack(first, identity)).toMatchObject({ ok: true });
    expect(await rules()).toBe(before);
  });

  it('opens nftables again where a change shut SSH out, and brings back the tables that it flushed', async () => {
    await must(
      lab,
      second,
      'DEBIAN_FRONTEND=noninteractive apt-get install -yq nftables >/dev/null 2>&1; nft --version',
    );
    const own =
      'table inet own { set bad { type ipv4_addr; elements = { 192.0.2.7 }; }; chain in { type filter hook input priority 0; ip saddr @bad counter drop; }; }';
    await lab.exec(second, 'nft -f -', { input: own });
    const before = await must(lab, second, 'nft -s list table inet own');
    const shut =
      "nft 'flush ruleset; table inet shut { chain in { type filter hook input priority 0; policy drop; }; }'";
    const identity = await change(second, SOON, shut);
    await expect(knock(second)).rejects.toMatchObject({ name: 'ConnectError' });
    expect(await putBack(second, identity)).toMatchObject({ ok: true });
    expect(await must(lab, second, 'nft -s list table inet own')).toBe(before);
    expect(await must(lab, second, 'nft list tables')).not.toContain('shut');
  });

  it('is put back by the next run that takes the host, which finds its plan out of date', async () => {
    const identity = await change(first, 600);
    await locks.pop()?.release();
    const planned = (await ask(first))?.generation ?? '';
    const next = await lockOne(first, await newIdentity('another test'), planned, 0);
    expect(next.stale).toEqual([first]);
    expect(await putBack(first, identity)).toMatchObject({ reason: expect.stringContaining('took the host over') });
  });
});
