import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { changesOf, type HaprovResult, haprov, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, httpStatus, until } from '../support/lab-facts.ts';
import { addressOf, writeInventory } from '../support/lab-inventory.ts';
import { PLACE } from '../support/lab-place.ts';

const HOSTS = ['own1', 'own2'] as const;
const VIP4 = `${PLACE.front}.103`;
const VIP6 = 'fd00:60::103';
const CANARY = 'T0CANARY/B0CANARY/wEbHoOkCaNaRy';
const WEBHOOK = `http://127.0.0.1:8099/services/${CANARY}`;
const AUTH = 'aUtHcNry';
const env = { SLACK: WEBHOOK, AUTH };

/** Answers on the webhook's port, and notes what was posted and which processes could be seen by then. */
const LISTENER = `use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8099, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $server->accept) {
  my $text = ""; my $length = 0;
  while (my $line = <$client>) { $text .= $line; $length = $1 if $line =~ /^Content-Length: (\\d+)/i; last if $line =~ /^\\r?$/; }
  read($client, my $body, $length);
  system("ps axww -o args >>/run/webhook-ps; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\\\0' '\\\\n' >>/run/webhook-environ");
  open(my $out, ">>", "/run/webhook-posts"); print $out "$text$body\\n"; close $out;
  print $client "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok"; close $client;
}
`;

/** A service with a name of its own, on port 7001. */
const OWN_PROGRAM = `use IO::Socket::INET;
$0 = "own-kv";
my $server = IO::Socket::INET->new(LocalPort => 7001, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $server->accept) { close $client }
`;
const OWN_UNIT = `[Service]
ExecStart=/usr/bin/perl /run/own-kv.pl
[Install]
WantedBy=multi-user.target
`;

const CHECK_NGINX = { interval: 3, timeout: 2, fall: 2, rise: 2 };
const CHECK = '#!/bin/sh\n# Fails while /run/unfit is there.\n[ ! -e /run/unfit ]\n';
const NOTIFY = '#!/bin/sh\necho "$1 $2 $3 $4" >>/run/notified\n';

