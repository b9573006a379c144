import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../../../src/inventory/read.ts';
import { readSources } from '../../../../src/keepalived/source/read-sources.ts';
import { adoptHosts, troubleText } from '../../../../src/plan/adopt/adopt.ts';
import type { FoundHost, Part } from '../../../../src/plan/adopt/model.ts';
import { proveAdoption } from '../../../../src/plan/adopt/prove.ts';
import { renderAdopted } from '../../../../src/plan/adopt/render.ts';
import { sourcesOf } from '../../tasks/support.ts';

const ROOT = '/etc/keepalived/keepalived.conf';
const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/keepalived-adopt/${name}`, import.meta.url), 'utf8');

function found(name: string, last: number, text: string, more = {}): FoundHost {
  const sources = sourcesOf(text, { files: new Map([[ROOT, text]]), hostname: name, ...more });
  return {
    name,
    address: `192.168.1.${last}`,
    sources,
    config: readSources(sources),
    addresses: [{ interface: 'eth0', address: `192.168.1.${last}`, prefix: 24 }],
    options: 'keepalived -D',
    scriptUser: 'root',
    scripts: new Map(),
  };
}

const pairOf = (first: string, second = first.replace('priority 150', 'priority 100')): readonly FoundHost[] => [
  found('lb1', 11, first),
  found('lb2', 12, second),
];

function textOf({ lines }: Part): string {
  return renderAdopted(lines, 'Adopted.');
}

/** What would be lost or seen, and what lint holds against it, with the passwords in place of their files. */
function standsAgainst(hosts: readonly FoundHost[]): readonly string[] {
  const part = adoptHosts(hosts, { secrets: 'file' });
  if (part.refused.length > 0) return part.refused.map(troubleText);
  const literal = part.lines.map((line) =>
    line.path.at(-1) === 'auth_pass'
      ? { ...line, value: part.files.find(({ path }) => path.endsWith('auth_pass'))?.text.trim() }
      : line,
  );
  const where = { file: 'inventory.yaml', directory: '/', homeDirectory: '/', user: 'me' };
  const { inventory, problems } = parseInventory(renderAdopted(literal, ''), where);
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return [...errors, ...(inventory === undefined ? [] : proveAdoption(inventory, hosts, part.files).map(troubleText))];
}

describe('adopting', () => {
  it('writes each value with the place that it came from', () => {
    const text = textOf(adoptHosts(pairOf(fixture('pair.conf')), { secrets: 'file' }));
    expect(text).toMatchInlineSnapshot(`
      "# Adopted.

      clusters:
        adopted:
          # haprov watches no service of its own here: the checks below are those that keepalived had
          service: none
          hosts:
            lb1: 192.168.1.11
            lb2: 192.168.1.12
          vrrp_instances:
            VI_1:
              # lb1 /etc/keepalived/keepalived.conf:14
              virtual_router_id: 51
              # lb1 /etc/keepalived/keepalived.conf:13
              interface: eth0
              # lb1 /etc/keepalived/keepalived.conf:15
              priority: { lb1: 150, lb2: 100 }
              # lb1 /etc/keepalived/keepalived.conf:16
              advert_int: 1
              # lb1 /etc/keepalived/keepalived.conf:17
              garp_master_delay: 1
              # lb1 /etc/keepalived/keepalived.conf:22
              virtual_ipaddress: [ 192.168.1.100/24 dev eth0 label eth0:1 ]
              # lb1 /etc/keepalived/keepalived.conf:18
              auth_pass: { file: ./secrets/adopted-VI_1.auth_pass }
              track_script:
                # lb1 /etc/keepalived/keepalived.conf:6
                chk_http:
                  command:
                    - /usr/bin/pgrep
                    - -x
                    - nginx
                  interval: 2
                  timeout: 1
                  fall: 2
                  rise: 1
                  weight: 0
          keepalived:
            global_defs:
              # as keepalived has it by itself; without this line haprov has its own
              - vrrp_garp_master_refresh 0
              # as keepalived has it by itself; without this line haprov has its own
              - vrrp_skip_check_adv_addr false
            # keepalived runs with -D
            log_detail: true
      "
    `);
  });

  it.each(['pair.conf', 'gateway.conf', 'lvs.conf', 'unicast.conf'])(
    'loses nothing of %s, shows the others nothing, and lint has no error for it',
    (name) => {
      const text = fixture(name);
      const second = text
        .replaceAll('priority 150', 'priority 100')
        .replace('src_ip 192.168.1.11', 'src_ip 192.168.1.X')
        .replace(/192\.168\.1\.12\b/, '192.168.1.11')
        .replace('192.168.1.X', '192.168.1.12');
      expect(standsAgainst(pairOf(text, second))).toEqual([]);
    },
  );

  it('reads one file for both machines, by their conditions, definitions and includes', () => {
    const text = fixture('one-for-both.conf');
    const included = `/etc/keepalived/conf.d/10.conf`;
    const line = text.split('\n').findIndex((one) => one.startsWith('include')) + 1;
    const of = (name: string, last: number): FoundHost =>
      found(name, last, text, {
        instance: name,
        files: new Map([
          [ROOT, text],
          [included, fixture('second.conf')],
        ]),
        includes: [{ file: ROOT, line, paths: [included] }],
      });
    const hosts = [of('lb1', 11), of('lb2', 12)];
    expect(standsAgainst(hosts)).toEqual([]);
    const written = textOf(adoptHosts(hosts, { secrets: 'file' }));
    expect(written).toContain('priority: { lb1: 150, lb2: 50 }');
    expect(written).toContain(`# lb1 ${included}:3`);
  });

  it.each([
    [
      'an unfinished merge',
      'vrrp_instance A {\n<<<<<<< HEAD\n}\n',
      `lb1 ${ROOT}:2 a mark of a merge that was never finished`,
    ],
    ['a file without an instance', 'global_defs {\n}\n', `lb1 ${ROOT}:1 there is no vrrp_instance here`],
    ['a line that is no block', `${fixture('pair.conf')}stray line\n`, "'stray line' is no block"],
  ])('refuses %s by its line', (_, text, said) => {
    const { refused } = adoptHosts(pairOf(text, text), { secrets: 'file' });
    expect(refused.map(troubleText).join('\n')).toContain(said);
  });

  it.each([
    [
      'different addresses',
      ['label eth0:1', 'label eth0:1\n        192.168.1.101/24'],
      'only lb2 has 192.168.1.101/24',
    ],
    ['different passwords', ['auth_pass hunter22', 'auth_pass hunter23'], 'different passwords'],
    ['different intervals', ['advert_int 1', 'advert_int 2'], 'contradict each other in advert_int: lb1 1, lb2 2'],
  ])('names the contradiction of %s', (_, [from = '', to = ''], said) => {
    const text = fixture('pair.conf');
    const { refused } = adoptHosts(pairOf(text, text.replace(from, to)), { secrets: 'file' });
    expect(refused.map(troubleText).join('\n')).toContain(said);
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });

  it('says that nopreempt does nothing beside MASTER', () => {
    const text = fixture('pair.conf').replace('state BACKUP', 'state MASTER\n    nopreempt');
    const { notes, lines } = adoptHosts(pairOf(text), { secrets: 'file' });
    expect(notes.map(troubleText).join('\n')).toContain('nopreempt does nothing beside state MASTER');
    expect(lines.some(({ path }) => path.at(-1) === 'nopreempt')).toBe(false);
  });

  it('keeps passwords out of the inventory: in files of mode 0600, or as names of variables', () => {
    const hosts = pairOf(fixture('pair.conf'));
    const inFiles = adoptHosts(hosts, { secrets: 'file' });
    expect(textOf(inFiles)).not.toContain('hunter22');
    expect(inFiles.files).toContainEqual({ path: 'secrets/adopted-VI_1.auth_pass', text: 'hunter22\n', mode: 0o600 });
    const named = adoptHosts(hosts, { secrets: 'env' });
    expect(textOf(named)).toContain('auth_pass: { env: ADOPTED_VI_1_AUTH_PASS }');
    expect(named.files.every(({ variable }) => variable !== undefined)).toBe(true);
  });

  it('makes a cluster of those hosts that share an address', () => {
    const other = fixture('pair.conf').replaceAll('192.168.1.100', '192.168.1.200');
    const hosts = [...pairOf(fixture('pair.conf')), found('db1', 21, other), found('db2', 22, other)];
    const text = textOf(adoptHosts(hosts, { secrets: 'file' }));
    expect(text).toMatch(/\n {2}lb1:\n[\s\S]*\n {2}db1:\n/);
  });

  it('runs the very command of a notify line, each host its own', () => {
    const text = fixture('pair.conf').replace('state BACKUP', 'state BACKUP\n    notify_master "/opt/up.sh one"');
    const { files } = adoptHosts(pairOf(text, text.replace('up.sh one', 'up.sh two')), { secrets: 'file' });
    const script = files.find(({ path }) => path.startsWith('scripts/'))?.text;
    expect(script).toContain('lb1) exec /opt/up.sh one ;;');
    expect(script).toContain('lb2) exec /opt/up.sh two ;;');
  });
});
