import { virtualRouterOf } from '../../vrrp/virtual-router.ts';
import { here } from './clock-offset.ts';
import { devicesOf, faultOf, letUnitUp } from './faults.ts';
import { type Faulty, type FaultyInput, faultMs, judgedGood } from './faulty.ts';
import { armGuard, type Guard, type Struck } from './guard.ts';
import type { DrillMark } from './model.ts';
import { FLAPS } from './predict.ts';
import { startReboot } from './reboot.ts';
import { until, wait } from './request-log.ts';

/** Makes the host ready. Nothing is broken yet. */
export async function readyFault(input: FaultyInput): Promise<Faulty> {
  const { name, stage, situation, host, session } = input;
  if (name === 'reboot') return startReboot(input);
  const fault = faultOf(
    name,
    situation.cluster.service,
    devicesOf(situation.cluster, situation.instance, host.name),
    virtualRouterOf(situation.instance).adverts.intervalSeconds,
  );
  const guard = await armGuard({
    session,
    open: () => stage.connections.open(host),
    fault,
    seconds: stage.healSeconds,
  });
  const strike = async (prepare: string, make: string, kind: DrillMark['kind'], text: string): Promise<number> => {
    const at = timeOf(await guard.strike(prepare, make), input);
    input.mark({ at, kind, host: host.id, text });
    return at;
  };
  return {
    play: async () => {
      const at = await strike(fault.prepare, fault.make, 'fault', fault.made);
      await holdFault(at, input);
      for (let stop = 2; name === 'flap' && stop <= FLAPS && !stage.signal.aborted; stop += 1) {
        await strike('', letUnitUp(situation.cluster.service), 'repair', fault.undone);
        await wait(judgedGood(situation), stage.signal);
        if (stage.signal.aborted) return;
        await holdFault(await strike('', fault.make, 'fault', fault.made), input);
      }
      if (!stage.signal.aborted) await input.meanwhile();
    },
    right: () => putRight(guard, fault.undone, input),
  };
}

async function putRight(guard: Guard, text: string, input: FaultyInput): Promise<{ byItself: boolean; at: number }> {
  const { byItself, at: struck } = await patiently(() => guard.right());
  const at = struck === undefined ? Date.now() : timeOf(struck, input);
  input.mark({ at, kind: 'repair', host: input.host.id, text: byItself ? `${text} by the host itself` : text });
  return { byItself, at };
}

const TRIES = 4;

/** A connection that was lost is made anew meanwhile. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt >= TRIES) throw error;
      await wait(2000);
    }
  }
}

/** Until the VIP has moved and answers again; where it is not to move, until the formulas have had their chance. */
async function holdFault(at: number, { forecast, situation, stage, log }: FaultyInput): Promise<void> {
  const { signal, budgetMs } = stage;
  const least = faultMs(forecast, situation);
  await wait(at + least - Date.now(), signal);
  if (forecast.takeover === undefined) return;
  const more = Math.max(budgetMs, 5000) + 500;
  await until(() => log.isCalm(), more, signal);
}

function timeOf({ from }: Struck, { stage, host }: FaultyInput): number {
  const offset = stage.watches.find((watch) => watch.host === host.id)?.offset();
  return offset === undefined ? Date.now() : here(from, offset);
}
