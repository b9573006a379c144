import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/checks/registry.ts';
import { keepalivedConfigOf } from '../../../src/tasks/keepalived-config.ts';
import { good, lines, withCluster, withInstance } from './support.ts';

const CHECKS = '/usr/libexec/keepalived/haprov-check-';

/** The command lines of the checks of an instance with these, in a cluster of this service. */
function commands(checks: string, service = 'none'): string[] {
  const { clusters } = good(withCluster(`service: ${service}`, withInstance(`track_script: ${checks}`)));
  const scripts = clusters[0]?.vrrp_instances[0]?.track_script ?? [];
  return scripts.map(({ name, probe, timeout }) => checkCommand(name, probe, timeout));
}

describe('a check', () => {
  it.each([
    [
      "{ api: { url: 'https://127.0.0.1:6443/livez', ca: /etc/kubernetes/pki/ca.crt, expect: [200, 401] } }",
      `${CHECKS}http https://127.0.0.1:6443/livez 0.8 expect=200,401 ca=/etc/kubernetes/pki/ca.crt`,
    ],
    [
      "{ api: { url: 'https://127.0.0.1/x', host: api.example.com, ca: ./ca.crt, method: HEAD } }",
      `${CHECKS}http https://api.example.com/x 0.8 method=HEAD connect=127.0.0.1:443 ca=/usr/libexec/keepalived/haprov-user-api.ca.crt`,
    ],
    ['{ db: { tcp: 127.0.0.1:5432 } }', `${CHECKS}tcp 127.0.0.1 5432 0.8`],
    ["{ db: { tcp: '[::1]:5432' } }", `${CHECKS}tcp ::1 5432 0.8`],
    ['{ db: { port: 53 } }', `${CHECKS}tcp 127.0.0.1 53 0.8`],
    ['{ dns: { dns: { name: example.com, type: AAAA } } }', `${CHECKS}dns example.com 127.0.0.1 53 28 0.8`],
    ['{ daemon: { process: traefik } }', `${CHECKS}process traefik`],
    ['{ daemon: { container: traefik } }', `${CHECKS}process traefik anywhere`],
    ['{ unit: { unit: redis-server } }', `${CHECKS}unit redis-server.service 0.8`],
    ["{ own: { command: [/usr/local/bin/alive, --port, '53', 7] } }", '/usr/local/bin/alive --port 53 7'],
    ['{ own: { command: [./alive.sh, -h, 127.0.0.1] } }', '/usr/libexec/keepalived/haprov-user-own -h 127.0.0.1'],
    ["{ rest: { url: 'http://127.0.0.1:8008/primary' } }", `${CHECKS}http http://127.0.0.1:8008/primary 0.8`],
  ])('%s is asked by one command line, whatever the service', (checks, line) => {
    expect(commands(checks)).toEqual([line]);
  });

  it('of a URL asks nginx where nginx is the service, or the check is named after it', () => {
    expect(commands('{ site: { url: "http://127.0.0.1/up" } }', 'nginx')).toEqual([
      `${CHECKS}nginx http://127.0.0.1/up 0.8`,
    ]);
    expect(commands('{ site: { url: "http://127.0.0.1/up", expect: 2xx } }', 'nginx')[0]).toContain(`${CHECKS}http `);
  });

  it.each([
    ["{ a: { script: '/usr/bin/pgrep -x traefik' } }", 'write process: traefik'],
    ["{ a: { script: '/usr/bin/killall -0 haproxy' } }", 'write process: haproxy'],
    ["{ a: { script: '/usr/bin/systemctl is-active --quiet redis' } }", 'write unit: redis'],
    ["{ a: { script: '/usr/bin/curl -fs http://127.0.0.1/up' } }", 'write url: http://127.0.0.1/up'],
    ["{ a: { script: '/bin/nc -z 127.0.0.1 5432' } }", 'write tcp: 127.0.0.1:5432'],
    ["{ a: { script: './check-dns.sh -h 127.0.0.1' } }", 'write command: [./check-dns.sh, -h, 127.0.0.1]'],
    ["{ a: { script: '</dev/tcp/127.0.0.1/80' } }", undefined],
  ])('%s with arguments gets an answer that helps', (checks, answer) => {
    const [first = ''] = lines(withInstance(`track_script: ${checks}`));
    if (answer === undefined) expect(first).not.toContain('without arguments');
    else expect(first).toContain(`without arguments; ${answer} [script-arguments]`);
  });

  it.each([
    [
      '{ a: { tcp: 5432, unit: redis } }',
      'a has tcp and unit; a check asks one thing: make two checks of it [check-probe]',
    ],
    [
      '{ a: { tcp: 5432, insecure: true } }',
      'a has insecure, which says more about url, and there is no url; write url, or take insecure out [check-option]',
    ],
    [
      '{ a: { command: [pgrep, -x, traefik] } }',
      "command must begin with an absolute path on the host such as /usr/bin/pgrep, or with ./FILE to upload one; keepalived looks nowhere else, not 'pgrep' [format]",
    ],
    [
      '{ a: { exec: /bin/true } }',
      "unknown key 'exec'; a program with arguments is command: [/usr/local/bin/alive, --quick] [unknown-key]",
    ],
    ['{ a: { tpc: 5432 } }', "unknown key 'tpc'; did you mean 'tcp'? [unknown-key]"],
    [
      '{ a: { tcp: 10.9.9.9:5432 } }',
      "the check asks 10.9.9.9, so it can fail on every host at once, or pass while this host's service is dead; ask 127.0.0.1:5432 [check-remote]",
    ],
    [
      "{ a: { url: 'https://127.0.0.1:6443/livez' } }",
      'few certificates name 127.0.0.1 and come from a CA that the host trusts, and any other fails the check; write ca: /PATH/ON/THE/HOST, host: NAME, or insecure: true [check-tls]',
    ],
    [
      '{ check_haproxy: {} }',
      'check_haproxy watches haproxy, which haprov neither installs nor starts in this cluster; write service: [nginx, haproxy] if it has to [check-foreign]',
    ],
  ])('%s is answered in words', (checks, message) => {
    expect(lines(withInstance(`track_script: ${checks}`)).map((line) => line.replace(/^\S+ \w+: /, ''))).toContain(
      message,
    );
  });
});

