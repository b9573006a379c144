import type { Session } from '../../transport/session.ts';
import { type Faulty, type FaultyInput, faultMs } from './faulty.ts';
import { DrillError } from './guard.ts';
import { until, wait } from './request-log.ts';

/** A container that starts again keeps the kernel's boot id. */
const BOOT = `cat /proc/sys/kernel/random/boot_id; sed 's/.*) //' /proc/1/stat | cut -d' ' -f20`;

const BACK_MS = 600_000;

/** A reboot undoes itself: putting right is waiting for the host. */
export async function startReboot(input: FaultyInput): Promise<Faulty> {
  const { host, stage, session, mark, forecast, situation, log } = input;
  const { connections, signal } = stage;
  const before = await bootOf(session);
  let begun = false;
  let back: Promise<{ byItself: boolean; at: number }> | undefined;
  const comeBack = async (): Promise<{ byItself: boolean; at: number }> => {
    const end = Date.now() + BACK_MS;
    while (Date.now() < end) {
      const boot = await connections
        .open(host)
        .then(bootOf)
        .catch(() => before);
      if (boot !== before) {
        const at = Date.now();
        mark({ at, kind: 'repair', host: host.id, text: 'it is back' });
        return { byItself: false, at };
      }
      await wait(1000);
    }
    throw new DrillError('it has not come back within 10 minutes', { host: host.id, action: 'wait for its reboot' });
  };
  return {
    play: async () => {
      begun = true;
      const at = Date.now();
      // Its answer may be lost with it.
      await session
        .run('systemctl reboot || systemctl start --no-block --job-mode=replace-irreversibly reboot.target', {
          timeoutMs: 15_000,
        })
        .catch(() => undefined);
      mark({ at, kind: 'fault', host: host.id, text: 'reboot' });
      await wait(at + faultMs(forecast, situation) - Date.now(), signal);
      connections.drop(host);
      await until(() => log.isCalm(), Math.max(stage.budgetMs, 5000), signal);
    },
    right: () => {
      if (!begun) return Promise.resolve({ byItself: false, at: Date.now() });
      back ??= comeBack();
      return back;
    },
  };
}

async function bootOf(session: Session): Promise<string> {
  const { stdout } = await session.run(BOOT, { timeoutMs: 15_000 });
  return stdout;
}
