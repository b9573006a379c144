import { unitOf } from '../../checks/services.ts';
import { type ListenerFact, listenersSubject } from '../../facts/network/listeners.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { AnswerOptions } from './answers.ts';
import type { Baseline } from './baseline.ts';
import { gateError } from './evidence.ts';
import { portOfProbe, portsOf } from './probe.ts';
import { type Readers, readersOf } from './readers.ts';

const POLL_MS = 200;

/** Ports on which VIPs answered, and which the service had open for them on a member before and has not now. */
export function lostPorts(
  { service }: Cluster,
  { vips, listeners }: Baseline,
  host: string,
  now: readonly ListenerFact[],
): readonly { readonly vip: string; readonly port: number }[] {
  if (unitOf(service) === undefined) return [];
  return vips.flatMap(({ vip, answer }) => {
    if (answer === undefined) return [];
    const port = portOfProbe(answer.probe);
    const isOpen = (seen: readonly ListenerFact[]): boolean => portsOf(seen, vip, service).includes(port);
    return isOpen(listeners.get(host) ?? []) && !isOpen(now) ? [{ vip, port }] : [];
  });
}

/**
 * A member that was activated still has the ports open on which the VIPs answer, whoever holds them now: else they would be
 * silent as soon as it takes them. Throws GateError. The first look goes through `first`.
 */
export async function verifyPorts(host: string, options: AnswerOptions, first: Readers): Promise<void> {
  const { cluster, sessions, baseline, clock, deadline, signal, emit } = options;
  if (lostPorts(cluster, baseline, host, []).length === 0) return;
  const about = { event: 'gate', cluster: cluster.name, host, gate: `${cluster.service} listens` } as const;
  for (let ask = first.get(host); ask !== undefined; ask = readersOf(sessions, signal).get(host)) {
    const now = await ask(listenersSubject, 'tcp');
    const [lost] = lostPorts(cluster, baseline, host, now);
    if (lost === undefined) {
      const ports = lostPorts(cluster, baseline, host, []).map(({ port }) => port);
      emit({ ...about, ok: true, detail: `port ${[...new Set(ports)].join(', ')}` });
      return;
    }
    if (clock.now() >= deadline) {
      const message = `${cluster.service} on ${host} no longer listens on port ${lost.port}, where ${lost.vip} answered`;
      emit({ ...about, ok: false, detail: message });
      const next = `On ${host}: ss -ltnp; journalctl -u ${cluster.service} -n 50`;
      throw await gateError({ gate: about.gate, message, hosts: [host], next }, cluster, sessions);
    }
    await clock.sleep(POLL_MS, signal);
  }
}