describe('a service', () => {
  it.each([
    ['{ unit: redis-server, package: redis, port: 6379 }', 'check_redis-server', `${CHECKS}tcp 127.0.0.1 6379 0.8`],
    ['pihole-FTL', 'check_pihole-FTL', `${CHECKS}unit pihole-FTL.service 0.8`],
    ['{ unit: unbound, port: 53/udp }', 'check_unbound', `${CHECKS}unit unbound.service 0.8`],
    ['{ container: haproxy }', 'check_haproxy', `${CHECKS}process haproxy anywhere`],
    ['{ unit: haproxy, install: false }', 'check_haproxy', `${CHECKS}haproxy 0.8`],
  ])('%s is watched by a check of its own', (service, name, line) => {
    const [cluster] = good(withCluster(`service: ${service}`)).clusters;
    const [check] = cluster?.vrrp_instances[0]?.track_script ?? [];
    expect(check?.name).toBe(name);
    expect(check === undefined ? '' : checkCommand(check.name, check.probe, check.timeout)).toBe(line);
  });

  it('may be several, each with its check', () => {
    const [cluster] = good(withCluster('service: [nginx, { unit: redis-server, port: 6379 }]')).clusters;
    expect(cluster?.services.map(({ unit }) => unit)).toEqual(['nginx', 'redis-server']);
    expect(cluster?.vrrp_instances[0]?.track_script.map(({ name }) => name)).toEqual([
      'check_nginx',
      'check_redis-server',
    ]);
  });

  it.each([
    [
      'ngnix',
      "unknown service 'ngnix'; did you mean 'nginx'? A systemd unit of that name is { unit: ngnix } [service]",
    ],
    ['redis.service', "service is the unit's name without .service: write redis [service]"],
    ['{ port: 80 }', 'service does not say what runs; write unit: NAME, or container: NAME [service]'],
    [
      '{ container: haproxy, package: haproxy }',
      'haproxy runs in a container, so haprov installs nothing for it; take package out, or write unit in place of container [service]',
    ],
    ['[nginx, nginx]', 'nginx is named twice; take one of them out [service]'],
  ])('%s is answered in words', (service, message) => {
    expect(lines(withCluster(`service: ${service}`)).map((line) => line.replace(/^\S+ \w+: /, ''))).toContain(message);
  });

  it('that is installed beside a check of a container gets the one line to write', () => {
    const text = withCluster('service: haproxy', withInstance('track_script: { check_container: { script: ./c.sh } }'));
    expect(lines(text)[0]).toContain('write service: { container: haproxy }');
  });
});

describe('the weight of a check', () => {
  const weighted = (weight: string): string => withInstance(`track_script: { dns: { tcp: 53, weight: ${weight} } }`);

  it('may differ by host, and stands in keepalived.conf of each as its own', () => {
    const [cluster] = good(weighted('{ lb1: 30, lb2: 25 }')).clusters;
    const weights = cluster?.hosts.map((host) => keepalivedConfigOf(cluster, host).vrrp_scripts[0]?.weight);
    expect(weights).toEqual([30, 25]);
  });

  it('names each host once', () => {
    expect(lines(weighted('{ lb1: 30, lb3: 25 }')).map((line) => line.replace(/^\S+ \w+: /, ''))).toEqual(
      expect.arrayContaining([
        "weight names lb3, which is no host of the cluster; did you mean 'lb1'? [unknown-host]",
        'weight has no value for lb2; 0 makes a host give the VIP up [missing-host]',
      ]),
    );
  });

  it('that is too small is named where it stands', () => {
    const text = weighted('{ lb1: 5, lb2: 5 }');
    const [first = ''] = lines(text);
    expect(first).toContain('the VIP stays on lb1; the weight of lb2 must be above 10, or 0 [weight-positive]');
  });
});
