import { kindOf } from '../../checks/registry.ts';
import { unitOf } from '../../checks/services.ts';
import { type AnswerFact, answerSubject, tcpKey, urlKey } from '../../facts/network/answer.ts';
import { covers, type ListenerFact } from '../../facts/network/listeners.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import type { Check, Service } from '../../inventory/model.ts';

/** One way to find out whether a VIP answers. */
export type VipProbe =
  | { readonly kind: 'tcp'; readonly port: number }
  /** The very request that the user's check makes, sent to the VIP. */
  | { readonly kind: 'url'; readonly url: string };

/** From where an address was asked: a member that does not hold it, the holder itself, or the machine that runs haprov. */
export type ProbeFrom = 'member' | 'holder' | 'here';

/** Connects from the machine that runs haprov. Milliseconds. */
export type LocalConnect = (address: string, port: number, ms: number) => Promise<'open' | 'refused' | 'silent'>;

const LOCAL_MS = 2000;
/** Nothing listens there as a rule: a refusal shows that the address is there. */
const DISCARD = 9;

/** The port that stands for the VIP: 80, 443, else the lowest that the service has open on the address. */
export function portOf(listeners: readonly ListenerFact[], address: string, service: Service): number | undefined {
  const unit = unitOf(service);
  const named = unit === undefined ? [] : listeners.filter(({ processes }) => processes.includes(unit));
  const own = portsOf(named, address, service);
  const ports = own.length > 0 ? own : portsOf(listeners, address, service);
  if (ports.length === 0) return unit === undefined ? DISCARD : undefined;
  return [80, 443].find((port) => ports.includes(port)) ?? Math.min(...ports);
}

/**
 * Ports on which the service may wait for connections to the address; without a service, those of any process. In a
 * container root may not see whose a socket is, where the process has another user.
 */
export function portsOf(listeners: readonly ListenerFact[], address: string, service: Service): readonly number[] {
  const unit = unitOf(service);
  return listeners
    .filter((listener) => covers(listener, address))
    .filter(({ processes }) => unit === undefined || processes.length === 0 || processes.includes(unit))
    .map(({ port }) => port);
}

/** URLs of the user's own among the checks, which the VIP answers as well. */
export function urlsOf(checks: readonly Check[]): readonly string[] {
  return checks.flatMap(({ probe }) => kindOf(probe).urls(probe));
}

export function portOfProbe(probe: VipProbe): number {
  if (probe.kind === 'tcp') return probe.port;
  const url = new URL(probe.url);
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** "port 80", "http://127.0.0.1/health". */
export function probeText(probe: VipProbe): string {
  return probe.kind === 'tcp' ? `port ${probe.port}` : probe.url;
}

/** Whether the VIP is there by this answer; without a service a refusal will do. */
export function isAnswer({ result }: AnswerFact, service: Service): boolean {
  return result === 'open' || (unitOf(service) === undefined && result === 'refused');
}

/** Asks from a host. */
export function probeFromHost(ask: Ask, address: string, probe: VipProbe): Promise<AnswerFact> {
  return ask(answerSubject, probe.kind === 'tcp' ? tcpKey(address, probe.port) : urlKey(address, probe.url));
}

/** Asks from the machine that runs haprov; of a URL whether its port is open. */
export async function probeFromHere(local: LocalConnect, address: string, probe: VipProbe): Promise<AnswerFact> {
  const result = await local(address, portOfProbe(probe), LOCAL_MS);
  const detail = { open: '', refused: 'connection refused', silent: 'no answer' }[result];
  return { result, detail };
}
