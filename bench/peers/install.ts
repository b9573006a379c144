import { LabUnavailable } from '../../docker/errors.ts';
import { installDebianPackages } from '../../docker/install.ts';
import { run } from '../../docker/process.ts';
import type { Report } from '../../docker/report.ts';
import { TIME } from '../measure.ts';

/** A peer that is not measured, and why. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

const STRATEGY = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy/mitogen_linear.py';

/** What must be there for each contender to run, by the contender's name, and Debian's package of it. */
const NEEDS: readonly { readonly name: string; readonly file: string; readonly debian: string }[] = [
  { name: 'ansible, pipelining', file: '/usr/bin/ansible-playbook', debian: 'ansible-core' },
  { name: 'ansible, mitogen', file: STRATEGY, debian: 'ansible-mitogen' },
];

/** Installs the peers where Debian has them; names those that cannot be. Throws LabUnavailable without time(1). */
export async function installPeers(wanted: ReadonlySet<string>, report: Report): Promise<readonly LeftOut[]> {
  if (!(await exists(TIME))) await installDebianPackages(['time'], report);
  const leftOut: LeftOut[] = [];
  for (const { name, file, debian } of NEEDS) {
    if (!wanted.has(name) || (await exists(file))) continue;
    try {
      await installDebianPackages([debian], report);
      if (!(await exists(file))) leftOut.push({ name, why: `${debian} brings no ${file}` });
    } catch (error) {
      if (!(error instanceof LabUnavailable)) throw error;
      leftOut.push({ name, why: error.message });
    }
  }
  return leftOut;
}

/** Peers that Debian does not package. */
export const NOT_PACKAGED: readonly LeftOut[] = [{ name: 'pyinfra', why: 'Debian has no package of it' }];

async function exists(file: string): Promise<boolean> {
  return (await run(['test', '-e', file])).code === 0;
}
