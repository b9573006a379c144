import { LabUnavailable } from './errors.ts';
import { withLock } from './lock.ts';
import { run } from './process.ts';
import type { Report } from './report.ts';

const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/** Installs packages on this machine with apt. Throws LabUnavailable, naming them, where that is not possible. */
export async function installDebianPackages(packages: readonly string[], report: Report): Promise<void> {
  const names = packages.join(', ');
  if ((await run(['sh', '-c', 'command -v apt-get'])).code !== 0) {
    throw new LabUnavailable(`the lab needs ${names}: install them, there is no apt-get here to do it`);
  }
  if (process.getuid?.() !== 0) {
    throw new LabUnavailable(`the lab needs ${names}: only root can install them`);
  }
  report(`installing ${names}`);
  const install = () =>
    run(['apt-get', '-o', 'DPkg::Lock::Timeout=120', 'install', '-yq', '--no-install-recommends', ...packages], {
      env: ENVIRONMENT,
    });
  // One at a time: while another one gets the lists, which a fresh machine has not, an update fails and does not wait.
  const result = await withLock('apt', async () => {
    await run(['apt-get', '-o', 'DPkg::Lock::Timeout=120', 'update', '-q'], { env: ENVIRONMENT });
    return install();
  });
  if (result.code !== 0) {
    const cause = result.stderr.split('\n').find((line) => line.startsWith('E:')) ?? 'apt-get failed';
    throw new LabUnavailable(`the lab needs ${names}: ${cause.replace(/^E: /, '')}`, {
      evidence: result.stdout + result.stderr,
    });
  }
}
