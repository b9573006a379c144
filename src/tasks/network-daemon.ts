import { z } from 'zod';
import { type NetworkDaemonFact, networkDaemonSubject } from '../facts/network/network-daemons.ts';
import { fileModule } from './file.ts';
import { keepalivedConfigOf } from './host-config.ts';
import { vipInterfaces } from './host-limits.ts';
import { planFile } from './plan-file.ts';
import type { Module, Planned, TaskContext } from './task.ts';

const shape = z.strictObject({
  /** Addresses that keepalived adds are all that haprov cares for. */
  keep: z.literal('vips'),
});

/**
 * The daemon that manages an interface leaves VIPs on it. systemd-networkd reads its settings before it acts on an interface
 * again (restart, reload, netplan apply, boot), so that nothing is restarted for them. Measured with systemd 252: a reload of
 * changed settings takes a VIP away without the setting, and leaves it with it; a restart leaves it either way.
 */
export const networkDaemonModule: Module<z.infer<typeof shape>> = {
  name: 'network_daemon',
  parse: (args) => shape.parse(args),
  plan: async (_, context) => {
    const names = vipInterfaces(keepalivedConfigOf(context.cluster, context.host));
    const facts = await Promise.all(names.map((name) => context.ask(networkDaemonSubject, name)));
    const settings = facts.flatMap(({ networkd }) => (networkd === null || networkd.keeps ? [] : [networkd]));
    const byFile = new Map(settings.map((setting) => [setting.file, setting]));
    const planned = await Promise.all([...byFile.values()].map((setting) => planSetting(setting, context)));
    return {
      changes: planned.flatMap(({ changes }) => changes),
      notes: planned.flatMap(({ notes }) => notes),
    };
  },
};

async function planSetting(
  { file, keep }: NonNullable<NetworkDaemonFact['networkd']>,
  context: TaskContext,
): Promise<Planned> {
  // systemd.network(5): a setting in /etc counts, wherever the .network file itself is.
  const directory = `/etc/systemd/network/${file.slice(file.lastIndexOf('/') + 1)}.d`;
  const value = keep.startsWith('dhcp') ? 'yes' : 'static';
  const text = `# Written by haprov: systemd-networkd leaves the VIPs in place.\n[Network]\nKeepConfiguration=${value}\n`;
  const place = await fileModule.plan(fileModule.parse({ path: directory, state: 'directory' }), context);
  const setting = await planFile(
    {
      path: `${directory}/haprov.conf`,
      content: { text, masked: text },
      mode: '0644',
      owner: 'root',
      group: 'root',
    },
    context,
  );
  return { changes: [...place.changes, ...setting.changes], notes: [...place.notes, ...setting.notes] };
}
