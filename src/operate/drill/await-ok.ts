import { reportError } from '../../errors.ts';
import { judgedGood } from './faulty.ts';
import { failback } from './predict.ts';
import { wait } from './request-log.ts';
import type { Situation } from './situation.ts';
import { notOk, type Stage, statusOf } from './stage.ts';

/** Beyond the times of the formulas, for a slow host. */
const PATIENCE_MS = 45_000;
const POLL_MS = 700;
const AGREED_MS = 5000;

/**
 * Waits until the cluster is ok again, and where the mended host takes the VIP back by the formulas, until it has: the
 * next scenario begins where nothing moves. Gives why it is not ok, as a clause; undefined once it is.
 */
export async function awaitOk(
  stage: Stage,
  situation: Situation,
  holders: () => readonly string[],
): Promise<string | undefined> {
  const begun = Date.now();
  const own = stage.cluster.hosts.find(({ name }) => name === situation.holder)?.id ?? '';
  let reason: string | undefined = 'it was not asked';
  for (;;) {
    const now = holders();
    const master = stage.cluster.hosts.find(({ id }) => id === now[0]);
    const back = master === undefined ? undefined : failback(situation, master.name);
    const due = back === undefined ? 0 : judgedGood(situation) + back + 1000;
    if (stage.signal.aborted) return undefined;
    // Two masters that hear each other again agree within an advert; a verdict would wait for them far longer.
    if (now.length > 1 && Date.now() - begun < AGREED_MS) {
      await wait(100, stage.signal);
      continue;
    }
    reason = await statusOf(stage.cluster, stage.connections, stage.signal).then(
      notOk,
      (error: unknown) => reportError(error).message,
    );
    const settled = back === undefined || now.includes(own) || Date.now() - begun > due;
    if (reason === undefined && settled && now.length === 1) return undefined;
    if (Date.now() - begun > PATIENCE_MS + due) return reason ?? `${now.join(' and ') || 'nobody'} has its VIP`;
    await wait(POLL_MS, stage.signal);
  }
}
