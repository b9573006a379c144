import type { AnswerFact } from '../../facts/network/answer.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import type { VipOutcome } from '../events.ts';
import { askHere, askThere, isAnswer, type LocalConnect, type Vantage, type VipProbe } from './probe.ts';
import { type Readers, readersOf } from './readers.ts';

export interface Question {
  readonly vip: VipOutcome;
  /** The first that answers counts. */
  readonly probes: readonly VipProbe[];
  /** From where it is asked: the first place from which it answers counts. Tried one after the other. */
  readonly from: readonly Vantage[];
}

export interface VipAnswer {
  readonly ok: boolean;
  readonly probe: VipProbe | undefined;
  readonly vantage: Vantage | undefined;
  /** Host id, or `here`; undefined where nobody could ask. */
  readonly asker: string | undefined;
  /** Why it did not answer, where it did not: "connection refused". */
  readonly detail: string;
}

export interface AskOptions {
  readonly cluster: Cluster;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly local: LocalConnect;
  readonly signal: AbortSignal;
}

interface Told {
  readonly vantage: Vantage;
  readonly asker: string;
  readonly probe: VipProbe;
  readonly answer: AnswerFact;
}

/**
 * Asks VIPs from where their questions want it. All questions of one place go to each host in one round trip, the first
 * through `first`.
 */
export async function askVips(
  questions: readonly Question[],
  options: AskOptions,
  first?: Readers,
): Promise<readonly VipAnswer[]> {
  const { sessions, signal, cluster } = options;
  const known = questions.map((): readonly Told[] => []);
  const most = Math.max(0, ...questions.map(({ from }) => from.length));
  for (let turn = 0; turn < most; turn += 1) {
    const readers = turn === 0 && first !== undefined ? first : readersOf(sessions, signal);
    const told = await Promise.all(
      questions.map(async (question, index) => {
        const vantage = question.from[turn];
        if (vantage === undefined || answerOf(known[index] ?? [], cluster).ok) return [];
        return askOne(question, vantage, readers, options);
      }),
    );
    for (const [index, more] of told.entries()) known[index] = [...(known[index] ?? []), ...more];
  }
  return known.map((told) => answerOf(told, cluster));
}

async function askOne(
  { vip, probes }: Question,
  vantage: Vantage,
  readers: Readers,
  { cluster, local }: AskOptions,
): Promise<readonly Told[]> {
  if (vantage === 'here') {
    return Promise.all(
      probes.map(async (probe) => ({ vantage, asker: 'here', probe, answer: await askHere(local, vip.vip, probe) })),
    );
  }
  const askers = cluster.hosts.filter(({ id }) => vip.holders.includes(id) === (vantage === 'holder'));
  return Promise.all(
    askers.flatMap(({ id }) => {
      const ask = readers.get(id);
      if (ask === undefined) return [];
      return probes.map(async (probe) => ({ vantage, asker: id, probe, answer: await askThere(ask, vip.vip, probe) }));
    }),
  );
}

function answerOf(told: readonly Told[], { service }: Cluster): VipAnswer {
  const good = told.find(({ answer }) => isAnswer(answer, service));
  const best = good ?? told.find(({ answer }) => answer.result !== 'unable') ?? told[0];
  return {
    ok: good !== undefined,
    probe: best?.probe,
    vantage: best?.vantage,
    asker: best?.asker,
    detail: best?.answer.detail ?? 'nobody could ask it',
  };
}