describeOnLab('settings of the user, on one pair', () => {
  let lab: Lab;
  let inventory: string;
  let saved: string;
  const said: HaprovResult[] = [];

  const holders = (vip: string) => holdersOf(lab, HOSTS, vip);

  beforeAll(async () => {
    lab = await testLab([...HOSTS, 'client']);
    for (const [host, last] of [
      ['own1', 41],
      ['own2', 42],
    ] as const) {
      await must(
        lab,
        host,
        `sysctl -q -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0; ip -6 addr add fd00:60::${last}/64 dev eth0 nodad`,
      );
      await lab.exec(host, 'cat >/run/listener.pl; systemd-run -q --unit=webhook perl /run/listener.pl', {
        input: LISTENER,
      });
    }
    await must(
      lab,
      'client',
      'sysctl -q -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0; ip -6 addr replace fd00:60::6/64 dev eth0 nodad',
    );
    const own = {
      service: 'nginx',
      hosts: { own1: addressOf('own1'), own2: addressOf('own2') },
      notify: { slack_webhook: { env: 'SLACK' }, script: './on-change.sh' },
      keepalived: { log_detail: true },
      vrrp_instances: {
        VI_4: {
          virtual_router_id: 71,
          interface: 'eth0',
          priority: { own1: 150, own2: 100 },
          virtual_ipaddress: [`${VIP4}/24`],
          auth_pass: { env: 'AUTH' },
          unicast: true,
          track_script: {
            check_nginx: CHECK_NGINX,
            check_app: { script: './check-app.sh', interval: 3, timeout: 2, weight: 0, fall: 2, rise: 2 },
          },
        },
        VI_6: {
          virtual_router_id: 72,
          interface: 'eth0',
          priority: { own1: 100, own2: 150 },
          virtual_ipaddress: ['fe80::103/64', `${VIP6}/64`],
          unicast: { own1: 'fd00:60::41', own2: 'fd00:60::42' },
          track_script: { check_nginx: CHECK_NGINX },
        },
      },
    };
    inventory = writeInventory(lab, { own });
    const directory = dirname(inventory);
    writeFileSync(join(directory, 'check-app.sh'), CHECK);
    writeFileSync(join(directory, 'on-change.sh'), NOTIFY);
    chmodSync(join(directory, 'check-app.sh'), 0o755);
    chmodSync(join(directory, 'on-change.sh'), 0o755);
    saved = join(directory, 'plan.json');
    said.push(await haprov(['lint', inventory, '--verbose'], { env }));
    said.push(await haprov(['plan', inventory, '--out', saved, '--verbose'], { env }));
    said.push(await haprov(['plan', inventory, '--json', '--verbose'], { env }));
    said.push(await haprov(['apply', inventory, '--yes', '--verbose'], { env }));
    said.push(await haprov(['apply', inventory, '--yes', '--json'], { env }));
  });

  it('is applied, and then there is nothing left to do', async () => {
    expect(said.map(({ code, stdout, stderr }) => ({ code, stderr: code === 0 ? '' : stderr + stdout }))).toEqual(
      said.map(() => ({ code: 0, stderr: '' })),
    );
    const plan = await planOf(inventory, ['--detailed-exitcode'], { env });
    expect(HOSTS.flatMap((host) => changesOf(plan, host))).toEqual([]);
  });

  it("stands in files that keepalived's own test accepts", async () => {
    for (const host of HOSTS) {
      expect(await must(lab, host, 'keepalived --config-test 2>&1; echo "exit $?"')).toBe('exit 0\n');
    }
  });

  it('has both instances at work at once, each VIP on the host that shall prefer it', async () => {
    expect(
      await until(
        () => holders(VIP4),
        ({ length }) => length === 1,
        15_000,
      ),
    ).toHaveLength(1);
    expect(
      await until(
        () => holders(VIP6),
        (now) => now.join() === 'own2',
        20_000,
      ),
    ).toEqual(['own2']);
    expect(
      await until(
        () => holders(VIP4),
        (now) => now.join() === 'own1',
        30_000,
      ),
    ).toEqual(['own1']);
    expect(
      await until(
        () => holders('fe80::103'),
        (now) => now.join() === 'own2',
        20_000,
      ),
    ).toEqual(['own2']);
  });

  it('answers HTTP 200 at the IPv4 and at the IPv6 address', async () => {
    expect(await httpStatus(lab, VIP4)).toBe('200');
    await must(lab, 'own2', "grep -q 'listen \\[::\\]:80' /etc/nginx/sites-enabled/default");
    expect(
      await until(
        () => httpStatus(lab, VIP6),
        (status) => status === '200',
        15_000,
      ),
    ).toBe('200');
  });

  it('speaks unicast to its peer alone, and lets in that peer alone', async () => {
    const rules = await must(lab, 'own1', 'iptables -S INPUT; ip6tables -S INPUT');
    expect(rules).toMatch(new RegExp(`-A INPUT -s ${addressOf('own2')}/32 -i eth0 -p (vrrp|112) -j ACCEPT`));
    expect(rules).toMatch(/-A INPUT -s fd00:60::42\/128 -i eth0 -p (vrrp|112) -j ACCEPT/);
    expect(rules).not.toContain('224.0.0.18');
    expect(await must(lab, 'own1', 'sysctl -n net.ipv6.ip_nonlocal_bind')).toBe('1\n');
    expect(await must(lab, 'own1', 'cat /etc/keepalived/keepalived.conf')).toMatch(/unicast_src_ip fd00:60::41\n/);
  });

  it("moves the VIP when the user's own check fails, and tells the user's own script", async () => {
    await must(lab, 'own1', 'rm -f /run/notified; touch /run/unfit');
    expect(
      await until(
        () => holders(VIP4),
        (now) => now.join() === 'own2',
        30_000,
      ),
    ).toEqual(['own2']);
    const told = () => must(lab, 'own1', 'cat /run/notified 2>/dev/null || true');
    expect(await until(told, (text) => text.includes('FAULT'), 10_000)).toContain('INSTANCE VI_4 FAULT 150');
    await must(lab, 'own1', 'rm /run/unfit');
    expect(
      await until(
        () => holders(VIP4),
        (now) => now.join() === 'own1',
        30_000,
      ),
    ).toEqual(['own1']);
  });

  it('tells Slack of each change, at the webhook itself', async () => {
    const posts = () => must(lab, 'own1', 'cat /run/webhook-posts 2>/dev/null || true');
    const text = await until(posts, (seen) => /VI_4 is MASTER/.test(seen) && /VI_4 is FAULT/.test(seen), 15_000);
    expect(text).toContain(`POST /services/${CANARY} HTTP/1.1`);
    expect(text).toMatch(/\{"text":"own1: VI_4 is MASTER, priority 150: holds the virtual IP now \(.*\)"\}/);
  });

  it('keeps the webhook in a file that root alone reads, and nowhere else', async () => {
    for (const host of HOSTS) {
      expect(await must(lab, host, 'stat -c "%a %U:%G" /etc/keepalived/haprov-slack.curl')).toBe('600 root:root\n');
      // What to look for comes on standard input, or the search itself would show in the process list.
      const search = 'grep -rlsF -f - /etc /usr/libexec /usr/local /var /root /home /tmp';
      const { stdout: found } = await lab.exec(host, search, { input: CANARY });
      expect(found).toBe('/etc/keepalived/haprov-slack.curl\n');
      expect(
        (
          await lab.exec(host, 'cat >/run/needle; journalctl -q --no-pager | grep -cF -f /run/needle', {
            input: CANARY,
          })
        ).stdout,
      ).toBe('0\n');
    }
  });

  it('shows the webhook in no process list and in no environment while it tells', async () => {
    const seen = await must(lab, 'own1', 'cat /run/webhook-ps; echo; cat /run/webhook-environ');
    expect(seen).toContain('haprov-notify');
    expect(seen).not.toContain('CANARY');
  });

  it('says no secret: not in output, JSON, --verbose nor in a saved plan', () => {
    const all = said.map(({ stdout, stderr }) => stdout + stderr).join('\n') + readFileSync(saved, 'utf8');
    for (const secret of [
      CANARY,
      WEBHOOK,
      AUTH,
      ...[CANARY, WEBHOOK, AUTH].map((one) => Buffer.from(one).toString('base64')),
    ]) {
      expect(all.includes(secret)).toBe(false);
    }
    expect(all).toContain('auth_pass ********');
  });

  it('starts keepalived with the arguments that log_detail asks for', async () => {
    expect(
      await must(lab, 'own1', 'tr "\\0" " " </proc/$(systemctl show -p MainPID --value keepalived)/cmdline'),
    ).toMatch(/ -D\b/);
  });

  it('goes away again where the inventory no longer has it', async () => {
    const text = readFileSync(inventory, 'utf8').replace(/^ {4}notify:\n( {6}.*\n)+/m, '');
    expect(text).not.toContain('slack_webhook');
    writeFileSync(inventory, text);
    const result = await haprov(['apply', inventory, '--yes'], { env });
    expect(result.code).toBe(0);
    await must(
      lab,
      'own1',
      '[ ! -e /etc/keepalived/haprov-slack.curl ] && [ ! -e /usr/libexec/keepalived/haprov-notify-user ]',
    );
  });

  it('stands for a unit of the user\u2019s own, which is started, watched and moved like nginx', async () => {
    for (const host of HOSTS) {
      await lab.exec(host, 'cat >/run/own-kv.pl', { input: OWN_PROGRAM });
      await lab.exec(host, 'cat >/etc/systemd/system/own-kv.service; systemctl daemon-reload', { input: OWN_UNIT });
    }
    const kv = {
      service: { unit: 'own-kv', port: 7001 },
      hosts: { 'own[1-2]': addressOf('own1').replace(/1$/, '[1-2]') },
      firewall: { open: ['7001/tcp'] },
      notify: { script: './on-change.sh', timeout: 60, master: './slow.sh' },
      vrrp_instances: {
        KV: {
          virtual_router_id: 73,
          interface: 'eth0',
          priority: { own1: 150, own2: 100 },
          virtual_ipaddress: [`${VIP4}/24`],
          track_script: {
            port: { tcp: 7001, user: 'nobody' },
            alive: { process: 'own-kv', user: 'nobody nogroup' },
            unit: { unit: 'own-kv' },
            own: { command: ['/usr/bin/test', '-d', '/run'] },
          },
        },
      },
    };
    const file = writeInventory(lab, { kv });
    writeFileSync(join(dirname(file), 'on-change.sh'), NOTIFY);
    writeFileSync(join(dirname(file), 'slow.sh'), '#!/bin/sh\nsleep 3; echo "slow $2 $3" >>/run/notified\n');
    expect((await haprov(['remove', inventory, '--yes'], { env })).code).toBe(0);
    const first = await haprov(['apply', file, '--yes'], { env });
    expect([first.code, first.code === 0 ? '' : first.stdout + first.stderr]).toEqual([0, '']);
    const plan = await planOf(file, ['--detailed-exitcode'], { env });
    expect(HOSTS.flatMap((host) => changesOf(plan, host))).toEqual([]);
    expect(await must(lab, 'own1', 'iptables -S INPUT')).toContain('-p tcp -m tcp --dport 7001 -j ACCEPT');
    await until(
      () => holders(VIP4),
      (now) => now.join() === 'own1',
      20_000,
    );
    await must(lab, 'own2', 'rm -f /run/notified');
    await must(lab, 'own1', 'systemctl stop own-kv');
    expect(
      await until(
        () => holders(VIP4),
        (now) => now.join() === 'own2',
        20_000,
      ),
    ).toEqual(['own2']);
    const told = () => must(lab, 'own2', 'cat /run/notified 2>/dev/null || true');
    await must(lab, 'own1', 'systemctl start own-kv');
    expect(
      await until(
        () => holders(VIP4),
        (now) => now.join() === 'own1',
        20_000,
      ),
    ).toEqual(['own1']);
    const order = ['slow KV MASTER', 'INSTANCE KV MASTER 100', 'INSTANCE KV BACKUP 100'];
    expect((await until(told, (text) => text.includes('BACKUP'), 20_000)).trim().split('\n')).toEqual(order);
  });
});
