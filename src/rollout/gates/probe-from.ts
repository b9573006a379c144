import type { AnswerFact } from '../../facts/network/answer.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import type { VipOutcome } from '../events.ts';
import { isAnswer, type LocalConnect, type ProbeFrom, probeFromHere, probeFromHost, type VipProbe } from './probe.ts';
import { type Readers, readersOf } from './readers.ts';

export interface VipQuestion {
  readonly vip: VipOutcome;
  /** The first that answers counts. */
  readonly probes: readonly VipProbe[];
  /** From where it is asked: the first place from which it answers counts. Tried one after the other. */
  readonly from: readonly ProbeFrom[];
}

export interface VipAnswer {
  readonly ok: boolean;
  readonly probe: VipProbe | undefined;
  readonly probedFrom: ProbeFrom | undefined;
  /** Host id, or `here`; undefined where nobody could ask. */
  readonly asker: string | undefined;
  /** Why it did not answer, where it did not: "connection refused". */
  readonly detail: string;
}

export interface ProbeOptions {
  readonly cluster: Cluster;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly local: LocalConnect;
  readonly signal: AbortSignal;
}

interface Probed {
  readonly probedFrom: ProbeFrom;
  readonly asker: string;
  readonly probe: VipProbe;
  readonly answer: AnswerFact;
}

/**
 * Asks VIPs from where their questions want it. All questions of one place go to each host in one round trip, the first
 * through `first`.
 */
export async function probeVips(
  questions: readonly VipQuestion[],
  options: ProbeOptions,
  first?: Readers,
): Promise<readonly VipAnswer[]> {
  const { sessions, signal, cluster } = options;
  const known = questions.map((): readonly Probed[] => []);
  const most = Math.max(0, ...questions.map(({ from }) => from.length));
  for (let turn = 0; turn < most; turn += 1) {
    const readers = turn === 0 && first !== undefined ? first : readersOf(sessions, signal);
    const told = await Promise.all(
      questions.map(async (question, index) => {
        const probedFrom = question.from[turn];
        if (probedFrom === undefined || answerOf(known[index] ?? [], cluster).ok) return [];
        return probeOne(question, probedFrom, readers, options);
      }),
    );
    for (const [index, more] of told.entries()) known[index] = [...(known[index] ?? []), ...more];
  }
  return known.map((told) => answerOf(told, cluster));
}

async function probeOne(
  { vip, probes }: VipQuestion,
  probedFrom: ProbeFrom,
  readers: Readers,
  { cluster, local }: ProbeOptions,
): Promise<readonly Probed[]> {
  if (probedFrom === 'here') {
    return Promise.all(
      probes.map(async (probe) => ({
        probedFrom,
        asker: 'here',
        probe,
        answer: await probeFromHere(local, vip.vip, probe),
      })),
    );
  }
  const askers = cluster.hosts.filter(({ id }) => vip.holders.includes(id) === (probedFrom === 'holder'));
  return Promise.all(
    askers.flatMap(({ id }) => {
      const ask = readers.get(id);
      if (ask === undefined) return [];
      return probes.map(async (probe) => ({
        probedFrom,
        asker: id,
        probe,
        answer: await probeFromHost(ask, vip.vip, probe),
      }));
    }),
  );
}

function answerOf(told: readonly Probed[], { service }: Cluster): VipAnswer {
  const good = told.find(({ answer }) => isAnswer(answer, service));
  const best = good ?? told.find(({ answer }) => answer.result !== 'unable') ?? told[0];
  return {
    ok: good !== undefined,
    probe: best?.probe,
    probedFrom: best?.probedFrom,
    asker: best?.asker,
    detail: best?.answer.detail ?? 'nobody could ask it',
  };
}
