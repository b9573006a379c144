import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { converge } from '../support/converge.ts';
import { expectExit, haprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf } from '../support/lab-facts.ts';
import { PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/keepalived/', import.meta.url));

/** Scripts of other services are not there on this host, which is not the file's fault: they get a stand-in. */
const TEST_GOLDEN = `made=
cat >/run/golden.conf && chmod 640 /run/golden.conf
for path in $(grep -oE '/usr/libexec/keepalived/[^ "]+' /run/golden.conf | sort -u); do
  [ -e "$path" ] || { install -m 755 /bin/true "$path"; made="$made $path"; }
done
keepalived --config-test -f /run/golden.conf 2>&1; echo "exit $?"
rm -f $made /run/golden.conf`;

/** What lint lets pass, and only the host can tell. */
const REFUSED = [
  {
    what: 'a line of keepalived’s own that it does not know',
    cluster: pair(PAIRS.web, 'nginx', 61, VIPS.web, { extra: ['garp_of_tomorrow 7'] }),
    says: /keepalived --config-test refuses it[\s\S]*garp_of_tomorrow/,
  },
  {
    what: 'an interface that is not there',
    cluster: pair(PAIRS.web, 'nginx', 61, VIPS.web, { interface: { web1: 'eth0', web2: 'eth7' } }),
    says: /there is no interface eth7/,
  },
];

describeOnLab('a configuration that keepalived refuses', () => {
  let lab: Lab;
  let good: string;

  const state = () =>
    Promise.all(
      PAIRS.web.map((host) =>
        must(
          lab,
          host,
          'stat -c "%a %Y" /etc/keepalived/keepalived.conf; sha256sum /etc/keepalived/keepalived.conf; systemctl show -p MainPID,ActiveState keepalived nginx; systemctl show -p ExecReload keepalived',
        ),
      ),
    );

  beforeAll(async () => {
    lab = await testLab(PAIRS.web);
    good = await converge(lab, ['web']);
  });

  it.each(REFUSED)('never replaces the old one: $what', async ({ cluster, says }) => {
    const before = await state();
    const holder = await holdersOf(lab, PAIRS.web, VIPS.web);
    const result = await haprov(['apply', writeInventory(lab, { web: cluster }), '--yes', '--json']);
    const hosts = summaryOf(result).hosts;
    expect(Object.values(hosts).some(({ status }) => status === 'failed')).toBe(true);
    expect(JSON.stringify(hosts)).toMatch(says);
    expect(result.code).toBe(1);
    expect(await state()).toEqual(before);
    expect(await holdersOf(lab, PAIRS.web, VIPS.web)).toEqual(holder);
    for (const host of PAIRS.web) {
      expect(await must(lab, host, 'find /etc/keepalived -name ".haprov-*"')).toBe('');
    }
    await expectExit(0, ['plan', good, '--detailed-exitcode']);
  });

  it('is none of the golden files: keepalived itself accepts each of them', async () => {
    const files = readdirSync(FIXTURES).filter((file) => file.endsWith('.conf'));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const text = readFileSync(`${FIXTURES}${file}`, 'utf8');
      const { stdout, stderr } = await lab.exec('web1', TEST_GOLDEN, { input: text });
      expect({ file, said: stdout + stderr }).toEqual({ file, said: 'exit 0\n' });
    }
  });
});
