import type { Subject } from '../facts/reader/subject.ts';
import type { Backend, Inspection } from './backend.ts';

/** Whether ufw is installed and enabled at boot. Key: always `ufw`. */
export const ufwSubject: Subject<'ufw', boolean> = {
  name: 'ufw',
  script: () => `if command -v ufw >/dev/null && grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then echo ufw; fi`,
  parse: (output) => [output.split('\n').includes('ufw')],
};

/**
 * ufw. haprov's rules are those of `tables`, at the top of INPUT and OUTPUT and so ahead of ufw's, which stand in chains of its
 * own and are all that it flushes when it reloads (MANAGE_BUILTINS=no, the default). Not by ufw itself: before 0.36.2 it knows no
 * VRRP, and none of its versions has a rule for what a host sends to a multicast group by interface.
 */
export function ufw(tables: Backend): Backend {
  return {
    ...tables,
    filters: (ask) => ask(ufwSubject, 'ufw'),
    async inspect(flows, ask) {
      const [enabled, read] = await Promise.all([ask(ufwSubject, 'ufw'), tables.inspect(flows, ask)]);
      return inspectUfw(enabled, read);
    },
  };
}

/** The rules of ufw, where it is enabled. */
export function inspectUfw(enabled: boolean, tables: Inspection): Inspection {
  if (!enabled) return { block: () => undefined };
  return {
    inForce: 'ufw',
    block(packet) {
      const block = tables.block(packet);
      if (block === undefined) return undefined;
      if (packet.port !== undefined) return { ...block, layer: 'ufw' };
      return { ...block, layer: 'ufw', fix: 'haprov apply lets VRRP through, ahead of the rules of ufw' };
    },
  };
}
