import type { Plan } from '../plan/plan.ts';
import { REMOVE_STATE } from '../plan/remove/remove-host.ts';
import { removeTasks } from '../plan/remove/remove-tasks.ts';
import { isFenced } from '../rollout/lease/fence.ts';
import { quote } from '../transport/quote.ts';
import type { Session } from '../transport/session.ts';
import { counted } from '../ui/terminal/text.ts';
import { demandAnswer, touchedHosts } from './apply.ts';
import type { ExitCode, Io } from './io.ts';
import { withRun } from './prepare-run.ts';
import { type RollOutOptions, rollOut } from './roll-out.ts';
import { showPlan } from './show-plan.ts';

export interface RemoveOptions extends RollOutOptions {
  readonly dryRun?: boolean;
  /** Packages that haprov has installed, too. */
  readonly purge?: boolean;
}

/** `haprov remove`: takes back all that haprov wrote on the hosts. Nobody holds the VIPs afterwards. */
export async function remove(file: string, options: RemoveOptions, io: Io): Promise<ExitCode> {
  if (options.dryRun !== true) demandAnswer(options, io);
  return withRun(file, options, io, async (run) => {
    const hosts = removeTasks(run.hosts, { purge: options.purge === true, redact: run.redact });
    if (options.dryRun === true) return (await showPlan({ ...run, hosts }, options, io, false, 'remove')).code;
    const question = (plan: Plan): string =>
      `Uninstall haprov's configuration from ${counted(touchedHosts(plan), 'host')}? The VIPs go offline.`;
    const again = `haprov remove ${quote(file)}${options.purge === true ? ' --purge' : ''}`;
    const request = {
      file,
      run,
      hosts,
      verb: 'remove',
      question,
      again,
      serves: false,
      afterHost: removeState,
    } as const;
    return await rollOut(request, options, io);
  });
}

/** What guards the hosts goes last, so that this one script is not under its fence. */
async function removeState(_host: string, session: Session): Promise<void> {
  await (isFenced(session) ? session.unfenced : session).run(REMOVE_STATE);
}
