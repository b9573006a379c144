import type { Change } from '../../changes/change.ts';
import { osSubject } from '../../facts/system/os.ts';
import { packageSubject } from '../../facts/system/package.ts';
import { probeSubject } from '../../facts/system/probe.ts';
import type { Planned, TaskContext } from '../../tasks/task.ts';
import { command } from '../../transport/quote.ts';

/** dpkg and rpm, not apt and dnf: these would take along whatever needs the package. */
const TESTS = { debian: ['dpkg', '--simulate', '--purge'], rhel: ['rpm', '-e', '--test'] } as const;

/** Takes away the packages that haprov has installed and that nothing else needs by now, with their configuration. */
export async function planPackagesAway(names: readonly string[], context: TaskContext): Promise<Planned> {
  const { ask, task } = context;
  const [os, ...facts] = await Promise.all([ask(osSubject, 'os'), ...names.map((name) => ask(packageSubject, name))]);
  const installed = names.filter((_, index) => facts[index]?.version !== null);
  if (os.family === 'other' || installed.length === 0) return { changes: [], notes: [] };
  const test = TESTS[os.family];
  const removable = (all: readonly string[]): Promise<boolean> => ask(probeSubject, command([...test, ...all]));
  const [together, ...alone] = await Promise.all([removable(installed), ...installed.map((name) => removable([name]))]);
  const gone = together ? installed : installed.filter((_, index) => alone[index]);
  const notes = installed.filter((name) => !gone.includes(name)).map((name) => `package ${name} stays: others need it`);
  if (gone.length === 0) return { changes: [], notes };
  const change: Change = {
    task,
    module: 'package',
    action: 'remove',
    target: `package ${gone.join(', ')}`,
    detail: 'with its configuration; what came along with it stays',
    phase: 'activate',
    data: [{ kind: 'package', family: os.family, names: [...gone], hold: [], before: 'installed', after: 'absent' }],
    notify: [],
  };
  return { changes: [change], notes };
}
