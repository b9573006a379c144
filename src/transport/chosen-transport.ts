import type { Host } from '../inventory/model.ts';
import type { ChosenTransport, TransportName } from './choose-transport.ts';
import type { Transport } from './session.ts';

/** Both clients behind one face; each is made when the first host needs it. */
export function chosenTransport(
  make: Readonly<Record<TransportName, () => Transport>>,
  choose: (host: Host) => ChosenTransport,
): Transport {
  const made = new Map<TransportName, Transport>();
  let closed = false;
  return {
    connect: async (host, signal) => {
      if (closed) throw new Error('the transport was closed');
      const { transport: name } = choose(host);
      const transport = made.get(name) ?? make[name]();
      made.set(name, transport);
      return transport.connect(host, signal);
    },
    close: () => {
      closed = true;
      for (const transport of made.values()) transport.close();
    },
  };
}
