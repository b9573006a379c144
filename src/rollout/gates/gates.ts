import type { VipOutcome } from '../events.ts';
import { type AnswerOptions, verifyAnswers } from './answers.ts';
import { type ActivatedCluster, awaitElection } from './await-election.ts';
import type { Baseline } from './baseline.ts';
import { checksOf, verifyChecks } from './checks.ts';
import { CLOCK, type Clock } from './clock.ts';
import { gateError } from './evidence.ts';
import { GateError } from './gate-error.ts';
import { electionTime } from './holders.ts';
import { MEMBER_GATES } from './judge-member.ts';
import { connectFromHere } from './local-connect.ts';
import { verifyPorts } from './ports.ts';
import type { LocalConnect } from './probe.ts';
import { readersOf } from './readers.ts';

/** Milliseconds for a service that has just been started, as its check has them. */
const ANSWER_MS = 6000;

/** Aborted by its signal, passGates rejects with the reason. */
export interface GateOptions extends ActivatedCluster {
  readonly baseline: Baseline;
  readonly local?: LocalConnect;
  readonly clock?: Clock;
}

/**
 * All gates of a cluster after a batch, within the time of an election: daemons run, keepalived's instances are MASTER or
 * BACKUP, each VIP has one holder, the checks pass, and what answered before answers. Gives who holds what. Throws
 * GateError with the last lines of the journals; a connection that is lost rejects as itself.
 */
export async function passGates(options: GateOptions): Promise<readonly VipOutcome[]> {
  const { cluster, activated, signal, clock = CLOCK, local = connectFromHere } = options;
  const whole: AnswerOptions = { ...options, clock, local, deadline: clock.now() + electionTime(cluster) };
  for (const host of activated) if (!options.sessions.has(host)) throw new Error(`no session to ${host}`);
  const vips = await awaitElection(whole);
  // By now the VIP has its holder. Every second that it is silent is an outage, which putting the change back ends.
  const deadline = Math.min(whole.deadline, clock.now() + ANSWER_MS);
  // What is wrong with the checks says more than what comes of it: it is waited for, and named first.
  const stop = new AbortController();
  const rest = { ...whole, deadline, signal: AbortSignal.any([signal, stop.signal]) };
  const first = readersOf(options.sessions, rest.signal);
  const ended = await Promise.allSettled(
    [
      ...activated.map((host) => passChecks(host, rest)),
      verifyAnswers(vips, rest, first),
      ...activated.map((host) => verifyPorts(host, rest, first)),
    ].map((one) =>
      one.catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    ),
  );
  signal.throwIfAborted();
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return vips;
}

async function passChecks(host: string, { cluster, sessions, signal, emit }: AnswerOptions): Promise<void> {
  const session = sessions.get(host);
  const names = checksOf(cluster).map(({ name }) => name);
  if (session === undefined || names.length === 0) return;
  const gate = MEMBER_GATES.checks;
  try {
    await verifyChecks(cluster, session, signal);
    emit({ event: 'gate', cluster: cluster.name, host, gate, ok: true, detail: names.join(', ') });
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    const { message, facts } = error;
    emit({ event: 'gate', cluster: cluster.name, host, gate, ok: false, detail: message });
    throw await gateError({ gate, message, hosts: [host], next: facts.next ?? '' }, cluster, sessions, facts.evidence);
  }
}
