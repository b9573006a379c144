import type { Subject } from '../facts/reader/subject.ts';
import { type Backend, type Inspection, refuse } from './backend.ts';

/** Whether ufw is installed and enabled at boot. Key: always `ufw`. */
export const ufwSubject: Subject<'ufw', boolean> = {
  name: 'ufw',
  script: () => `if command -v ufw >/dev/null && grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then echo ufw; fi`,
  parse: (output) => [output.split('\n').includes('ufw')],
};

/** ufw. Its rules are rules of `tables`, which tells what they do; haprov reads them, and does not write them. */
export function ufw(tables: Backend): Backend {
  return {
    filters: (ask) => ask(ufwSubject, 'ufw'),
    open: async () =>
      refuse('ufw', 'Let VRRP in from each peer: ufw allow to 224.0.0.18 from PEER proto vrrp (ufw 0.36.2 or later).'),
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
      const fix = 'ufw allow to 224.0.0.18 from PEER proto vrrp (ufw 0.36.2 or later), for each peer';
      return { ...block, layer: 'ufw', fix };
    },
  };
}
