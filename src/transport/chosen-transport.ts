import { chooseTransport, type TransportName } from './choose-transport.ts';
import { type FoundNeeds, needBehind } from './config/found-needs.ts';
import { ConnectError, codeOf } from './errors.ts';
import type { Transport } from './session.ts';

/**
 * Both clients behind one face; each is made when the first host needs it. Where auto took ssh2 and that got no session
 * because of what OpenSSH's client may be able to do, the host is connected to once more, by that. By then nothing of
 * any script was sent.
 */
export function chosenTransport(make: Readonly<Record<TransportName, () => Transport>>, found: FoundNeeds): Transport {
  const made = new Map<TransportName, Transport>();
  let closed = false;
  const using = (name: TransportName): Transport => {
    const transport = made.get(name) ?? make[name]();
    made.set(name, transport);
    return transport;
  };
  return {
    connect: async (host, signal) => {
      if (closed) throw new Error('the transport was closed');
      const { ssh } = found.withNeeds(host);
      const { transport } = chooseTransport({ setting: ssh.transport, needs: ssh.needs });
      try {
        return await using(transport).connect(host, signal);
      } catch (error) {
        const need = transport === 'ssh2' ? needBehind(host, error) : undefined;
        if (need === undefined || closed || signal?.aborted === true) throw error;
        const second = using('openssh').connect(host, signal);
        // Without an ssh command there is nothing better to say than what ssh2 met.
        if (codeOf((await failureOf(second))?.cause) === 'ENOENT') throw error;
        found.keep(need);
        return await second;
      }
    },
    close: () => {
      closed = true;
      for (const transport of made.values()) transport.close();
    },
  };
}

function failureOf(work: Promise<unknown>): Promise<ConnectError | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof ConnectError ? error : undefined),
  );
}
