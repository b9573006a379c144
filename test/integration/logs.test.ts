import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { expectExit, startHaprov } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { CLUSTERS, PAIRS, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';

interface Line {
  readonly time: string;
  readonly host: string;
  readonly unit: string;
  readonly message: string;
  readonly transition?: { readonly instance: string; readonly state: string };
}

const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line));

const isNotified = ({ unit, transition }: Line, state: string): boolean =>
  unit === 'haprov-notify' && transition?.state === state;

/** Whether each host of a pair has told so often that it reloaded; what was told twice counts once. */
const haveReloaded = (hosts: readonly string[], times: number) => (lines: readonly string[]) => {
  const told = linesOf([...new Set(lines)].join('\n')).filter(({ message }) => message === 'Reload complete');
  return hosts.every((name) => told.filter(({ host }) => host === name).length >= times);
};

describeOnLab('the logs of a pair', () => {
  let lab: Lab;
  let inventory: string;

  const journalctls = async (): Promise<string> => {
    const found = await Promise.all(PAIRS.mix.map((host) => lab.exec(host, 'pgrep -a journalctl')));
    return found.map(({ stdout }) => stdout).join('');
  };

  beforeAll(async () => {
    lab = await testLab(PAIRS.mix);
    inventory = writeInventory(lab, { mix: CLUSTERS.mix });
    await expectExit(0, ['apply', inventory, '--yes']);
  });

  it('tell of a failover in the order in which it went, on both hosts', async () => {
    const [from] = await holdersOf(lab, PAIRS.mix, VIPS.mix);
    // From the beginning of a second on, and nothing that the apply did is in that second.
    const next = 'now=$(date +%s); until [ "$(date +%s)" -gt "$now" ]; do sleep 0.1; done; date +%s';
    const since = await must(lab, PAIRS.mix[0], next);
    await must(lab, from ?? '', 'systemctl stop keepalived');
    await until(
      () => holdersOf(lab, PAIRS.mix, VIPS.mix),
      (found) => found.length === 1 && found[0] !== from,
      10_000,
    );
    await must(lab, from ?? '', 'systemctl start keepalived');
    const written = async () => {
      const { stdout } = await expectExit(0, ['logs', inventory, '--json', '--since', `@${since.trim()}`]);
      return linesOf(stdout);
    };
    // Two hosts write them, each in its own time.
    const lines = await until(
      written,
      (found) => ['MASTER', 'STOP'].every((state) => found.some((line) => isNotified(line, state))),
      15_000,
    );
    const times = lines.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    const said = lines.map(({ host, unit, transition }) =>
      transition === undefined ? '' : `${host} ${unit} ${transition.state}`,
    );
    const stop = said.indexOf(`${from} haprov-notify STOP`);
    const taken = said.findIndex((text) => text.endsWith('keepalived MASTER') && !text.startsWith(`${from} `));
    expect(taken).toBeGreaterThan(-1);
    expect(lines[taken]?.transition?.instance).toBe('VI_1');
    expect(stop).toBeGreaterThan(-1);
    expect(new Set(lines.map(({ unit }) => unit))).toEqual(new Set(['keepalived', 'haprov-notify']));
  });

  it('are searched here, by a pattern that no host sees', async () => {
    const { stdout } = await expectExit(0, [
      'logs',
      inventory,
      '--grep',
      'Entering (MASTER|BACKUP) STATE',
      '--since',
      '1h',
    ]);
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} mix[12] keepalived +>> \(VI_1\) Entering/);
    const wrong = await expectExit(3, ['logs', inventory, '--since', '1h; reboot']);
    expect(wrong.stderr).toContain('is no time');
  });

  it('are followed through a lost connection, and leave no journalctl behind', async () => {
    const process = startHaprov(['logs', inventory, '-f', '--json', '--since', 'now']);
    await until(journalctls, (text) => text.split('--follow').length === 3, 20_000);
    for (const host of PAIRS.mix) await must(lab, host, 'systemctl reload keepalived');
    // Two reloads that come too close are one.
    await process.output(haveReloaded(PAIRS.mix, 1));
    // The sessions of the host end; whoever follows comes back.
    await lab.exec(PAIRS.mix[1], "pkill -x -f 'sshd: deploy(@notty)?'");
    await until(journalctls, (text) => text.split('--follow').length === 3, 20_000);
    for (const host of PAIRS.mix) await must(lab, host, 'systemctl reload keepalived');
    await process.output(haveReloaded(PAIRS.mix, 2));
    process.signal('SIGINT');
    const { code, stdout, stderr } = await process.ended;
    expect(code).toBe(130);
    const reloads = linesOf(stdout)
      .filter(({ message }) => message === 'Reload complete')
      .map(({ host }) => host);
    expect(reloads.filter((host) => host === 'mix1').length).toBe(2);
    expect(reloads.filter((host) => host === 'mix2').length).toBe(2);
    expect(stderr).toMatch(/LOST {2}mix2/);
    expect(stderr).toMatch(/BACK {2}mix2/);
    expect(await until(journalctls, (text) => text === '', 15_000)).toBe('');
  });

  it('end on the hosts too when haprov is killed', async () => {
    const process = startHaprov(['logs', inventory, '-f', '--since', '1h']);
    await until(journalctls, (text) => text.split('--follow').length === 3, 20_000);
    process.signal('SIGKILL');
    await process.ended;
    expect(await until(journalctls, (text) => text === '', 15_000)).toBe('');
  });

  it('of a host that cannot be reached are left out, and it ends with 4', async () => {
    await lab.power('mix2', 'off');
    try {
      const { stdout, stderr } = await expectExit(4, ['logs', inventory, '--json']);
      expect(new Set(linesOf(stdout).map(({ host }) => host))).toEqual(new Set(['mix1']));
      expect(stderr).toMatch(/LOST {2}mix2/);
    } finally {
      await lab.power('mix2', 'on');
    }
  });
});
