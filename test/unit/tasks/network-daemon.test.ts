import { describe, expect, it } from 'vitest';
import { type NetworkDaemonFact, networkDaemonSubject } from '../../../src/facts/network/network-daemons.ts';
import { fileSubject } from '../../../src/facts/system/file.ts';
import { networkDaemonModule } from '../../../src/tasks/network-daemon.ts';
import { NOTHING, type Planned } from '../../../src/tasks/task.ts';
import { clusterWith, contextWith, type Known, known } from './support.ts';

const DIRECTORY = '/etc/systemd/network/10-netplan-eth0.network.d';
const NETPLAN = '/run/systemd/network/10-netplan-eth0.network';

const managed = (name: string, networkd: NetworkDaemonFact['networkd']): Known =>
  known(networkDaemonSubject, name, { networkd, networkManager: false });
const NOT_THERE: readonly Known[] = [
  known(fileSubject, DIRECTORY, { type: 'absent' }),
  known(fileSubject, `${DIRECTORY}/haprov.conf`, { type: 'absent' }),
];
const plan = (facts: readonly Known[], extra?: string): Promise<Planned> =>
  networkDaemonModule.plan({ keep: 'vips' }, contextWith(facts, { cluster: clusterWith(extra) }));
const contents = ({ changes }: Planned): readonly (string | undefined)[] =>
  changes.flatMap(({ diff }) => (diff === undefined ? [] : [diff.after ?? undefined]));

describe('systemd-networkd that manages the interface of a VIP', () => {
  it('is told to leave VIPs in place, beside its own file, and is not restarted for it', async () => {
    const planned = await plan([managed('eth0', { file: NETPLAN, keep: 'no', keeps: false }), ...NOT_THERE]);
    expect(planned.changes.map(({ action, target, phase }) => [action, target, phase])).toEqual([
      ['create', DIRECTORY, 'prepare'],
      ['create', `${DIRECTORY}/haprov.conf`, 'prepare'],
    ]);
    expect(contents(planned)).toEqual([expect.stringContaining('[Network]\nKeepConfiguration=static\n')]);
  });

  it('goes on keeping what it has from DHCP', async () => {
    const planned = await plan([managed('eth0', { file: NETPLAN, keep: 'dhcp-on-stop', keeps: false }), ...NOT_THERE]);
    expect(contents(planned)).toEqual([expect.stringContaining('KeepConfiguration=yes\n')]);
  });

  it('is left alone where it keeps them, and where it leaves the interface alone', async () => {
    expect(await plan([managed('eth0', { file: NETPLAN, keep: 'static', keeps: true })])).toEqual(NOTHING);
    expect(await plan([managed('eth0', null)])).toEqual(NOTHING);
  });

  it('is asked about once for interfaces that share its file, and about every interface that a VIP is on', async () => {
    const networkd = { file: NETPLAN, keep: 'no', keeps: false };
    const facts = [managed('eth0', networkd), managed('eth1', networkd), ...NOT_THERE];
    const planned = await plan(facts, 'virtual_ipaddress_excluded: [10.9.0.5/24 dev eth1]');
    expect(planned.changes).toHaveLength(2);
  });
});
